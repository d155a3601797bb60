"""`ioc audit`: whether the evidence still is what it was, and where a record came from and counts."""

from typing import Annotated

import typer

from hub.installation import Installation
from hub.translation import N_
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, in_words, print_json, print_table, print_text
from ioc.reader import installation_of, reader, reader_settings
from ioc.texts import say

app = App(N_("Audit"))


@app.command()
def verify(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Every landed page against its hash, every account

    The whole hub where no province is named.
    """
    from audit.verification import verify as verified
    from warehouse.landing import Landing

    settings = Installation.open().settings if province is None else reader_settings(province)
    with reader(settings) as connection:
        found = verified(connection, Landing(settings.landing_address), province)
    broken = [say(page) for page in found.broken_pages]
    if json:
        print_json(vars(found) | {"broken_pages": broken})
    else:
        print_text(
            say(
                "{pages} pages, {broken} broken; {accounts} accounts, {unbalanced} unbalanced",
                pages=found.pages,
                broken=len(broken),
                accounts=found.accounts,
                unbalanced=len(found.unbalanced_batches),
            )
        )
        for line in broken:
            err.print(line)
    if not found.sound:
        raise typer.Exit(3)


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
