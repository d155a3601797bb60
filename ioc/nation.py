"""`ioc nation`: a national hub, which reads the figures of provinces from the provinces' own hubs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from hub.installation import Installation
from hub.translation import N_, msg
from ioc.account_access import plain, read_password
from ioc.arguments import Period, asked_days
from ioc.command_line import App
from ioc.output import Json, err, print_json, print_rows, print_table, print_text
from ioc.reader import installation_of, number, questions
from ioc.texts import say, unit, written

if TYPE_CHECKING:
    from kpis.nation import ProvinceFigure
    from warehouse.serving import Connection

app = App(N_("Figures of other provinces' hubs"))
AsJson = Annotated[bool, Json]
Code = Annotated[str, typer.Argument(metavar="PROVINCE", help=N_("Code of the province, for example H37"))]
_STATUS = {"provisional": msg("provisional"), "official": msg("official"), "missing": msg("missing")}


@contextmanager
def _owner() -> Iterator["Connection"]:
    """The owner's connection: no account's rights are about figures of other provinces, so no other role reads them."""
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url

    url = warehouse_url(Installation.open().settings)
    migrate.check(url)
    with connect(url, "owner") as connection:
        yield connection


@app.command()
def add(
    province: Code,
    url: Annotated[str, typer.Option("--url", help=N_("postgresql://LOGIN@HOST:PORT/DATABASE of its hub"))],
    json: AsJson = False,
) -> None:
    """Add a province's hub, or give it another address; it is read at once.

    LOGIN is a login for BI tools there (`ioc account bi`); its password is asked for, or the first line of stdin.
    """
    from warehouse import nation

    with _owner() as connection:
        nation.add(connection, province, url, read_password(province))
        added = nation.find(connection, province)
    if json:
        print_json(plain(added))
    else:
        print_text(say("The hub of {province} was added and read.", province=province))


@app.command("list")
def list_(json: AsJson = False) -> None:
    """The provinces whose hubs are read, and when that last went well."""
    from warehouse import nation

    with _owner() as connection:
        found = nation.every(connection)
    rows = [plain(one) | {"failure": one.failure and say(one.failure)} for one in found]
    columns = {
        "province_code": say("province"),
        "name": say("name"),
        "address": say("address"),
        "read_at": say("read at"),
        "failed_at": say("failed at"),
        "failure": say("why"),
    }
    print_rows(say("Hubs of provinces"), columns, rows, json=json)


@app.command()
def read(
    provinces: Annotated[list[str] | None, typer.Argument(metavar="PROVINCE", help=N_("All by default"))] = None,
    json: AsJson = False,
) -> None:
    """Take what is new in the provinces' hubs; exit code 1 when one could not be read, which keeps what it had."""
    from warehouse import nation

    with _owner() as connection:
        found = nation.read(connection, provinces or ())
    rows = [asdict(one) | {"failure": one.failure and say(one.failure)} for one in found]
    columns = {
        "province": say("province"),
        "new": say("new"),
        "withdrawn": say("withdrawn"),
        "failure": say("not read because"),
    }
    print_rows(say("Figures read"), columns, rows, json=json)
    if any(one.failure for one in found):
        raise typer.Exit(1)


@app.command()
def remove(province: Code, json: AsJson = False) -> None:
    """Read a province no more, and delete its figures here."""
    from warehouse import nation

    with _owner() as connection:
        nation.remove(connection, province)
    if json:
        print_json({"removed": province})
    else:
        print_text(say("The hub of {province} was removed, and its figures here.", province=province))


@app.command()
def compare(
    kpi: Annotated[str, typer.Argument(help=N_("KPI, see `ioc kpi list`"))],
    period: Annotated[str | None, Period] = None,
    json: AsJson = False,
) -> None:
    """A KPI of all provinces beside each other, the best first."""
    from hub.errors import WrongQuestion
    from hub.periods import is_standard
    from kpis.catalogue import Catalogue
    from kpis.nation import compare_provinces

    with questions():
        installation = installation_of()
        definition = Catalogue.of(installation).find(kpi)
        days = asked_days(None, None, period)
        if not is_standard(days):
            raise WrongQuestion(msg("Provinces give months, quarters, halves, years and years to a month's end only"))
    with _owner() as connection:
        found = compare_provinces(connection, definition, days)
    if json:
        print_json(
            {"kpi": kpi, "period": str(days), "median": number(found.median)}
            | {"provinces": [_plain(one) for one in found.figures]}
        )
        return
    columns = {
        "rank": say("rank"),
        "province": say("province"),
        "name": say("name"),
        "value": f"{say('value')} ({unit(definition.unit)})",
        "status": say("status"),
        "reason": say("why missing"),
        "read_at": say("read at"),
    }
    print_table(say(definition.name), columns, [_row(one) for one in found.figures])
    if found.median is not None:
        print_text(say("Median: {median}", median=written(number(found.median, 2) or 0)))
    if any(one.is_stale for one in found.figures):
        err.print(say("Some hubs could not be read last time: see `ioc nation list`"))


def _row(one: "ProvinceFigure") -> dict[str, object]:
    return {
        "rank": one.rank,
        "province": one.province,
        "name": one.name,
        "value": number(one.value, 2),
        "status": say(_STATUS[one.status]),
        "reason": one.reason and say(one.reason),
        "read_at": one.read_at,
    }


def _plain(one: "ProvinceFigure") -> dict[str, object]:
    return plain(one) | {
        "value": number(one.value),
        "numerator": number(one.numerator),
        "denominator": number(one.denominator),
        "reason": one.reason and say(one.reason),
    }
