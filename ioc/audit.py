"""`ioc audit`: who did what, whether the evidence still is what it was, and where a record came from and counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.installation import Installation
from hub.translation import N_, msg
from ioc.arguments import First, Last, Province
from ioc.command_line import App
from ioc.output import Json, err, in_words, print_json, print_table, print_text
from ioc.reader import installation_of, questions, reader, reader_settings
from ioc.texts import say, written

if TYPE_CHECKING:
    import psycopg
    from rich.progress import TaskID

    from audit.findings import Progress
    from hub.settings import Settings

app = App(N_("Audit"))


@app.command()
def verify(
    province: Annotated[str | None, Province] = None,
    key: Annotated[str | None, typer.Option(help=N_("Verifier key of checkpoints; by default the hub's own"))] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Audit trail, rows and landed pages against hashes

    The whole hub where no province is named. Tells what was changed, deleted or added by anything but the hub.
    """
    from audit.notes import VerifierKey
    from audit.verification import NOT_CHECKED, remarks
    from audit.verification import verify as verified
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url
    from warehouse.landing import Landing

    settings = Installation.open().settings if province is None else reader_settings(province)
    known = VerifierKey.parse(key) if key else None
    url = warehouse_url(settings)
    migrate.check(url)
    with connect(url, "loader") as connection, _progress() as progress:
        found = verified(connection, Landing(settings.landing_address), province, progress, settings, known)
    for finding in found.findings:
        err.print(f"✗ {say(finding.text)}", style="red", markup=False, highlight=False, soft_wrap=True)
    for (kind, table), count in found.counts.items():
        if count > (listed := sum(one.kind == kind and one.table == table for one in found.findings)):
            more = say("… and {count} more in {table}", count=count - listed, table=table or say("the landing"))
            err.print(f"✗ {more}", style="red", markup=False)
    if json:
        print_json(
            {
                "sound": found.sound,
                "pages": found.pages,
                "accounts": found.accounts,
                "seals": found.seals,
                "rows": found.rows,
                "sealed_since": found.sealed_since,
                "sealed_later": found.sealed_later,
                "removed_pages": found.removed_pages,
                "redacted_parts": found.redacted_parts,
                "left_behind": found.left_behind,
                "entries": found.entries,
                "pending": found.pending,
                "checkpoints": found.checkpoints,
                "newest_checkpoint": found.newest_checkpoint,
                "unsigned": found.unsigned,
                "newest_seal": found.newest_seal and {"seal_id": found.newest_seal[0], "sha256": found.newest_seal[1]},
                "found": found.counts.total(),
                "findings": [vars(one) | {"text": say(one.text)} for one in found.findings],
                "not_checked": [say(what) for what in NOT_CHECKED],
            }
        )
    else:
        print_text(
            say(
                "{rows} rows, {seals} seals, {accounts} accounts, {pages} landed pages: {found} findings",
                rows=sum(found.rows.values()),
                seals=found.seals,
                accounts=found.accounts,
                pages=found.pages,
                found=found.counts.total(),
            )
        )
        for remark in remarks(found):
            print_text(say(remark))
        print_text(say("Not checked: {what}", what="; ".join(say(what) for what in NOT_CHECKED)))
    if not found.sound:
        raise typer.Exit(3)


@contextmanager
def _progress() -> "Iterator[Progress]":
    """Tells how far a verification is: bars on a terminal, elsewhere a line for each tenth."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    names = {"trail": say("audit trail"), "tables": say("tables"), "pages": say("landed pages")}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=err, disable=not err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        tenths: dict[str, int] = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(names[step], total=total)
            bars.update(tasks[step], completed=done, total=total)
            tenth = 10 * done // max(total, 1)
            if not err.is_terminal and tenth > tenths.get(step, 0):
                tenths[step] = tenth
                err.print(f"{names[step]}: {written(done)}/{written(total)}", markup=False, highlight=False)

        yield tell


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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
        _write(output, f"{made}\n".encode())
    elif json:
        print_json({"receipt": made, "bytes": len(made)})
    else:
        print_text(made)


@app.command("log")
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

    asked = TrailFilter(subject=subject, actor=actor, act=act, first=first, last=last, province=province)
    settings = Installation.open().settings
    if file is not None:
        with reader(settings) as connection:
            body = write_table(connection, asked, file.suffix, say)
        with _loader(settings) as connection:
            trail.write(connection, "export", "export/audit", after=asked.as_json() | {"file": file.suffix})
            connection.commit()
        _write(file, body)
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


def _write(file: Path, content: bytes) -> None:
    from hub.errors import Abort

    try:
        file.write_bytes(content)
    except OSError as error:
        raise Abort(msg("{file} cannot be written: {strerror}", file=file, strerror=error.strerror)) from None
    err.print(say("{file} is written", file=file), soft_wrap=True)


@contextmanager
def _loader(settings: "Settings") -> "Iterator[psycopg.Connection[Any]]":
    """A connection that writes to the trail. Raises Abort where the schema is not this version's."""
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url

    url = warehouse_url(settings)
    migrate.check(url)
    with connect(url, "loader") as connection:
        yield connection


@app.command()
def record(
    code: Annotated[str, typer.Argument(help=N_("Dossier, document, declaration …"))],
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Where a record came from and counts."""
    from ioc.explain import plain
    from kpis.catalogue import Catalogue
    from kpis.lineage import counted_in

    installation = installation_of(province)
    settings = installation.settings
    with reader(settings) as connection:
        found = counted_in(connection, settings.province, code, catalogue=Catalogue.of(installation))
    if not found.rows and not found.refused:
        err.print(say("No record bears the code {code}", code=code))
        raise typer.Exit(1)
    counted = plain([vars(one) for one in found.counted])
    if json:
        print_json({"key": code, "rows": plain(found.rows), "refused": found.refused, "counted_in": counted})
        return
    for row in found.rows:
        shown = [{"what": what, "is": in_words(value)} for what, value in row.items() if value is not None]
        print_table(row["view"], {"what": "", "is": row["key"]}, shown)
    columns = {
        "kpi": say("KPI"),
        "measure": say("measure"),
        "key": say("record"),
        "day": say("from"),
        "until": say("to"),
        "numerator": say("in the numerator"),
        "denominator": say("in the denominator"),
    }
    print_table(say("Counts in"), columns, counted)
    if found.refused:
        columns = {
            "quarantine_id": "#",
            "key": say("record"),
            "rules": say("broke"),
            "batch_id": say("batch"),
            "page_number": say("page"),
            "replay_batch_id": say("accepted by batch"),
        }
        print_table(say("Refused"), columns, found.refused)
