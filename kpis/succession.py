"""Figures of areas carried to others: to the areas of today, or up to those that contain them.

Most old communes went into one of today's as a whole. Of one that was split, each of its successors gets an equal
part, since no register says how its people or records divide; rows that hold such a part are marked as estimated.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from kpis.range_reading import Part, Reading, ordered
from warehouse.serving import Area, Connection, Heirs, area_ids_within, containing, successors


def carry(
    connection: Connection, reading: Reading, split: Sequence[str], by: Sequence[str], area: Area | None
) -> Reading:
    """A reading whose parts are of today's areas. Its rows are additive: their parts are summed.

    `split` is how the reading was broken down, with area among it; `by` how the answer is to be. With `area` only what
    lies in it today counts, and the whole is the sum of that; without it the whole stays as it was counted.
    """
    heirs = successors(connection, _places(reading))
    return _carried(reading, heirs, split, by, area_ids_within(connection, area) if area else None)


def gather(connection: Connection, readings: Mapping[str, Reading], by: Sequence[str]) -> dict[str, Reading]:
    """Readings with a part for every area with all below it. Their rows are additive: their parts are summed."""
    around = containing(connection, _places(*readings.values()))
    return {name: _carried(reading, around, by, by, None) for name, reading in readings.items()}


def _places(*readings: Reading) -> set[int]:
    return {part.area_id for reading in readings for part in reading.parts if part.area_id is not None}


def _carried(
    reading: Reading, heirs: Heirs, split: Sequence[str], by: Sequence[str], inside: Collection[int] | None
) -> Reading:
    place = split.index("area")
    summed: dict[tuple[tuple[str | None, ...], int | None], Part] = {}
    whole = replace(reading.whole, key=(None,) * len(by))
    if inside is not None:
        whole = replace(whole, records=0, numerator=None, denominator=None)
    for part in reading.parts:
        stays = [(part.area_id, part.key[place], Decimal(1), False)]
        for area_id, code, portion, is_estimated in heirs.get(part.area_id or 0, stays):
            if inside is not None and area_id not in inside:
                continue
            key = (*part.key[:place], code, *part.key[place + 1 :])
            portioned = Part(
                key if "area" in by else part.key[:place],
                area_id if "area" in by else None,
                part.records,
                None if part.numerator is None else part.numerator * portion,
                None if part.denominator is None else part.denominator * portion,
                is_estimated,
            )
            row = (portioned.key, portioned.area_id)
            summed[row] = summed[row] + portioned if row in summed else portioned
            if inside is not None:
                whole = whole + portioned
    if inside is not None and whole.numerator is None:
        whole = replace(whole, numerator=Decimal(0), denominator=Decimal(0))
    return Reading(reading.as_of, whole, ordered(summed.values()) if by else [])
