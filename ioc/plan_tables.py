"""A plan as the command line shows it: JSON for machines, tables for people, lines for files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ioc.figure_tables import STATUS
from ioc.output import err, print_table
from ioc.reader import amount, number
from ioc.texts import days, say

if TYPE_CHECKING:
    from kpis.change_plan import ChangePlan, Move, TargetMove
    from kpis.definition import Definition
    from kpis.inputs import InputChange
    from pipeline.rule_changes import Remapped, Replayable, RuleEffects

Counting = Mapping[tuple[str, str], Sequence[str]]
"""Source and feed → the KPIs that count its records."""
_SHOWN = 100
"""Lines of a table that the terminal shows; JSON has all."""


def _cause(one: "InputChange") -> str:
    before, after = (say("(none)") if value is None else value for value in (one.before, one.after))
    return f"{one.file}: {one.key}: {before} → {after}"


def why(move: "Move") -> str:
    """What is behind a move: the first key of a file."""
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


def as_dict(plan: "ChangePlan", effects: "RuleEffects", kpis: Counting) -> dict[str, Any]:
    """A plan as JSON has it, all of it."""
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
            _move(move) | {"reason": why(move), "causes": [[one.file, one.key] for one in move.causes]}
            for move in plan.moves
        ],
        "targets": [_target(move) for move in plan.target_moves],
        "replayable": [vars(one) | {"kpis": kpis.get((one.source, one.feed), [])} for one in effects.replayable],
        "unfit": [vars(one) for one in effects.unfit],
        "remapped": [vars(one) for one in effects.remapped],
    }


def counting(definitions: "Iterable[Definition]") -> Counting:
    """The KPIs that count the records of each feed."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in definitions:
        for feed in one.feeds:
            found.setdefault(feed, []).append(one.id)
    return found


def print_plan(plan: "ChangePlan", effects: "RuleEffects", kpis: Counting) -> None:
    """A plan as tables, of each the first lines."""
    labels = {"file": say("file"), "key": say("key"), "before": say("before"), "after": say("after")}
    _print_first(say("Changed since the last approval"), labels, plan.changes, _change)
    moves = sorted(plan.moves, key=lambda one: (one.kpi, not one.found.is_whole))
    _print_first(say("Figures that would move"), _columns(), moves, _row)
    print_summary(plan)
    _print_targets(plan.target_moves)
    print_effects(effects, kpis)
    if plan.moves_nothing:
        err.print(say("No published figure would move"), highlight=False)


def _print_first(
    title: str, labels: Mapping[str, str], found: Sequence[Any], row: Callable[[Any], Mapping[str, Any]]
) -> None:
    """A table of what was found, none of nothing; says how much it leaves out."""
    if found:
        print_table(title, labels, [row(one) for one in found[:_SHOWN]])
    if len(found) > _SHOWN:
        err.print(say("{count} more: --json has all", count=len(found) - _SHOWN), highlight=False)


def _change(one: "InputChange") -> dict[str, Any]:
    return {"file": one.file, "key": one.key, "before": one.before or "—", "after": one.after or "—"}


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
        "reason": why(move),
    }


def print_summary(plan: "ChangePlan") -> None:
    """How many figures of each KPI move."""
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
    labels = {
        "kpi": say("KPI"),
        "days": say("period"),
        "breakdown": say("breakdown"),
        "value": say("value"),
        "target": say("target"),
        "attained": say("attained, %"),
    }
    _print_first(say("Figures whose target would be another one; their values stay"), labels, moves, _target_row)


def _target_row(move: "TargetMove") -> dict[str, Any]:
    return {
        "kpi": move.kpi,
        "days": days(move.period.first, move.period.last),
        "breakdown": move.breakdown,
        "value": amount(move.value, 2) or "—",
        "target": f"{amount(move.before) or '—'} → {amount(move.after) or '—'}",
        "attained": f"{amount(move.attained_before, 1) or '—'} → {amount(move.attained, 1) or '—'}",
    }


def print_effects(effects: "RuleEffects", kpis: Counting) -> None:
    """What changed rules and code maps would do to records of before, as tables."""
    labels = {
        "feed": say("feed"),
        "batch_id": say("batch"),
        "days": say("days"),
        "refused": say("quarantined"),
        "accepted": say("would be accepted"),
        "kpis": say("figures of these days that a replay could move"),
    }
    title = say("Quarantined records, which move no figure until they are replayed")
    _print_first(title, labels, effects.replayable, partial(_replayable_row, kpis))
    labels = {"feed": say("feed"), "rule": say("rule"), "facts": say("facts")}
    title = say("Facts that a rule would refuse now; they stay until their days are loaded again")
    _print_first(title, labels, effects.unfit, lambda one: vars(one) | {"feed": f"{one.source}.{one.feed}"})
    labels = {
        "feed": say("feed"),
        "column": say("column"),
        "code": say("code"),
        "meaning": say("meaning"),
        "facts": say("facts"),
    }
    title = say("Codes with another meaning; facts keep what they meant until loaded again")
    _print_first(title, labels, effects.remapped, _remapped_row)


def _replayable_row(kpis: Counting, one: "Replayable") -> dict[str, Any]:
    return vars(one) | {
        "feed": f"{one.source}.{one.feed}",
        "days": days(one.first, one.last),
        "kpis": ", ".join(kpis.get((one.source, one.feed), [])) if one.accepted else "",
    }


def _remapped_row(one: "Remapped") -> dict[str, Any]:
    return vars(one) | {"feed": f"{one.source}.{one.feed}", "meaning": f"{one.before or '—'} → {one.after or '—'}"}


def move_header() -> list[str]:
    """Titles of a file's columns, for `move_values`."""
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


def move_values(move: "Move") -> list[Any]:
    """A move as a line of a file."""
    one = move.found
    return [
        *(move.province, move.kpi, one.first, one.last, move.area, one.breakdown, one.before, one.after),
        *(one.status_before, one.status),
    ]
