"""Commands of `ioc audit` about the audit trail: who did what, its signed checkpoints, and receipts of figures."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.installation import Installation
from hub.translation import N_, msg
from ioc.arguments import First, Last, Province, check_order
from ioc.output import Json, err, print_json, print_table, print_text, write_file
from ioc.reader import installation_of, questions, reader
from ioc.texts import say

if TYPE_CHECKING:
    import psycopg

    from hub.settings import Settings


def key(json: Annotated[bool, Json] = False) -> None:
    """Make the key that signs checkpoints, where there is none; print its verifier key, which anybody may have."""
    from audit.checkpoints import signing_key

    settings = Installation.open().settings
    verifier = signing_key(settings).verifier
    if json:
        print_json({"file": str(settings.audit_key), "name": verifier.name, "verifier_key": verifier.text})
    else:
        err.print(say("The key is in {file}: keep a copy of it in a safe place", file=settings.audit_key))
        print_text(verifier.text)


def checkpoint(json: Annotated[bool, Json] = False) -> None:
    """Sign the audit trail as it is, and bring that to the places outside of the database

    Exit code 3 where a place does not take it.
    """
    from audit import anchors, checkpoints

    settings = Installation.open().settings
    with _loader(settings) as connection:
        made, kept = anchors.sign_and_keep(connection, settings)
        newest = checkpoints.checkpoint_of(connection, made.size) or made
    if json:
        places = [{"place": one.place, "error": one.error and say(one.error)} for one in kept]
        print_json({"size": newest.size, "root": newest.root.hex(), "note": newest.note, "places": places})
    else:
        print_text(newest.note)
        for one in kept:
            err.print(f"✗ {one.place}: {say(one.error)}" if one.error else f"✓ {one.place}", soft_wrap=True)
        if not kept:
            err.print(say("No place outside of the database is configured (IOC_AUDIT_ANCHORS)"))
    if any(one.error for one in kept):
        raise typer.Exit(3)


def cosign(
    file: Annotated[Path, typer.Argument(help=N_("Checkpoint or signature lines of a witness"))],
    json: Annotated[bool, Json] = False,
) -> None:
    """Keep the cosignatures of witnesses (IOC_AUDIT_WITNESSES)."""
    from audit import anchors
    from hub.errors import Abort

    settings = Installation.open().settings
    try:
        said = file.read_bytes()
    except OSError as error:
        raise Abort(msg("{file} cannot be read: {strerror}", file=file, strerror=error.strerror)) from None
    with _loader(settings) as connection:
        count = anchors.accept(connection, settings, said)
        connection.commit()
    if json:
        print_json({"cosignatures": count})
    else:
        print_text(say("{count} cosignatures were valid and are kept", count=count))
    if not count:
        raise typer.Exit(3)


def receipt(
    kpi: Annotated[str, typer.Argument(help=N_("KPI"))],
    period: Annotated[str, typer.Option(help=N_("Reporting period: 2023-06, 2023-Q2, 2023-H1, 2023, 2023-06-ytd"))],
    province: Annotated[str | None, Province] = None,
    area: Annotated[str | None, typer.Option(help=N_("Code of an area, by default the whole province"))] = None,
    where: Annotated[str, typer.Option(help=N_("Value of a breakdown, such as channel=online"))] = "",
    output: Annotated[Path | None, typer.Option("--output", help=N_("File to write; stdout without it"))] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Write a receipt of a published figure, which audit/check_receipt.py checks without the hub."""
    from hub.periods import parse_period
    from kpis.catalogue import Catalogue
    from kpis.receipts import write_receipt

    installation = installation_of(province)
    catalogue, own = Catalogue.of(installation), installation.settings
    with questions(), _loader(own) as connection:
        made = write_receipt(connection, catalogue, own.province, kpi, parse_period(period), area, where)
        connection.commit()
    if output is not None:
        write_file(output, f"{made}\n".encode())
    elif json:
        print_json({"receipt": made, "bytes": len(made)})
    else:
        print_text(made)


def log_(
    subject: Annotated[str | None, typer.Option(help=N_("Path, such as kpi/phone_density, and all below it"))] = None,
    actor: Annotated[str | None, typer.Option(help=N_("Who did it, such as account:admin"))] = None,
    act: Annotated[str | None, typer.Option(help=N_("What was done, such as load"))] = None,
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    province: Annotated[str | None, typer.Option(help=N_("Province"))] = None,
    before: Annotated[int | None, typer.Option(help=N_("Go on after this entry"))] = None,
    size: Annotated[int, typer.Option(min=1, max=10_000, help=N_("Entries on a page"))] = 50,
    file: Annotated[Path | None, typer.Option("--file", help=N_("Write all of them to a .csv or .xlsx file"))] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Who did what, the newest first."""
    from audit.trail_log import COLUMNS, TrailFilter, entries, write_table
    from warehouse import trail

    check_order(first, last)
    asked = TrailFilter(subject=subject, actor=actor, act=act, first=first, last=last, province=province)
    settings = Installation.open().settings
    if file is not None:
        with reader(settings) as connection:
            body = write_table(connection, asked, file.suffix, say)
        with _loader(settings) as connection:
            trail.write(connection, "export", "export/audit", after=asked.as_json() | {"file": file.suffix})
            connection.commit()
        write_file(file, body)
        return
    with reader(settings) as connection:
        found = entries(connection, asked, size, before)
    if json:
        print_json([vars(one) for one in found])
        return
    rows = [one.row() for one in found]
    print_table(say("Audit trail"), {name: say(label) for name, label in COLUMNS.items()}, rows)
    if len(found) == size:
        err.print(say("Older ones: --before {entry}", entry=str(found[-1].entry_id)))


@contextmanager
def _loader(settings: "Settings") -> "Iterator[psycopg.Connection[Any]]":
    """A connection that writes to the trail. Raises Abort where the schema is not this version's."""
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url

    url = warehouse_url(settings)
    migrate.check(url)
    with connect(url, "loader") as connection:
        yield connection
