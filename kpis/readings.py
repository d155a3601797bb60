"""What the views say to a question: numerators and denominators, shares split, parts carried to today's areas."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from hub.periods import Period
from kpis.query import Scope
from kpis.question import Calculation
from kpis.range_reading import Reading, read_moments, read_ranges
from kpis.slices import Slices
from kpis.succession import carry, gather
from warehouse.serving import Connection

When = Mapping[str, Period] | Mapping[str, date]
"""Named ranges, or named days at whose end the state is asked for."""


def readings(connection: Connection, asked: Calculation, when: When) -> dict[str, Reading]:
    """What happened in each range, or the state on each day; a day without any snapshot on or before it is left out.

    Of `asked` the period does not count.
    """
    where, by = asked.slices, tuple(asked.by)
    if not asked.formula.share:
        return _read(connection, asked, when, where, by)
    ((name, value),) = asked.formula.share.items()
    own = where if name in where else {**where, name: (value,)}
    split = _read(connection, asked, when, where if name in by else own, by)
    whole = split if name in where or name not in by else _read(connection, asked, when, own, ())
    others = {other: values for other, values in where.items() if other != name}
    every = _read(connection, asked, when, others, tuple(other for other in by if other != name))
    return {
        moment: _share(reading, split.get(moment), whole.get(moment), by, name) for moment, reading in every.items()
    }


def _share(every: Reading, split: Reading | None, whole: Reading | None, by: tuple[str, ...], name: str) -> Reading:
    """Numerators of the rows that are split by `name`, over denominators of all of them."""
    parts = split.parts if split else []
    if name in by:
        place = by.index(name)
        denominators = {(part.key, part.area_id): part.denominator for part in every.parts or [every.whole]}
        rows = [
            replace(part, denominator=denominators.get((part.key[:place] + part.key[place + 1 :], part.area_id)))
            for part in parts
        ]
    else:
        numerators = {(part.key, part.area_id): part.numerator for part in parts}
        rows = [replace(part, numerator=numerators.get((part.key, part.area_id))) for part in every.parts]
    numerator = whole.whole.numerator if whole else None
    return Reading(every.as_of, replace(every.whole, key=(None,) * len(by), numerator=numerator), rows)


def _read(
    connection: Connection, asked: Calculation, when: When, where: Slices, by: tuple[str, ...]
) -> dict[str, Reading]:
    area_id = asked.area.area_id if asked.area and not asked.carried else None
    split = (*by, "area") if asked.carried and "area" not in by else by
    scope = Scope(
        asked.definition.reads,
        asked.province.province_id,
        area_id,
        where,
        split,
        asked.question.with_refused,
        asked.definition.row_sources,
    )
    found = _read_scope(connection, asked, when, scope)
    if asked.subtrees and "area" in by and not asked.formula.counts_distinct:
        return gather(connection, found, by)
    if asked.subtrees and "area" in by:
        rows = _read_scope(connection, asked, when, replace(scope, subtrees=True))
        return {name: replace(reading, parts=rows[name].parts) for name, reading in found.items()}
    if not asked.carried:
        return found
    return {name: carry(connection, reading, split, by, asked.area) for name, reading in found.items()}


def _read_scope(connection: Connection, asked: Calculation, when: When, scope: Scope) -> dict[str, Reading]:
    ranges = {name: one for name, one in when.items() if isinstance(one, Period)}
    if ranges:
        return read_ranges(connection, asked.formula, scope, ranges)
    return read_moments(
        connection, asked.formula, scope, {name: one for name, one in when.items() if isinstance(one, date)}
    )
