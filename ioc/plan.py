"""`ioc plan`: what a change would do to published figures, and doing exactly that once it is approved."""

import json as json_text
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from hub.errors import Abort
from hub.installation import Installation
from hub.translation import N_, msg
from ioc.command_line import App
from ioc.figure_tables import STATUS
from ioc.output import Json, err, print_json, print_table
from ioc.reader import amount, number
from ioc.texts import days, say

if TYPE_CHECKING:
    from kpis.change_plan import ChangePlan, Move, TargetMove
    from kpis.inputs import InputChange
    from pipeline.rule_changes import RuleEffects

app = App(N_("What a change would do to published figures, and doing it"))
_SHOWN = 100
"""Figures that the terminal shows; files and JSON have all."""


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
    from kpis.planner import make
    from warehouse import migrate
    from warehouse.database import warehouse_url

    installation = Installation.open()
    url = warehouse_url(installation.settings)
    migrate.check(url)
    with _progress() as told:
        plan = make(url, installation, told)
    effects = _effects(url, installation, plan)
    if out:
        _write(out, json_text.dumps(plan.document, ensure_ascii=False, indent=2).encode())
    if csv or xlsx:
        _write_files(csv, xlsx, installation, plan)
    if json:
        print_json(_as_dict(plan, effects))
    else:
        _print(plan, effects)
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
    with _progress() as told:
        plan = do(url, installation, document, reason.strip(), followers, told)
    if json:
        print_json({"plan": document["sha256"], "moves": len(plan.moves), "targets": len(plan.target_moves)})
        return
    _print_summary(plan)
    err.print(say("Applied plan {plan}", plan=document["sha256"][:12]), highlight=False)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
        bar = bars.add_task("", total=None)
        yield lambda kpi, done, of: bars.update(bar, description=kpi, completed=done, total=of)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json_text.loads(file.read_text("utf-8"))
    except OSError as error:
        raise Abort(msg("{path} cannot be read: {strerror}.", path=file, strerror=error.strerror)) from None
    except ValueError:
        raise Abort(msg("This is no plan; make one with `ioc plan show --out FILE`")) from None
    return found if isinstance(found, dict) else {}


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Abort(msg("{path} cannot be written: {strerror}.", path=path, strerror=error.strerror)) from None
    err.print(say("Wrote {xlsx}", xlsx=path), highlight=False, soft_wrap=True)


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


def _cause(one: "InputChange") -> str:
    before, after = (say("(none)") if value is None else value for value in (one.before, one.after))
    return f"{one.file}: {one.key}: {before} → {after}"


def _why(move: "Move") -> str:
    if move.is_of_time:
        return say("no delivery can be late any more")
    first, *others = map(_cause, move.causes)
    return first + (say(" and {count} more", count=len(others)) if others else "")


def _move(move: "Move") -> dict[str, Any]:
    one = move.found
    return {
        "province": move.province,
        "kpi": move.kpi,
        "from": one.first,
        "to": one.last,
        "area": move.area,
        "breakdown": one.breakdown,
        "before": number(one.before),
        "after": number(one.after),
        "status_before": one.status_before,
        "status": one.status,
        "definition_version_before": one.version_before,
        "definition_version": one.version,
    }


def _target(move: "TargetMove") -> dict[str, Any]:
    return {
        "province": move.province,
        "kpi": move.kpi,
        "from": move.period.first,
        "to": move.period.last,
        "breakdown": move.breakdown,
        "value": number(move.value),
        "target_before": number(move.before),
        "target": number(move.after),
        "attainment_before": number(move.attained_before),
        "attainment": number(move.attained),
    }


def _as_dict(plan: "ChangePlan", effects: "RuleEffects") -> dict[str, Any]:
    return {
        "plan": plan.document["sha256"],
        "changes": [
            {"file": one.file, "key": one.key, "before": one.before, "after": one.after} for one in plan.changes
        ],
        "summary": [
            {"province": province, "kpi": kpi, "moves": count, "whole": whole}
            for province, kpi, count, whole in plan.summary()
        ],
        "moves": [
            _move(move) | {"reason": _why(move), "causes": [[one.file, one.key] for one in move.causes]}
            for move in plan.moves
        ],
        "targets": [_target(move) for move in plan.target_moves],
        "replayable": [vars(one) | {"kpis": _counting(one.source, one.feed)} for one in effects.replayable],
        "unfit": [vars(one) for one in effects.unfit],
        "remapped": [vars(one) for one in effects.remapped],
    }


def _counting(source: str, feed: str) -> list[str]:
    """The KPIs that count records of a feed."""
    from kpis.catalogue import Catalogue

    definitions = Catalogue.of(Installation.open()).definitions.values()
    return [one.id for one in definitions if (source, feed) in one.feeds]


def _print(plan: "ChangePlan", effects: "RuleEffects") -> None:
    changes = [
        {"file": one.file, "key": one.key, "before": one.before or "—", "after": one.after or "—"}
        for one in plan.changes
    ]
    labels = {"file": say("file"), "key": say("key"), "before": say("before"), "after": say("after")}
    print_table(say("Changed since the last approval"), labels, changes[:_SHOWN])
    _tell_more(len(changes))
    moves = sorted(plan.moves, key=lambda one: (one.kpi, not one.found.is_whole))
    rows = [_row(move) for move in moves[:_SHOWN]]
    if rows:
        print_table(say("Figures that would move"), _columns(), rows)
        _tell_more(len(moves))
    _print_summary(plan)
    _print_targets(plan.target_moves)
    _print_effects(effects)
    if plan.moves_nothing:
        err.print(say("No published figure would move"), highlight=False)


def _tell_more(count: int) -> None:
    if count > _SHOWN:
        err.print(say("{count} more: --json, --csv and --xlsx have all", count=count - _SHOWN), highlight=False)


def _columns() -> dict[str, str]:
    return {
        "province": say("province"),
        "kpi": say("KPI"),
        "days": say("period"),
        "area": say("area"),
        "breakdown": say("breakdown"),
        "before": say("before"),
        "after": say("after"),
        "status": say("status"),
        "reason": say("reason"),
    }


def _row(move: "Move") -> dict[str, Any]:
    one = move.found
    statuses = [say(STATUS[status]) for status in (one.status_before, one.status) if status]
    return {
        "province": move.province,
        "kpi": move.kpi,
        "days": days(one.first, one.last),
        "area": move.area,
        "breakdown": one.breakdown,
        "before": amount(one.before, 2) or "—",
        "after": amount(one.after, 2) or "—",
        "status": " → ".join(dict.fromkeys(statuses)),
        "reason": _why(move),
    }


def _print_summary(plan: "ChangePlan") -> None:
    rows = [
        {"province": province, "kpi": kpi, "moves": count, "whole": whole}
        for province, kpi, count, whole in plan.summary()
    ]
    if rows:
        labels = {
            "province": say("province"),
            "kpi": say("KPI"),
            "moves": say("figures that move"),
            "whole": say("of these of the whole province"),
        }
        print_table(say("By KPI"), labels, rows)


def _print_targets(moves: "Sequence[TargetMove]") -> None:
    rows = [
        {
            "kpi": move.kpi,
            "days": days(move.period.first, move.period.last),
            "breakdown": move.breakdown,
            "value": amount(move.value, 2) or "—",
            "target": f"{amount(move.before) or '—'} → {amount(move.after) or '—'}",
            "attained": f"{amount(move.attained_before, 1) or '—'} → {amount(move.attained, 1) or '—'}",
        }
        for move in moves
    ]
    if rows:
        labels = {
            "kpi": say("KPI"),
            "days": say("period"),
            "breakdown": say("breakdown"),
            "value": say("value"),
            "target": say("target"),
            "attained": say("attained, %"),
        }
        print_table(say("Figures whose target would be another one; their values stay"), labels, rows[:_SHOWN])
        _tell_more(len(rows))


def _print_effects(effects: "RuleEffects") -> None:
    if effects.replayable:
        rows = [
            {
                "feed": f"{one.source}.{one.feed}",
                "batch_id": one.batch_id,
                "days": days(one.first, one.last),
                "refused": one.refused,
                "accepted": one.accepted,
                "kpis": ", ".join(_counting(one.source, one.feed)) if one.accepted else "",
            }
            for one in effects.replayable
        ]
        labels = {
            "feed": say("feed"),
            "batch_id": say("batch"),
            "days": say("days"),
            "refused": say("refused"),
            "accepted": say("would be accepted"),
            "kpis": say("figures of these days that a replay could move"),
        }
        print_table(say("Quarantined records, which move no figure until they are replayed"), labels, rows)
    if effects.unfit:
        labels = {"feed": say("feed"), "rule": say("rule"), "facts": say("facts")}
        rows = [{"feed": f"{one.source}.{one.feed}", "rule": one.rule, "facts": one.facts} for one in effects.unfit]
        print_table(
            say("Facts that a rule would refuse now; they stay until their days are loaded again"), labels, rows
        )
    if effects.remapped:
        labels = {
            "feed": say("feed"),
            "column": say("column"),
            "code": say("code"),
            "meaning": say("meaning"),
            "facts": say("facts"),
        }
        rows = [
            {
                "feed": f"{one.source}.{one.feed}",
                "column": one.column,
                "code": one.code,
                "meaning": f"{one.before or '—'} → {one.after or '—'}",
                "facts": one.facts,
            }
            for one in effects.remapped
        ]
        print_table(say("Codes with another meaning; facts keep what they meant until loaded again"), labels, rows)


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
    header = [*_move_header(), say("reason")]
    rows: list[list[Any]] = [[*_values(move), _why(move)] for move in given]
    if csv:
        _write(csv, write_csv(header, rows))
    if xlsx:
        causes: list[list[Any]] = [[one.file, one.key, one.before, one.after] for one in plan.changes]
        summary: list[list[Any]] = [[*line] for line in plan.summary() if not definitions[line[1]].about_persons]
        sheets = [
            Sheet(say("Figures that would move"), header, rows),
            Sheet(say("By KPI"), [say("province"), say("KPI"), say("figures that move"), say("whole")], summary),
            Sheet(say("Changes"), [say("file"), say("key"), say("before"), say("after")], causes),
        ]
        _write(xlsx, write_workbook(sheets))


def _move_header() -> list[str]:
    return [
        say("province"),
        say("KPI"),
        say("from"),
        say("to"),
        say("area"),
        say("breakdown"),
        say("before"),
        say("after"),
        say("status before"),
        say("status"),
    ]


def _values(move: "Move") -> list[Any]:
    one = move.found
    return [
        *(move.province, move.kpi, one.first, one.last, move.area, one.breakdown, one.before, one.after),
        *(one.status_before, one.status),
    ]
