"""`ioc plan`: what a change would do to published figures, and doing exactly that once it is approved."""

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.command_line import App
from ioc.output import Json, err, print_json, write_file
from ioc.plan_tables import as_dict, counting, move_header, move_values, print_plan, print_summary, why
from ioc.progress import progress
from ioc.texts import say

if TYPE_CHECKING:
    from kpis.change_plan import ChangePlan
    from pipeline.rule_changes import RuleEffects

app = App(N_("What a change would do to published figures, and doing it"))


@app.command()
def show(
    out: Annotated[
        Path | None, typer.Option("--out", metavar="PLAN.json", help=N_("Keep the plan, to approve and apply it"))
    ] = None,
    csv: Annotated[Path | None, typer.Option(metavar="OUT.csv", help=N_("Write the figures as CSV as well"))] = None,
    xlsx: Annotated[Path | None, typer.Option(metavar="OUT.xlsx", help=N_("Write a workbook as well"))] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Show which published figures would move; exit code 3 if any would

    Compares definitions, reference data, targets, rules and code maps with those approved last. Nothing is
    written to the database.
    """
    from kpis.catalogue import Catalogue
    from kpis.planner import make
    from warehouse import migrate
    from warehouse.database import warehouse_url

    installation = Installation.open()
    url = warehouse_url(installation.settings)
    migrate.check(url)
    with progress() as told:
        plan = make(url, installation, told)
    effects = _effects(url, installation, plan)
    if out:
        write_file(out, json_text.dumps(plan.document, ensure_ascii=False, indent=2).encode())
    if csv or xlsx:
        _write_files(csv, xlsx, installation, plan)
    kpis = counting(Catalogue.of(installation).definitions.values())
    if json:
        print_json(as_dict(plan, effects, kpis))
    else:
        print_plan(plan, effects, kpis)
    if not plan.moves_nothing:
        raise typer.Exit(3)


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(metavar="PLAN.json", help=N_("A plan that `ioc plan show --out` kept"))],
    reason: Annotated[str, typer.Option(help=N_("Why it is approved"))],
    approve: Annotated[bool, typer.Option("--approve", help=N_("Approve the plan; you are named in the audit trail"))],
    json: Annotated[bool, Json] = False,
) -> None:
    """Do what was planned, or nothing if anything is another than planned."""
    from government.outbox import follow, indicators
    from kpis.catalogue import Catalogue
    from kpis.planner import apply as do
    from warehouse import migrate
    from warehouse.database import warehouse_url

    if not approve:
        raise typer.BadParameter(say("nothing is applied without it"), param_hint="--approve")
    if not reason.strip():
        raise typer.BadParameter(say("say why it is approved"), param_hint="--reason")
    document = _read(file)
    installation = Installation.open()
    settings, url = installation.settings, warehouse_url(installation.settings)
    migrate.check(url)
    followers = {
        code: follow(indicators(Catalogue.of(installation, code), settings.government_kpis)) for code in settings.codes
    }
    with progress() as told:
        plan = do(url, installation, document, reason.strip(), followers, told)
    if json:
        print_json({"plan": document["sha256"], "moves": len(plan.moves), "targets": len(plan.target_moves)})
        return
    print_summary(plan)
    err.print(say("Applied plan {plan}", plan=document["sha256"][:12]), highlight=False)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json_text.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Abort(msg("{path} cannot be read: {strerror}.", path=file, strerror=error.strerror)) from None
    except (ValueError, RecursionError):
        raise Abort(msg("This is no plan; make one with `ioc plan show --out FILE`")) from None
    return found if isinstance(found, dict) else {}


def _effects(url: str, installation: Installation, plan: "ChangePlan") -> "RuleEffects":
    """Of changed specifications; read from the database alone."""
    from kpis.inputs import SOURCE
    from pipeline.rule_changes import RuleEffects, effects
    from warehouse.database import connect

    changed: dict[str, dict[str, tuple[str | None, str | None]]] = {}
    for one in plan.changes:
        if one.name.startswith(SOURCE):
            changed.setdefault(one.name.removeprefix(SOURCE), {})[one.key] = (one.before, one.after)
    if not changed:
        return RuleEffects()
    with connect(url, "loader") as connection:
        return effects(connection, installation, changed)


def _write_files(csv: Path | None, xlsx: Path | None, installation: Installation, plan: "ChangePlan") -> None:
    """The moves as files, which are sent on: without figures about persons, whose new values nobody has judged yet
    (docs/decisions/0014)."""
    from hub.sheets import Sheet, write_csv, write_workbook
    from kpis.catalogue import Catalogue

    definitions = Catalogue.of(installation).definitions
    given = [move for move in plan.moves if not definitions[move.kpi].about_persons]
    if left_out := len(plan.moves) - len(given):
        text = say("Files leave out {count} figures about persons, which are not judged yet", count=left_out)
        err.print(text, highlight=False)
    header = [*move_header(), say("reason")]
    rows: list[list[Any]] = [[*move_values(move), why(move)] for move in given]
    if csv:
        write_file(csv, write_csv(header, rows))
    if xlsx:
        causes: list[list[Any]] = [[one.file, one.key, one.before, one.after] for one in plan.changes]
        summary: list[list[Any]] = [[*line] for line in plan.summary() if not definitions[line[1]].about_persons]
        sheets = [
            Sheet(say("Figures that would move"), header, rows),
            Sheet(say("By KPI"), [say("province"), say("KPI"), say("figures that move"), say("whole")], summary),
            Sheet(say("Changes"), [say("file"), say("key"), say("before"), say("after")], causes),
        ]
        write_file(xlsx, write_workbook(sheets))
