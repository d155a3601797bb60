"""The country's administrative areas in both eras, from the package vietnamadminunits.

The package holds two states: early 2025 (provinces, districts, communes), and today's, since the reform of 1 July 2025
(34 provinces, no districts). Its older state is used from FIRST_DAY on: then the mergers of 2019 took effect, and what
was before is not in the package. Codes are used again for other areas, so an area is (code, valid_from).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from hub.errors import Abort
from hub.translation import msg
from warehouse.sort_keys import sort_key

FIRST_DAY = date(2020, 1, 1)
REFORM = date(2025, 7, 1)

UNMERGED = frozenset({"01", "04", "11", "12", "14", "20", "22", "38", "40", "42", "46"})
"""Provinces that kept code and territory in 2025 (National Assembly resolution 202/2025/QH15): one row throughout."""


@dataclass(frozen=True, slots=True)
class AreaSpan:
    """An area in one span of validity; `parent` is the code of the area that contains it, in the same span."""

    code: str
    valid_from: date
    valid_to: date | None
    level: str
    name: str
    sort_key: str
    parent: str | None
    latitude: float
    longitude: float
    area_km2: float | None


@dataclass(frozen=True, slots=True)
class Succession:
    """An area of before the reform, and one of today's that took over its land or a part of it."""

    code: str
    level: str
    successor: str
    successor_level: str
    share: Decimal
    """Part of the area's figures that go there; the shares of one area sum to 1."""
    is_estimated: bool
    """Whether the area was split, so that its share is an estimate."""


def areas() -> Iterator[AreaSpan]:
    """All areas, containing ones first: 6 to 7 hundred districts, some 13,000 communes."""
    with closing(_open()) as database:
        yield from _provinces(database)
        for code, name, short, kind, parent, lat, lon in database.execute(
            "select distinct districtCode, district, districtShort, districtType, provinceCode,"
            " districtLat, districtLon from admin_units_legacy order by districtCode"
        ):
            key = sort_key(f"{short} {kind}")
            yield AreaSpan(code, FIRST_DAY, REFORM, "district", name, key, parent, lat, lon, None)
        for code, name, short, kind, parent, lat, lon in database.execute(
            "select wardCode, ward, wardShort, wardType, districtCode, wardLat, wardLon"
            " from admin_units_legacy where wardCode is not null order by wardCode"
        ):
            key = sort_key(f"{short} {kind}")
            yield AreaSpan(code, FIRST_DAY, REFORM, "commune", name, key, parent, lat, lon, None)
        for code, name, short, kind, parent, lat, lon, km2 in database.execute(
            "select wardCode, ward, wardShort, wardType, provinceCode, wardLat, wardLon, nullif(wardAreaKm2, 0)"
            " from admin_units order by wardCode"
        ):
            yield AreaSpan(code, REFORM, None, "commune", name, sort_key(f"{short} {kind}"), parent, lat, lon, km2)


class ListedAreas:
    """Which area codes a province has on a day, as `warehouse.members` finds them, without a database."""

    def __init__(self, province: str) -> None:
        self._home = province
        self._spans: dict[str, list[tuple[AreaSpan, str]]] = {}
        provinces: dict[tuple[str, date], str] = {}
        for area in areas():
            above = area.parent and provinces.get((area.parent, area.valid_from), area.parent)
            provinces[area.code, area.valid_from] = above or area.code
            self._spans.setdefault(area.code, []).append((area, above or area.code))
        ended = [area.valid_to for area, _ in self._spans.get(province, []) if area.level == "province"]
        self._merged_on = max((day for day in ended if day), default=None)

    def has(self, code: str, day: date) -> bool:
        """Whether the province has such an area, or after it was merged anybody."""
        merged = self._merged_on is not None and day >= self._merged_on
        return any(own == self._home or merged for own in self._provinces_of(code, day))

    def is_elsewhere(self, code: str, day: date) -> bool:
        """Whether there is such an area in any province."""
        return bool(self._provinces_of(code, day))

    def _provinces_of(self, code: str, day: date) -> list[str]:
        spans = self._spans.get(code, [])
        return [own for area, own in spans if area.valid_from <= day and (not area.valid_to or day < area.valid_to)]


def _provinces(database: sqlite3.Connection) -> Iterator[AreaSpan]:
    for table, valid_from in (("admin_units_legacy", FIRST_DAY), ("admin_units", REFORM)):
        for code, name, short, lat, lon in database.execute(
            f"select distinct provinceCode, province, provinceShort, provinceLat, provinceLon from {table} order by 1"
        ):
            if code in UNMERGED and valid_from == REFORM:
                continue
            valid_to = REFORM if valid_from == FIRST_DAY and code not in UNMERGED else None
            yield AreaSpan(code, valid_from, valid_to, "province", name, sort_key(short), None, lat, lon, None)


def successions() -> Iterator[Succession]:
    """What became of every commune and of every province that ended in 2025.

    The package says which communes went into which of today's as a whole, and which were split among several. How the
    people of a split one divide nobody has published by commune: each of its successors gets an equal share. Districts
    ended without a successor, but for five islands that had no communes below them.
    """
    mapping = json.loads((_data() / "converter_2025.json").read_text("utf-8"))
    with closing(_open()) as database:
        old = {
            key: (ward, "commune") if ward else (district, "district")
            for key, ward, district in database.execute(
                "select provinceKey || '_' || districtKey || '_' || coalesce(wardKey, ''), wardCode, districtCode"
                " from admin_units_legacy"
            )
        }
        new = {
            (province, ward): code
            for province, ward, code in database.execute("select provinceKey, wardKey, wardCode from admin_units")
        }
        codes = dict(database.execute("select distinct provinceKey, provinceCode from admin_units").fetchall())
        codes_before = dict(
            database.execute("select distinct provinceKey, provinceCode from admin_units_legacy").fetchall()
        )
    for province, parts in mapping["DICT_PROVINCE"].items():
        if codes[province] not in UNMERGED:
            for part in parts:
                yield Succession(codes_before[part], "province", codes[province], "province", Decimal(1), False)
    for province, wards in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, parts in wards.items():
            for part in parts:
                yield Succession(*old[part], new[province, ward], "commune", Decimal(1), False)
    for province, divided in mapping["DICT_PROVINCE_WARD_DIVIDED"].items():
        for part, wards in divided.items():
            for ward, share in zip(wards, equal_shares(len(wards)), strict=True):
                yield Succession(*old[part], new[province, ward["newWardKey"]], "commune", share, True)


def equal_shares(number: int) -> list[Decimal]:
    """Shares of six decimals that sum to exactly 1; the last one takes what rounding leaves."""
    share = (1 / Decimal(number)).quantize(Decimal("0.000001"))
    return [share] * (number - 1) + [1 - share * (number - 1)]


def _data() -> Path:
    package = find_spec("vietnamadminunits")  # found, not imported: its import reads the whole mapping
    if package is None or package.origin is None:
        raise Abort(
            msg("the package vietnamadminunits is missing, from which the areas come: install it"),
        )
    return Path(package.origin).parent / "data"


def _open() -> sqlite3.Connection:
    return sqlite3.connect(f"file:{_data() / 'dataset.db'}?mode=ro&immutable=1", uri=True)
