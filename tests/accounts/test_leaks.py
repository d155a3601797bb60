"""Every account sees every record that is its own and no other, in every serving view, by web process and BI login."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from psycopg import sql

from accounts import bi_logins, directory
from tests.accounts.world import (
    FAR,
    KINDS,
    NOBODY,
    RECORDS,
    TOWN,
    Kind,
    field_of_source,
    fields_of_fact,
    fill,
    screens,
    sources_of_fact,
)
from tests.installation import CATALOGUE
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.schema.everything import metadata
from warehouse.schema.facts import names_source

Connection = psycopg.Connection[Any]
Way = Callable[[str], AbstractContextManager[Connection]]
WAYS = ("screens", "bi")
EVERYONE = [*KINDS, NOBODY]
COLUMNS = (
    "select distinct a.attname::text from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0"
    " where c.relname = '{view}' and c.relnamespace::regnamespace::text ~ '^serving'"
)


@pytest.fixture(scope="module")
def world(every_postgres: Postgres) -> Iterator[dict[str, Way]]:
    """The two ways of reading as an account, into one filled warehouse."""
    url = every_postgres.database()
    with connect(url, "owner") as owner:
        fill(owner)
        database = owner.info.dbname
        for kind in KINDS:
            bi_logins.prepare(owner, f"bi_{kind.login}_{database}", "s3cret-of-the-tool")
            account = directory.find(owner, kind.login)
            directory.set_db_role(owner, account, f"bi_{kind.login}_{database}")
        bi_logins.prepare(owner, f"bi_{NOBODY.login}_{database}", "s3cret-of-the-tool")

    def bi(login: str) -> AbstractContextManager[Connection]:
        return connect(every_postgres.named(database, f"bi_{login}_{database}", "s3cret-of-the-tool"), "owner")

    yield {"screens": lambda login: screens(url, login), "bi": bi}
    with connect(url, "owner") as owner:
        for kind in EVERYONE:
            owner.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(f"bi_{kind.login}_{database}")))
            owner.execute(sql.SQL("drop role {0}").format(sql.Identifier(f"bi_{kind.login}_{database}")))


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, world: dict[str, Way]) -> Way:
    return world[request.param]


def seen(connection: Connection, query: str) -> set[Any]:
    """What a query of serving views gives; a BI login asks the views of the same names in schema `serving_bi`."""
    if connection.info.user.startswith("bi_"):
        query = query.replace("from serving.", "from serving_bi.")
    return {row[0] if len(row) == 1 else row for row in connection.execute(query.encode())}


def fact_views(connection: Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "select distinct v.relname::text, t.relname::text from pg_rewrite r join pg_class v on v.oid = r.ev_class"
        " join pg_depend d on d.objid = r.oid and d.refclassid = 'pg_class'::regclass"
        " join pg_class t on t.oid = d.refobjid and t.relname ~ '^fact_'"
        " join pg_attribute a on a.attrelid = v.oid and a.attname = 'page_number'"
        " where v.relnamespace = 'serving'::regnamespace and v.relname !~ '^refused_' order by 1"
    ).fetchall()


def test_each_account_sees_its_own_facts_and_no_other(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            views = fact_views(connection)
            assert len(views) >= 20
            for view, fact in views:
                table = metadata.tables[f"warehouse.{fact}"]
                records = [r for r in RECORDS if kind.sees_record(r, table)]
                own = {(r.number, source) for r in records for source in _sources_seen(kind, fact)}
                source = "source" if names_source(table) else "''"
                assert seen(connection, f"select page_number, {source} from serving.{view}") == own, (kind.login, view)
                assert seen(connection, f"select count(*) from serving.{view}") == {len(own)}, (kind.login, view)


def _sources_seen(kind: Kind, fact: str) -> list[str]:
    """The sources whose rows of a fact an account sees; those of a fact of one subject do not say of which they are."""
    if not names_source(metadata.tables[f"warehouse.{fact}"]):
        return [""] if all(map(kind.sees_field, fields_of_fact(fact))) else []
    return [source for source in sources_of_fact(fact) if kind.sees_field(field_of_source(source))]


def test_each_account_sees_the_evidence_of_its_fields_if_it_sees_the_whole_province(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            for view in EVIDENCE:
                found = seen(connection, f"select source, province_id from serving.{view}")
                assert {source for source, _ in found} == sources_of(kind, kind.sees_whole), (kind.login, view)
                assert {province for _, province in found} <= provinces_of(kind), (kind.login, view)


EVIDENCE = (
    *("batches", "pages", "rule_results", "quarantine", "reconciliations", "unlisted_codes"),
    *("month_totals", "batch_deliverers"),
)


def test_that_records_were_waived_is_known_as_far_as_sources_are_but_not_how_many_why_and_by_whom(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            found = seen(connection, "select source, province_id from serving.waivers")
            assert {source for source, _ in found} == sources_of(kind, kind.sees), kind.login
            assert {province for _, province in found} == (provinces_of(kind) if found else set()), kind.login
            told = seen(connection, "select actor is not null, reason is not null from serving.waivers")
            assert told <= {(kind.sees_whole, kind.sees_whole)}, kind.login
            assert seen(connection, "select records from serving.waivers") <= {None}, "there are fewer than 5"


def test_offending_values_are_for_those_who_see_the_whole_province_and_the_sources_field(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            provinces = {r.province for r in RECORDS if kind.province in (None, r.province)}
            own = {f"{province} {source}" for province in provinces for source in sources_of(kind, kind.sees_whole)}
            assert seen(connection, "select offences -> 0 ->> 'value' from serving.quarantine") == own, kind.login


def test_refused_records_are_for_those_who_see_the_whole_province(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            for view, fact in fact_views(connection):
                own = {
                    record.number
                    for record in RECORDS
                    if kind.sees_whole
                    and any(map(kind.sees_field, fields_of_fact(fact)))
                    and kind.province in (None, record.province)
                }
                assert seen(connection, f"select page_number from serving.refused_{view}") == own, (kind.login, view)


def test_how_far_sources_reach_is_known_by_province_and_field_but_without_counts(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            found = seen(connection, "select source, province_id from serving.freshness")
            assert {source for source, _ in found} == sources_of(kind, kind.sees), kind.login
            assert {province for _, province in found} == (provinces_of(kind) if found else set()), kind.login
            columns = seen(connection, COLUMNS.format(view="freshness"))
            assert not columns & {"fetched", "loaded", "declared", "quarantined"}


def test_who_delivered_is_known_as_far_as_sources_are_but_counts_and_organisations_to_those_who_see_all(
    way: Way,
) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            found = seen(connection, "select source, province_id from serving.deliverers")
            assert {source for source, _ in found} == sources_of(kind, kind.sees), kind.login
            assert {province for _, province in found} == (provinces_of(kind) if found else set()), kind.login
            counts = seen(connection, "select records is not null from serving.deliverers")
            assert counts <= {kind.sees_whole}, kind.login
            named = seen(connection, "select deliverer from serving.deliverers")
            own = {record.organisation.lower() for record in RECORDS if kind.province in (None, record.province)}
            assert named == (set() if not found else own if kind.organisations is None else {None}), kind.login


def test_what_days_a_batch_covers_is_known_as_far_as_sources_are_and_nothing_else_of_it(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            found = seen(connection, "select source, province_id from serving.deliveries")
            assert {source for source, _ in found} == sources_of(kind, kind.sees), kind.login
            assert {province for _, province in found} == (provinces_of(kind) if found else set()), kind.login
            assert seen(connection, COLUMNS.format(view="deliveries")) == {
                *("province_id", "batch_id", "source", "feed", "first_day", "last_day", "loaded_at")
            }


def test_each_account_sees_the_published_values_of_its_areas_fields_and_organisations(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            for view in ("kpi_observations", "kpi_explanations"):
                found = seen(connection, f"select kpi, revision, breakdown from serving.{view}")
                own = {
                    (kpi, record.number, breakdown)
                    for kpi, field in KPI_FIELDS.items()
                    for record in RECORDS
                    if kind.sees_field(field)
                    and kind.province in (None, record.province)
                    and (kind.areas is None or record.area in kind.areas)
                    for breakdown in (
                        "",
                        f"organisation={record.organisation}",
                        f"level=4;organisation={record.organisation}",
                    )
                    if kind.organisations is None or (breakdown and record.organisation in kind.organisations)
                }
                assert found == own, (kind.login, view)


def test_each_account_sees_the_notes_on_figures_of_its_areas_and_fields_and_none_on_a_part(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            own = {
                f"{record.number} {kpi}"
                for kpi, field in KPI_FIELDS.items()
                for record in RECORDS
                if kind.sees_field(field)
                and kind.province in (None, record.province)
                and (kind.areas is None or record.area in kind.areas)
                and kind.organisations is None
            }
            assert seen(connection, "select text from serving.kpi_notes") == own, kind.login


def test_each_account_sees_definitions_plans_and_messages_of_its_fields(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            kpis = {kpi for kpi, field in KPI_FIELDS.items() if kind.sees_field(field)}
            assert seen(connection, "select kpi from serving.kpi_definitions") == kpis, kind.login
            assert seen(connection, "select kpi from serving.kpi_fields") == kpis, kind.login
            assert seen(connection, "select field from serving.fields") == {f for f in FIELDS if kind.sees_field(f)}
            for view in ("kpi_plans", "government_messages"):
                found = seen(connection, f"select kpi, province_id from serving.{view}")
                assert {kpi for kpi, _ in found} == (kpis if kind.sees_whole else set()), (kind.login, view)
                assert {province for _, province in found} <= provinces_of(kind), (kind.login, view)


def test_no_account_learns_names_beyond_its_rights(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            codes = {r.organisation for r in RECORDS if kind.sees and kind.province in (None, r.province)}
            if kind.organisations is not None:
                codes &= set(kind.organisations)
            found = seen(connection, "select organisation from serving.organisations")
            assert found & {r.organisation for r in RECORDS} == codes, kind.login
            assert kind.organisations is None or found == codes, kind.login
            values = seen(connection, "select value from serving.breakdown_values where breakdown = 'organisation'")
            assert values == found, kind.login
            provinces = {"H37", "H59", "H10"} if kind.province is None else {kind.province}
            assert seen(connection, "select province from serving.provinces") == (provinces if kind.sees else set())
            people = seen(connection, "select year - 2015 from serving.populations where basis ~ '^H'")
            assert people == {
                record.number
                for record in RECORDS
                if kind.sees
                and kind.province in (None, record.province)
                and (kind.areas is None or record.area in kind.areas)
            }, kind.login


def test_an_account_of_an_area_knows_by_name_that_area_what_lies_in_it_and_what_contains_it(way: Way) -> None:
    names = "select area || ' ' || level from serving.areas where valid_to is not null or level = 'province'"
    with way("commune") as connection:
        assert seen(connection, names) == {"06001 commune", "180 district", "20 province"}
    with way("district") as connection:
        found = seen(connection, names)
        assert {"178 district", "20 province", f"{TOWN} commune"} < found
        assert f"{FAR} commune" not in found
    with way("province") as connection:
        own = seen(connection, names)
        assert {f"{TOWN} commune", f"{FAR} commune", "20 province"} < own
        assert "84 province" not in own
    with way("whole-hub") as connection:
        assert len(seen(connection, "select area_id from serving.areas")) > 10_000


def test_an_account_sees_outlines_of_the_areas_alone_that_it_knows_by_name(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            outlines = seen(connection, "select area_id from serving.area_outlines")
            assert outlines <= seen(connection, "select area_id from serving.areas"), kind.login
            assert outlines or not kind.sees, kind.login


def test_no_account_of_a_department_reads_the_audit_trail(way: Way) -> None:
    for kind in EVERYONE:
        with way(kind.login) as connection:
            assert seen(connection, "select entry_id from serving.audit_entries") == set(), kind.login


def test_the_matrix_leaves_no_serving_view_out(way: Way) -> None:
    looked_at = {
        *("batches", "pages", "rule_results", "quarantine", "reconciliations", "freshness", "deliveries"),
        *("kpi_observations", "kpi_explanations", "kpi_definitions", "kpi_notes", "kpi_fields", "fields", "kpi_plans"),
        *("government_messages", "organisations", "breakdown_values", "provinces", "populations", "areas"),
        *(
            "area_successors",
            "area_outlines",
            "data_versions",
            "unlisted_codes",
            "deliverers",
            "disclosures",
            "withheld_counts",
        ),
        *("audit_entries", "incidents", "incident_events", "alerts", "reminders", "watches"),
        *("month_totals", "batch_deliverers", "waivers", "indicators"),
    }
    with way("whole-hub") as connection:
        views = seen(
            connection, "select relname from pg_class where relkind = 'v' and relnamespace = 'serving'::regnamespace"
        )
        assert views == seen(
            connection, "select relname from pg_class where relkind = 'v' and relnamespace = 'serving_bi'::regnamespace"
        )
        facts = {view for view, _ in fact_views(connection)}
    assert views == looked_at | facts | {f"refused_{view}" for view in facts}


KPI_FIELDS: dict[str, str] = {}
FIELDS: set[str] = set()


@pytest.fixture(autouse=True, scope="module")
def _names(world: dict[str, Way]) -> None:
    with world["bi"]("whole-hub") as connection:
        KPI_FIELDS.update(dict(seen(connection, "select kpi, field from serving.kpi_fields")))
        FIELDS.update(seen(connection, "select field from serving.fields"))
    assert len(KPI_FIELDS) == len(CATALOGUE.definitions)
    assert len(FIELDS) == 11


def sources_of(kind: Kind, sees: bool) -> set[str]:
    from connectors.source_files import load_sources

    return {source for source in load_sources() if sees and kind.sees_field(field_of_source(source))}


def provinces_of(kind: Kind) -> set[int]:
    numbers = {"H37": 1, "H59": 2}
    return {number for code, number in numbers.items() if kind.province in (None, code)}
