"""Reference data: calendar, areas and successors, provinces, organisations, populations, plans, code lists and fields.

The files `reference/*.csv` are part of the code. Loading them again updates what changed and adds what is new; rows
that a file no longer lists stay, since facts may name them. A fault names file, line and column.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import psycopg
from psycopg import sql

from connectors.specification import Source, load_sources
from hub.errors import Abort
from hub.suggestions import nearest
from kpis.definition import load_definitions, own_file
from warehouse.areas import FIRST_DAY, REFORM, Area, areas, successions
from warehouse.sort_keys import sort_key

FIRST_YEAR, LAST_YEAR = 2015, 2035
CODE_LISTS = {
    "dim_channel": "channels.csv",
    "dim_gate": "gates.csv",
    "dim_operator": "operators.csv",
    "dim_platform": "platforms.csv",
}
_TIERS = ("province", "district", "commune")
_FOLDER = files("warehouse") / "reference"


def load(
    connection: psycopg.Connection, folder: Traversable = _FOLDER, sources: Mapping[str, Source] | None = None
) -> None:
    """Load everything in `folder` within the caller's transaction; `sources` are the installation's, by default the
    hub's own. Raises Abort at the first fault."""
    _load_days(connection)
    provinces = list(_read(folder, "provinces.csv", ("code", "area_code", "name", "area_km2"), key=("code",)))
    _load_areas(connection, {row.text("area_code"): row.number("area_km2") for row in provinces})
    _load_successors(connection)
    _load_provinces(connection, provinces)
    _load_organisations(connection, folder)
    _load_populations(connection, folder)
    _load_plans(connection, folder)
    for table, file in CODE_LISTS.items():
        columns = ("code", "name_vi", "name_en")
        rows = [[row.text(column) for column in columns] for row in _read(folder, file, columns, key=("code",))]
        _merge(connection, table, columns, ("code",), rows)
    _load_fields(connection, folder, load_sources() if sources is None else sources)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a CSV file."""

    file: str
    line: int
    values: dict[str, str]

    def text(self, column: str) -> str:
        value = self.values[column]
        if not value or value != value.strip():
            raise self.fault(
                column,
                f"{value!r} trống, hoặc bắt đầu hay kết thúc bằng dấu cách",
                f"{value!r} is empty or begins or ends with a space",
            )
        return value

    def number(self, column: str) -> float | None:
        try:
            return float(self.values[column]) if self.values[column] else None
        except ValueError:
            value = self.values[column]
            raise self.fault(
                column,
                f"{value!r} không phải là số; hãy viết 8310 hoặc 8310.5",
                f"{value!r} is no number; write 8310 or 8310.5",
            ) from None

    def count(self, column: str) -> int:
        value = self.values[column]
        if not (value.isascii() and value.isdigit()):
            raise self.fault(
                column,
                f"{value!r} không phải là số nguyên; chỉ viết chữ số",
                f"{value!r} is no whole number; write digits only",
            )
        return int(value)

    def year(self, column: str) -> int:
        year = self.count(column)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise self.fault(
                column,
                f"{year} không nằm trong {FIRST_YEAR} đến {LAST_YEAR}",
                f"{year} is not in {FIRST_YEAR} to {LAST_YEAR}",
            )
        return year

    def fault(self, column: str, vi: str, en: str) -> Abort:
        return Abort(
            f"danh mục {self.file}, dòng {self.line}, cột {column}: {vi}",
            f"reference data {self.file}, line {self.line}, column {column}: {en}",
        )


def _read(
    folder: Traversable, file: str, columns: Sequence[str], *, key: Sequence[str], also: Sequence[str] = ()
) -> Iterator[_Row]:
    """The rows of `file`, whose header must be `columns`, and in which `key` must not come twice; columns that are
    `also` of the key may be empty."""
    try:
        text = (folder / file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Abort(
            f"thiếu danh mục {file} trong {folder}: hãy khôi phục tệp",
            f"reference data {file} is missing from {folder}: put it back",
        ) from None
    except UnicodeDecodeError as error:
        raise Abort(
            f"danh mục {file}: byte {error.start} không phải UTF-8; hãy lưu tệp dạng UTF-8",
            f"reference data {file}: not UTF-8 at byte {error.start}; save it as UTF-8",
        ) from None
    lines = csv.reader(text.splitlines(), strict=True)
    header = next(lines, [])
    if header != list(columns):
        found, needed = ",".join(header), ",".join(columns)
        raise Abort(
            f"danh mục {file}, dòng 1: các cột là {found!r}, phải là {needed!r}",
            f"reference data {file}, line 1: columns are {found!r}, must be {needed!r}",
        )
    seen: dict[tuple[str, ...], int] = {}
    for values in lines:
        if len(values) != len(columns):
            raise _Row(file, lines.line_num, {}).fault(
                columns[min(len(values), len(columns) - 1)],
                f"có {len(values)} giá trị thay vì {len(columns)}; giá trị chứa dấu phẩy phải nằm trong ngoặc kép",
                f"{len(values)} values instead of {len(columns)}; quote values that hold a comma",
            )
        row = _Row(file, lines.line_num, dict(zip(columns, values, strict=True)))
        identity = (*(row.text(column) for column in key), *(row.values[column] for column in also))
        if identity in seen:
            twice, line = " ".join(identity), seen[identity]
            raise row.fault(
                key[-1],
                f"{twice} đã có ở dòng {line}; chỉ giữ một dòng",
                f"{twice} is on line {line} already; keep one",
            )
        seen[identity] = row.line
        yield row


def _load_days(connection: psycopg.Connection) -> None:
    connection.execute(
        """
        insert into warehouse.dim_date (day, year, quarter, month, iso_week, weekday, is_month_end)
        select day, extract(year from day), extract(quarter from day), extract(month from day),
            extract(week from day), extract(isodow from day), extract(day from day + 1) = 1
        from (
            select make_date(%s, 1, 1) + n as day from generate_series(0, make_date(%s, 12, 31) - make_date(%s, 1, 1)) n
        ) as days
        on conflict do nothing
        """,
        [FIRST_YEAR, LAST_YEAR, FIRST_YEAR],
    )


def _load_areas(connection: psycopg.Connection, province_km2: dict[str, float | None]) -> None:
    wanted = list(areas())
    ids: dict[tuple[str, str, date], int] = {
        (code, level, valid_from): area_id
        for area_id, code, level, valid_from in connection.execute(
            "select area_id, code, level, valid_from from warehouse.dim_area"
        )
    }
    new = [area for area in wanted if (area.code, area.level, area.valid_from) not in ids]
    numbers = connection.execute(
        "select nextval(pg_get_serial_sequence('warehouse.dim_area', 'area_id')) from generate_series(1, %s)",
        [len(new)],
    )
    ids |= {(area.code, area.level, area.valid_from): number for area, (number,) in zip(new, numbers, strict=True)}

    lineages: dict[tuple[str, date], list[int]] = {}  # by code and era: codes of different levels differ in length
    rows = []
    for area in wanted:
        area_id = ids[area.code, area.level, area.valid_from]
        above = _lineage_above(area, lineages)
        lineages[area.code, area.valid_from] = [area_id, *above]
        km2 = province_km2.get(area.code) if area.level == "province" else area.area_km2
        rows.append(
            [
                *(area_id, area.code, area.valid_from, area.valid_to, area.level, area.name, area.sort_key),
                *(above[0] if above else None, [area_id, *above], area.latitude, area.longitude, km2),
            ]
        )
    columns = ("area_id", "code", "valid_from", "valid_to", "level", "name", "sort_key", "parent_id", "ancestor_ids")
    _merge(connection, "dim_area", (*columns, "latitude", "longitude", "area_km2"), ("area_id",), rows)


def _lineage_above(area: Area, lineages: dict[tuple[str, date], list[int]]) -> list[int]:
    """Ids of the areas that contain `area`, nearest first; a province that outlived the reform began before it."""
    if area.parent is None:
        return []
    same_span = lineages.get((area.parent, area.valid_from))
    return same_span if same_span is not None else lineages[area.parent, FIRST_DAY]


def _load_successors(connection: psycopg.Connection) -> None:
    before, today = (
        {(code, level): area_id for code, level, area_id in connection.execute(ask, [REFORM])}
        for ask in (
            "select code, level, area_id from warehouse.dim_area where valid_to = %s",
            "select code, level, area_id from warehouse.dim_area where valid_from = %s",
        )
    )
    rows = [
        [before[s.code, s.level], today[s.successor, s.successor_level], s.share, s.is_estimated] for s in successions()
    ]
    columns = ("area_id", "successor_id", "share", "is_estimated")
    _merge(connection, "area_successor", columns, ("area_id", "successor_id"), rows)


def _load_provinces(connection: psycopg.Connection, provinces: Iterable[_Row]) -> None:
    known = {code for (code,) in connection.execute("select code from warehouse.dim_area where level = 'province'")}
    rows = []
    for row in provinces:
        if row.text("area_code") not in known:
            code = row.text("area_code")
            raise row.fault(
                "area_code",
                f"không có tỉnh {code}; hãy dùng mã hành chính hai chữ số",
                f"there is no province {code}; use its two-digit official code",
            )
        rows.append([row.text("code"), row.text("area_code"), row.text("name")])
    _merge(connection, "dim_province", ("code", "area_code", "name"), ("code",), rows)


def _load_organisations(connection: psycopg.Connection, folder: Traversable) -> None:
    provinces = _province_ids(connection)
    rows = []
    for row in _read(
        folder, "organisations.csv", ("province_code", "code", "tier", "name"), key=("province_code", "code")
    ):
        province_id = _province_id(row, "province_code", provinces)
        if len(row.text("code")) > 35 or not row.text("code").endswith("." + row.text("province_code")):
            code, ending = row.text("code"), row.text("province_code")
            raise row.fault(
                "code",
                f"{code} phải kết thúc bằng .{ending} và dài nhất 35 ký tự",
                f"{code} must end in .{ending} and have at most 35 characters",
            )
        if row.text("tier") not in _TIERS:
            tier, known = row.text("tier"), ", ".join(_TIERS)
            raise row.fault("tier", f"{tier!r} không thuộc {known}", f"{tier!r} is none of {known}")
        name = row.text("name")
        rows.append([province_id, row.text("code"), row.text("tier"), name, sort_key(name)])
    _merge(
        connection,
        "dim_organisation",
        ("province_id", "code", "tier", "name", "sort_key"),
        ("province_id", "code"),
        rows,
    )


def _load_populations(connection: psycopg.Connection, folder: Traversable) -> None:
    rows = []
    for row in _read(
        folder, "area_population.csv", ("area_code", "year", "population", "basis"), key=("area_code", "year")
    ):
        year = row.year("year")
        area = connection.execute(
            "select area_id from warehouse.dim_area"
            " where code = %(code)s and valid_from <= %(day)s and coalesce(valid_to > %(day)s, true)",
            {"code": row.text("area_code"), "day": date(year, 1, 1)},
        ).fetchone()
        if area is None:
            code = row.text("area_code")
            raise row.fault(
                "area_code", f"ngày 01/01/{year} không có địa bàn {code}", f"no area {code} on 1 January {year}"
            )
        rows.append([area[0], year, row.count("population"), row.text("basis")])
    _merge(connection, "area_population", ("area_id", "year", "population", "basis"), ("area_id", "year"), rows)


def _load_plans(connection: psycopg.Connection, folder: Traversable) -> None:
    """The hub's plans, and those that the installation keeps beside its own KPIs; one of the same key wins."""
    provinces = _province_ids(connection)
    columns = ("province", "kpi", "breakdown", "year", "plan", "basis")
    own = own_file("plans.csv")
    places = [(folder, "plans.csv"), *([(Path(), str(own))] if own else [])]
    rows = {}
    for place, file in places:
        for row in _read(place, file, columns, key=("province", "kpi", "year"), also=("breakdown",)):
            plan = row.number("plan")
            if plan is None or plan <= 0:
                raise row.fault("plan", "kế hoạch phải là số lớn hơn 0", "a plan is a number above 0")
            if row.text("kpi") not in load_definitions():
                near = nearest(row.text("kpi"), list(load_definitions()))
                raise row.fault("kpi", f"không có chỉ tiêu này; {near.vi}", f"there is no such KPI; {near.en}")
            key = _province_id(row, "province", provinces), row.text("kpi"), row.values["breakdown"], row.year("year")
            rows[key] = [*key, plan, row.text("basis")]
    columns = ("province_id", "kpi_id", "breakdown", "year", "plan", "basis")
    _merge(connection, "kpi_plan", columns, ("province_id", "kpi_id", "breakdown", "year"), rows.values())


def _province_ids(connection: psycopg.Connection) -> dict[str, int]:
    return dict(connection.execute("select code, province_id from warehouse.dim_province").fetchall())


def _province_id(row: _Row, column: str, provinces: dict[str, int]) -> int:
    code = row.text(column)
    if code not in provinces:
        raise row.fault(
            column,
            f"{code} không có trong provinces.csv; hãy thêm vào đó",
            f"{code} is not in provinces.csv; add it there",
        )
    return provinces[code]


def _load_fields(connection: psycopg.Connection, folder: Traversable, sources: Mapping[str, Source]) -> None:
    """The fields of the reports, and which of them each KPI's and each source's file names."""
    columns = ("code", "position", "name_vi", "name_en")
    fields = list(_read(folder, "fields.csv", columns, key=("code",)))
    rows: list[list[object]] = [
        [row.text("code"), row.count("position"), row.text("name_vi"), row.text("name_en")] for row in fields
    ]
    _merge(connection, "dim_field", columns, ("code",), rows)
    known = [row.text("code") for row in fields]
    for table, name, members in (
        ("kpi_field", "kpi_id", {kpi.id: kpi.field for kpi in load_definitions().values() if kpi.field}),
        ("source_field", "source", {source.name: source.field for source in sources.values() if source.field}),
    ):
        for member, field in members.items():
            if field not in known:
                there = ", ".join(known)
                raise Abort(
                    f"{member}.toml: field {field!r} không có trong fields.csv; hiện có {there}",
                    f"{member}.toml: field {field!r} is not in fields.csv; it has {there}",
                )
        _merge(connection, table, (name, "field_code"), (name,), members.items())


def _merge(
    connection: psycopg.Connection,
    table: str,
    columns: Sequence[str],
    keys: Sequence[str],
    rows: Iterable[Sequence[object]],
) -> None:
    """Add the rows whose `keys` are new, update those that differ; MERGE uses up no ids on rows that are there."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    rest = [column for column in columns if column not in keys]
    parts = {
        "target": sql.Identifier("warehouse", table),
        "names": names,
        "given": sql.SQL(", ").join(sql.Identifier("given", column) for column in columns),
        "same": sql.SQL(" and ").join(
            sql.SQL("target.{0} = given.{0}").format(sql.Identifier(column)) for column in keys
        ),
        "old": sql.SQL(", ").join(sql.Identifier("target", column) for column in rest),
        "new": sql.SQL(", ").join(sql.Identifier("given", column) for column in rest),
        "set": sql.SQL(", ").join(sql.SQL("{0} = given.{0}").format(sql.Identifier(column)) for column in rest),
    }
    connection.execute(
        sql.SQL("create temp table given on commit drop as select {names} from {target} limit 0").format(**parts)
    )
    with connection.cursor().copy("copy given from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(
        sql.SQL(
            "merge into {target} as target using given on {same}"
            " when matched and row({old}) is distinct from row({new}) then update set {set}"
            " when not matched then insert ({names}) values ({given})"
        ).format(**parts)
    )
    connection.execute("drop table given")
