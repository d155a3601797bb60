"""The province's communes and the organisations that handle its records.

Communes come from the package ``vietnamadminunits`` in the state of early 2025 (districts still exist).
Organisation codes follow the public pattern: departments ``000.00.01.H37`` on, districts ``000.00.31.H37`` on
in order of district code, communes ``000.NN.DD.H37`` with DD the district's number and NN the commune's place
in it.
"""

import sqlite3
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from gateway.moments import day_end
from gateway.worldfile import WorldFile

DEPARTMENTS = 19
_FIRST_DISTRICT = 31


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune, the codes of its own and its district's office, and its district."""

    code: str
    name: str
    organisation: str = ""
    district_organisation: str = ""
    urban: bool = False
    district: str = ""


@dataclass(frozen=True, slots=True)
class Province:
    """A province's organisation codes and communes."""

    name: str
    organisation: str
    departments: tuple[str, ...]
    districts: tuple[str, ...]
    communes: tuple[Commune, ...]

    def offices(self, tier: str) -> tuple[str, ...]:
        """The organisations of the province (``tinh``), its districts (``huyen``) or communes (``xa``)."""
        communes = tuple(commune.organisation for commune in self.communes)
        return {"tinh": self.departments, "huyen": self.districts, "xa": communes}[tier]


class Offices:
    """Codes of organisations as they were: some had another one until a day."""

    def __init__(self, world: WorldFile) -> None:
        self._renamed = {renamed.then: (day_end(renamed.until), renamed.code) for renamed in world.renamed}

    def code(self, organisation: str, moment: int) -> str:
        """The code at ``moment`` of the organisation that has the code ``organisation`` today."""
        until, code = self._renamed.get(organisation, (0, organisation))
        return code if moment < until else organisation


@cache
def province(organisation: str, area: str) -> Province:
    """The areas of province ``area`` (two digits), whose organisation code ends in ``organisation``.

    Raises ValueError when the area data has no such province.
    """
    rows = _commune_rows(area)
    if not rows:
        raise ValueError(f"area {area!r}: no communes in the area data; a world's `area` is a two-digit code")
    numbers = {code: _FIRST_DISTRICT + n for n, code in enumerate(sorted({row[0] for row in rows}))}
    places = dict.fromkeys(numbers, 0)
    communes = []
    for district, code, name, kind, _ in rows:
        places[district] += 1
        own = f"000.{places[district]:02}.{numbers[district]}.{organisation}"
        above = f"000.00.{numbers[district]}.{organisation}"
        communes.append(Commune(code, name, own, above, urban=kind != "Xã", district=district))
    return Province(
        name=rows[0][4],
        organisation=organisation,
        departments=tuple(f"000.00.{n:02}.{organisation}" for n in range(1, DEPARTMENTS + 1)),
        districts=tuple(f"000.00.{n}.{organisation}" for n in numbers.values()),
        communes=tuple(communes),
    )


def commune_codes(area: str) -> list[str]:
    """The commune codes of province ``area``, in order of district and commune."""
    return [row[1] for row in _commune_rows(area)]


def _commune_rows(area: str) -> list[tuple[str, str, str, str, str]]:
    """(district code, commune code, commune name, kind, province name), by district and commune code."""
    package = find_spec("vietnamadminunits")  # found, not imported: its import reads the whole mapping
    if package is None or package.origin is None:
        raise ValueError("package vietnamadminunits is not installed; the gateway takes its communes from it")
    path = Path(package.origin).parent / "data" / "dataset.db"
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as connection:
        return connection.execute(
            "select districtCode, wardCode, ward, wardType, provinceShort from admin_units_legacy"
            " where provinceCode = ? order by districtCode, wardCode",
            (area,),
        ).fetchall()
