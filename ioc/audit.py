"""`ioc audit`: who did what, whether the evidence still is what it was, and where a record came from and counts."""

from typing import TYPE_CHECKING, Annotated

import typer

from hub.installation import Installation
from hub.translation import N_
from ioc import trail
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, in_words, print_json, print_table, print_text
from ioc.progress import progress
from ioc.reader import installation_of, reader, reader_settings
from ioc.texts import say

if TYPE_CHECKING:
    pass

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
    names = {"trail": say("audit trail"), "tables": say("tables"), "pages": say("landed pages")}
    with connect(url, "loader") as connection, progress() as tell:
        found = verified(
            connection,
            Landing(settings.landing_address),
            province,
            lambda stage, done, total: tell(names[stage], done, total),
            settings,
            known,
        )
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
                "sealed_by_upgrade": found.sealed_by_upgrade,
                "left_behind": found.left_behind,
                "entries": found.entries,
                "pending": found.pending,
                "checkpoints": found.checkpoints,
                "newest_checkpoint": found.newest_checkpoint,
                "unsigned": found.unsigned,
                "newest_seal": found.newest_seal and {"seal_id": found.newest_seal[0], "sha256": found.newest_seal[1]},
                "found": found.counts.total(),
                "findings": [vars(one) | {"text": say(one.text)} for one in found.findings],
                "not_checked": [say(what) for what, _ in NOT_CHECKED],
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
        print_text(say("Not checked: {what}", what="; ".join(say(what) for what, _ in NOT_CHECKED)))
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


for _one in (trail.key, trail.checkpoint, trail.cosign, trail.receipt):
    app.command()(_one)
app.command("log")(trail.log_)
