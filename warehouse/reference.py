"""Reference data: calendar, areas with successors and outlines, provinces, organisations, populations, plans, code
lists, fields and deliverers.

What is the same everywhere is part of the code (`reference/*.csv`); what is a province's own lies in the installation's
folder, of which any file may be missing. Loading them again updates what changed, completes what was inferred from
records in place and adds what is new; rows that a file no longer lists stay, since facts may name them, but for
deliverers. A fault names file, line and column.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Literal

import psycopg
from psycopg import sql
from pydantic import AfterValidator

from connectors.catalogue import faults_of, sources_of
from hub.errors import Abort, Invalid
from hub.installation import Installation
from hub.suggestions import nearest
from hub.tables import CsvRow, Line, MaybeDay, MaybeNumber, Positive, R, Whole, Word, read
from hub.translation import msg
from warehouse import members, outlines
from warehouse.areas import FIRST_DAY, REFORM, AreaSpan, areas, successions
from warehouse.sort_keys import sort_key

FIRST_YEAR, LAST_YEAR = 2015, 2035
CODE_LISTS = {
    "dim_channel": "channels.csv",
    "dim_gate": "gates.csv",
    "dim_operator": "operators.csv",
    "dim_platform": "platforms.csv",
}
_SHARED = Path(__file__).with_name("reference")
_OWN_ONLY = {"gates.csv"}
"""Code lists that do not come with the hub."""


def _in_calendar(year: int) -> int:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            msg("{year} is not in {first_year} to {last_year}", year=year, first_year=FIRST_YEAR, last_year=LAST_YEAR)
        )
    return year


Year = Annotated[Whole, AfterValidator(_in_calendar)]


def _count_of_people(number: int) -> int:
    if not 0 < number < 2**31:
        raise Invalid(msg("{number} is no number of people", number=number))
    return number


People = Annotated[Whole, AfterValidator(_count_of_people)]


class ProvinceRow(CsvRow):
    """A line of provinces.csv, where a province's name or surface is not to be that of its area."""

    code: Word
    area_code: Word
    name: Word
    area_km2: MaybeNumber


class OrganisationRow(CsvRow):
    """A line of organisations.csv."""

    province_code: Word
    code: Word
    tier: Literal["province", "district", "commune"]
    name: Word


class Population(CsvRow):
    """A line of area_population.csv."""

    area_code: Word
    year: Year
    population: People
    basis: Word


class Plan(CsvRow):
    """A line of plans.csv."""

    province: Word
    kpi: Word
    breakdown: str
    year: Year
    plan: Positive
    basis: Word


class Code(CsvRow):
    """A line of a code list."""

    code: Word
    name_vi: Word
    name_en: Word


class FieldRow(CsvRow):
    """A line of fields.csv: a field of the reports. Position 0 leaves it off the screens."""

    code: Word
    position: Whole
    name_vi: Word
    name_en: Word


class Deliverer(CsvRow):
    """A line of deliverers.csv: who delivers a feed together with others, from when until when; `valid_to` is the first
    day on which it no longer does. Both days may be empty."""

    source: Word
    feed: Word
    code: Annotated[Word, AfterValidator(str.lower)]
    valid_from: MaybeDay
    valid_to: MaybeDay


FILES: Mapping[str, type[CsvRow]] = {
    "provinces.csv": ProvinceRow,
    "organisations.csv": OrganisationRow,
    "area_population.csv": Population,
    "plans.csv": Plan,
    **dict.fromkeys(CODE_LISTS.values(), Code),
    "fields.csv": FieldRow,
    "deliverers.csv": Deliverer,
}
"""The files that an installation's reference folder may hold, beside targets.csv."""


def load(connection: psycopg.Connection, installation: Installation, kpis: Mapping[str, str | None]) -> None:
    """Load what comes with the hub and what the installation adds, within the caller's transaction; `kpis` are the
    fields of its KPIs, by id. Raises Abort for a file with faults."""
    folder = installation.reference
    _load_days(connection)
    given = _read(folder / "provinces.csv", ProvinceRow, ("code",))
    _load_areas(connection, {line.row.area_code: line.row.area_km2 for line in given})
    _load_successors(connection)
    _load_provinces(connection, given, installation.settings.areas)
    members.add_unknown_areas(connection)
    members.place_again(connection)
    provinces: dict[str, int] = dict(
        connection.execute("select code, province_id from warehouse.dim_province").fetchall()
    )
    _load_organisations(connection, folder, provinces)
    _load_populations(connection, folder)
    _load_plans(connection, installation.reference_files("plans.csv"), provinces, list(kpis))
    for table, file in CODE_LISTS.items():
        codes = _shared_and_own(folder, file, Code)
        _merge(connection, table, tuple(Code.model_fields), ("code",), [list(row.values()) for row in codes])
    fields = _shared_and_own(folder, "fields.csv", FieldRow)
    _merge(connection, "dim_field", tuple(FieldRow.model_fields), ("code",), [list(row.values()) for row in fields])
    known = [row["code"] for row in fields]
    _load_memberships(connection, "kpi_field", "kpi_id", kpis, known)
    _load_deliverers(connection, folder, installation)
    _load_indicators(connection, installation)
    of_sources = {source.name: source.field for source in sources_of(installation).values()}
    _load_memberships(connection, "source_field", "source", of_sources, known)
    outlines.load(connection, folder)


def _read(file: Path, model: type[R], key: Sequence[str]) -> list[Line[R]]:
    """The rows of a file; none where the installation has no such file."""
    return read(file, model, key) if file.is_file() else []


def _shared_and_own(folder: Path, file: str, model: type[CsvRow]) -> list[dict[str, object]]:
    """The rows that come with the hub, and the installation's, which win over them."""
    shared = [] if file in _OWN_ONLY else read(_SHARED / file, model, ("code",))
    lines = [*shared, *_read(folder / file, model, ("code",))]
    return list({row["code"]: row for row in (line.row.model_dump() for line in lines)}.values())


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


def _load_areas(connection: psycopg.Connection, province_km2: Mapping[str, Decimal | None]) -> None:
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
    if new:  # else each look into the index reads the list of what it was given last, until vacuum comes by
        connection.execute("select gin_clean_pending_list('warehouse.ix_dim_area_ancestor_ids')")


def _lineage_above(area: AreaSpan, lineages: dict[tuple[str, date], list[int]]) -> list[int]:
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


def _load_provinces(
    connection: psycopg.Connection, given: Sequence[Line[ProvinceRow]], configured: Mapping[str, str]
) -> None:
    """The provinces of the file, and those of the settings, by the names of their areas."""
    names: dict[str, str] = dict(
        connection.execute(
            "select distinct on (code) code, name from warehouse.dim_area where level = 'province'"
            " order by code, valid_from"
        ).fetchall()
    )
    rows = {}
    for code, area in configured.items():
        if area not in names:
            raise unknown_area(area, names)
        rows[code] = [code, area, names[area].removeprefix("Tỉnh ").removeprefix("Thành phố ")]
    for line in given:
        row = line.row
        if row.area_code not in names:
            raise line.fault("area_code", unknown_area(row.area_code, names))
        rows[row.code] = [row.code, row.area_code, row.name]
    _merge(connection, "dim_province", ("code", "area_code", "name"), ("code",), rows.values())


def province_names() -> dict[str, str]:
    """Area code → name of every province, of before and after the reform, without a database."""
    return {area.code: area.name for area in takewhile(lambda area: area.level == "province", areas())}


def unknown_area(code: str, names: Mapping[str, str]) -> Abort:
    """There is no province of that area code; which there are."""
    near = nearest(code, [f"{area} ({name})" for area, name in sorted(names.items())])
    return Abort(msg("there is no province {code}; {near}", code=code, near=near))


def listed_codes(installation: Installation, dimension: str) -> frozenset[str] | None:
    """The codes of a dimension that `load` would load for the installation's province, without a database; None of one
    whose members come with records. Areas are in `warehouse.areas`. Raises Abort for a file with faults."""
    folder = installation.reference
    if dimension == "organisation":
        lines = _read(folder / "organisations.csv", OrganisationRow, ("province_code", "code"))
        return frozenset(line.row.code for line in lines if line.row.province_code == installation.settings.province)
    file = CODE_LISTS.get(f"dim_{dimension}")
    return frozenset(str(row["code"]) for row in _shared_and_own(folder, file, Code)) if file else None


def _load_organisations(connection: psycopg.Connection, folder: Path, provinces: Mapping[str, int]) -> None:
    rows = []
    for line in _read(folder / "organisations.csv", OrganisationRow, ("province_code", "code")):
        row, ending = line.row, line.row.province_code
        if len(row.code) > 35 or not row.code.endswith(f".{ending}"):
            raise line.fault(
                "code",
                msg(
                    "{row_code} must end in .{ending} and have at most 35 characters", row_code=row.code, ending=ending
                ),
            )
        province_id = _province_id(line, "province_code", ending, provinces)
        rows.append([province_id, row.code, row.tier, row.name, sort_key(row.name), False])
    columns = ("province_id", "code", "tier", "name", "sort_key", "is_inferred")
    _merge(connection, "dim_organisation", columns, ("province_id", "code"), rows)


def _load_populations(connection: psycopg.Connection, folder: Path) -> None:
    rows = []
    for line in _read(folder / "area_population.csv", Population, ("area_code", "year")):
        row = line.row
        area = connection.execute(
            "select area_id from warehouse.dim_area"
            " where code = %(code)s and valid_from <= %(day)s and coalesce(valid_to > %(day)s, true)",
            {"code": row.area_code, "day": date(row.year, 1, 1)},
        ).fetchone()
        if area is None:
            raise line.fault(
                "area_code",
                msg("no area {area_code} on 1 January {year}", area_code=row.area_code, year=row.year),
            )
        rows.append([area[0], row.year, row.population, row.basis])
    _merge(connection, "area_population", ("area_id", "year", "population", "basis"), ("area_id", "year"), rows)


def _load_plans(
    connection: psycopg.Connection, files: Sequence[Path], provinces: Mapping[str, int], kpis: Sequence[str]
) -> None:
    rows = {}
    for file in files:
        for line in read(file, Plan, ("province", "kpi", "breakdown", "year")):
            row = line.row
            if row.kpi not in kpis:
                near = nearest(row.kpi, kpis)
                raise line.fault("kpi", msg("there is no such KPI; {near}", near=near))
            key = _province_id(line, "province", row.province, provinces), row.kpi, row.breakdown, row.year
            rows[key] = [*key, row.plan, row.basis]
    columns = ("province_id", "kpi_id", "breakdown", "year", "plan", "basis")
    _merge(connection, "kpi_plan", columns, ("province_id", "kpi_id", "breakdown", "year"), rows.values())


def _province_id(line: Line[R], column: str, code: str, provinces: Mapping[str, int]) -> int:
    if code not in provinces:
        near = nearest(code, list(provinces))
        raise line.fault(
            column,
            msg("{code} is neither in the settings nor in provinces.csv; {near}", code=code, near=near),
        )
    return provinces[code]


def _load_deliverers(connection: psycopg.Connection, folder: Path, installation: Installation) -> None:
    """The feeds whose specifications name their deliverers, and these; of a code that the installation's file lists
    only what that says. What is no longer said goes."""
    feeds = {
        (source.name, name): (feed, feed.deliverers)
        for source in sources_of(installation).values()
        for name, feed in source.feeds.items()
        if feed.deliverers is not None
    }
    listed = {}
    for line in _read(folder / "deliverers.csv", Deliverer, ("source", "feed", "code", "valid_from")):
        row = line.row
        if row.source in faults_of(installation):
            continue
        if (row.source, row.feed) not in feeds:
            near = nearest(f"{row.source}.{row.feed}", [".".join(feed) for feed in feeds])
            raise line.fault("feed", msg("there is no such feed that several deliver; {near}", near=near))
        if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
            raise line.fault("valid_to", msg("must be after valid_from; it is the first day without deliveries"))
        key = row.source, row.feed, row.code, row.valid_from
        if key in listed:
            raise line.fault("valid_from", msg("{code} is listed from that day on already; keep one", code=row.code))
        listed[key] = [*key, row.valid_to]
    named = {key[:3] for key in listed}
    always = [
        [source, feed, code, None, None]
        for (source, feed), (_, given) in feeds.items()
        for code in dict.fromkeys(given.expected)
        if (source, feed, code) not in named
    ]
    described = [
        [*feed, given.column, spec.delivered_every, spec.columns[given.column].known]
        for feed, (spec, given) in feeds.items()
    ]
    _replace(connection, "feed_deliverers", ("source", "feed", "column_name", "every", "dimension"), described)
    _replace(connection, "deliverer", ("source", "feed", "code", "valid_from", "valid_to"), [*listed.values(), *always])


def _load_indicators(connection: psycopg.Connection, installation: Installation) -> None:
    described = [
        [source.name, code, one.name.vi, one.name.en, one.unit, one.counts, one.grain, sorted(one.adds_over)]
        for source in sources_of(installation).values()
        for feed in source.feeds.values()
        for code, one in feed.indicators.items()
    ]
    columns = ("source", "code", "name_vi", "name_en", "unit", "counts", "grain", "adds_over")
    _merge(connection, "dim_indicator", columns, ("source", "code"), described)
    named = [
        [source.name, column, code, name.vi, name.en]
        for source in sources_of(installation).values()
        for column, codes in source.names.items()
        for code, name in codes.items()
    ]
    key = ("source", "column_name", "code")
    _merge(connection, "dim_value", (*key, "name_vi", "name_en"), key, named)


def _replace(
    connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Makes the rows those of a table about feeds; lets the next refresh compute the figures of changed feeds anew."""
    parts = {
        "table": sql.Identifier("warehouse", table),
        "names": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "given": sql.SQL(", ").join(sql.Identifier("g", column) for column in columns),
        "held": sql.SQL(", ").join(sql.Identifier("t", column) for column in columns),
    }
    connection.execute(
        sql.SQL("create temp table given on commit drop as select {names} from {table} limit 0").format(**parts)
    )
    with connection.cursor().copy("copy given from stdin") as copy:
        for row in rows:
            copy.write_row(row)
    for change in (_GONE, _NEW):
        connection.execute(sql.SQL(change).format(**parts))
    connection.execute("drop table given")


_FORGET = (
    " returning source, feed) delete from kpi.refresh r using changed c where r.source = c.source and r.feed = c.feed"
)
_SAME = "row({given}) is not distinct from row({held})"
_GONE = f"with changed as (delete from {{table}} t where not exists (select from given g where {_SAME}){_FORGET}"
_NEW = (
    "with changed as (insert into {table} ({names}) select {given} from given g where not exists"
    f" (select from {{table}} t where {_SAME}){_FORGET}"
)


def _load_memberships(
    connection: psycopg.Connection, table: str, name: str, fields: Mapping[str, str | None], known: Sequence[object]
) -> None:
    """Which field each KPI's or each source's file names."""
    rows = {member: field for member, field in fields.items() if field}
    for member, field in rows.items():
        if field not in known:
            there = ", ".join(map(str, known))
            raise Abort(
                msg(
                    "{member}.toml: field {field!r} is not in fields.csv; it has {there}",
                    member=member,
                    field=field,
                    there=there,
                ),
            )
    _merge(connection, table, (name, "field_code"), (name,), rows.items())


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
