"""A plan as the command line shows it: JSON for machines, tables for people, lines for files."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ioc.figure_tables import STATUS
from ioc.output import err, print_table
from ioc.reader import amount, number
from ioc.texts import days, say

if TYPE_CHECKING:
    from kpis.change_plan import ChangePlan, Move, TargetMove
    from kpis.definition import Definition
    from kpis.inputs import InputChange
    from pipeline.rule_changes import RuleEffects

Counting = Mapping[tuple[str, str], Sequence[str]]
"""Source and feed → the KPIs that count its records."""
_SHOWN = 100
"""Figures that the terminal shows; files and JSON have all."""


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
    print_summary(plan)
    _print_targets(plan.target_moves)
    _print_effects(effects, kpis)
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


def _print_effects(effects: "RuleEffects", kpis: Counting) -> None:
    if effects.replayable:
        rows = [
            {
                "feed": f"{one.source}.{one.feed}",
                "batch_id": one.batch_id,
                "days": days(one.first, one.last),
                "refused": one.refused,
                "accepted": one.accepted,
                "kpis": ", ".join(kpis.get((one.source, one.feed), [])) if one.accepted else "",
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
