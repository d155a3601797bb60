"""What a change would do to published figures is shown before it is done, and exactly that is done or nothing."""

import importlib.metadata
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql
from pydantic import SecretStr

from hub.errors import Abort
from hub.installation import Installation
from hub.settings import Settings
from kpis import planner
from kpis.catalogue import Catalogue
from kpis.change_plan import ChangePlan, Move, check_document, digest
from kpis.definition import KPIS
from kpis.figure import Status
from kpis.inputs import InputChange, note_first
from kpis.revisions import Difference
from tests.installation import CATALOGUE, FOLDER, refresh
from tests.kpis.facts import HALF_YEAR, Facts
from tests.postgres import Postgres
from warehouse import approved_inputs, locks
from warehouse.database import connect
from warehouse.schema.everything import metadata

CASES = Path(__file__).parent
KPIS_OF_THE_WORLD = ("phone_density", "gate_vehicles", "postal_revenue", "digital_account_plan_rate")
Change = Callable[[Path], None]
Key = tuple[str, date, date, int, str]


def silent(*_: object) -> None:
    """Tells nobody."""


def population(people: int, year: int = 2023) -> Change:
    def change(folder: Path) -> None:
        file = folder / "reference" / "area_population.csv"
        lines = file.read_text("utf-8").splitlines()
        old = next(line for line in lines if line.startswith(f"20,{year},"))
        new = ",".join(["20", str(year), str(people), *old.split(",")[3:]])
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")

    return change


def numerator(text: str, version: int = 2) -> Change:
    """Another numerator of gate_vehicles, whose file says count(*)."""

    def change(folder: Path) -> None:
        own = (KPIS / "gate_vehicles.toml").read_text("utf-8")
        own = own.replace("version = 1", f"version = {version}").replace('"count(*)"', f'"{text}"', 1)
        (folder / "kpis").mkdir(exist_ok=True)
        (folder / "kpis" / "gate_vehicles.toml").write_text(own, "utf-8")

    return change


def district_population(people: int) -> Change:
    """A population of Lạng Sơn city, of which none is known."""

    def change(folder: Path) -> None:
        with (folder / "reference" / "area_population.csv").open("a", encoding="utf-8") as file:
            file.write(f"178,2023,{people},Niên giám\n")

    return change


def density_target(target: int) -> Change:
    def change(folder: Path) -> None:
        file = folder / "reference" / "targets.csv"
        text = file.read_text("utf-8")
        assert "phone_density,density,,2023,107," in text
        file.write_text(text.replace("density,,2023,107,", f"density,,2023,{target},"), "utf-8")

    return change


def without_population(folder: Path) -> None:
    """From 2024 on the density of telephones is their number."""
    own = (KPIS / "phone_density.toml").read_text("utf-8")
    own = own.replace("version = 1", "version = 2\nvalid_from = 2024-01-01")
    own = own.replace('denominator = "population"\n', "", 1).replace("scale = 100\n", "", 1)
    (folder / "kpis").mkdir(exist_ok=True)
    (folder / "kpis" / "phone_density.toml").write_text(own, "utf-8")


def target(revenue: int) -> Change:
    def change(folder: Path) -> None:
        file = folder / "reference" / "targets.csv"
        text = file.read_text("utf-8")
        assert "H37,postal_revenue,rate" not in text
        assert "postal_revenue,revenue,,2023,260," in text
        file.write_text(text.replace("revenue,,2023,260,", f"revenue,,2023,{revenue},"), "utf-8")

    return change


class World:
    """A hub with published figures, and installations that are changed, each in a folder of its own."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self._folder, self._copies = url, folder, 0

    def changed(self, *changes: Change) -> Installation:
        self._copies += 1
        folder = Path(shutil.copytree(FOLDER, self._folder / str(self._copies)))
        for change in changes:
            change(folder)
        return Installation(Settings(installation=folder, warehouse_url=self.url, hmac_key=SecretStr("k" * 32)))

    def plan(self, installation: Installation, told: Callable[..., None] = silent) -> ChangePlan:
        return planner.make(self.url, installation, told)

    def apply(self, installation: Installation, plan: ChangePlan) -> ChangePlan:
        document = json.loads(json.dumps(plan.document))
        return planner.apply(self.url, installation, document, "Nghị quyết 12", {}, silent)

    def published(self) -> dict[Key, tuple[Decimal | None, str, int]]:
        """Value, status and revision of every figure as it is now."""
        with connect(self.url, "owner") as connection:
            rows = connection.execute(
                "select kpi, first_day, last_day, area_id, breakdown, value, status, revision"
                " from serving.kpi_observations where is_latest"
            ).fetchall()
        return {tuple(row[:5]): tuple(row[5:]) for row in rows}

    def contents(self) -> dict[str, Any]:
        """The hash of every table's rows."""
        with connect(self.url, "owner") as connection:
            return {
                str(table): connection.execute(
                    sql.SQL("select count(*), md5(string_agg(md5(t::text), '' order by t::text)) from {} t").format(
                        sql.Identifier(str(table.schema), table.name)
                    )
                ).fetchone()
                for table in metadata.tables.values()
            }

    def entries(self) -> list[dict[str, Any]]:
        with connect(self.url, "owner") as connection:
            rows = connection.execute("select body from ledger.entry where act = 'plan'").fetchall()
        return [json.loads(body) for (body,) in rows]


@pytest.fixture(scope="module")
def template(postgres: Postgres) -> str:
    url = postgres.database()
    with connect(url, "owner") as connection:
        facts = Facts(connection)
        for kpi in KPIS_OF_THE_WORLD:
            definition = CATALOGUE.find(kpi)
            facts.publish(definition, HALF_YEAR)
            facts.add_csv(definition, CASES / kpi / "given.csv")
        connection.commit()
    refresh(url, "H37", KPIS_OF_THE_WORLD)
    with connect(url, "owner") as connection:
        installation = Installation(Settings(installation=FOLDER))
        note_first(connection, installation, Catalogue.of(installation))
        connection.commit()
    return url


@pytest.fixture
def world(postgres: Postgres, template: str, tmp_path: Path) -> Iterator[World]:
    with postgres.copied(template) as url:
        yield World(url, tmp_path)


def moved(plan: ChangePlan) -> dict[Key, Decimal | None]:
    return {
        (one.kpi, one.found.first, one.found.last, one.found.area_id, one.found.breakdown): one.found.after
        for one in plan.moves
    }


def test_where_nothing_changed_nothing_is_computed_and_nothing_moves(world: World) -> None:
    plan = world.plan(world.changed())
    assert (list(plan.changes), plan.figures, plan.moves_nothing) == ([], {}, True)


def test_another_population_moves_the_densities_of_its_area_and_year_and_nothing_else(world: World) -> None:
    before = world.published()
    plan = world.plan(world.changed(population(402897)))
    expected = {
        key: value * 2
        for key, (value, _, _) in before.items()
        if key[0] == "phone_density" and key[2].year == 2023 and value is not None
    }
    assert expected
    found = moved(plan)
    assert set(found) == set(expected)
    assert all(abs((found[key] or 0) - value) < Decimal("1e-9") for key, value in expected.items())
    assert {(c.file, c.key, c.before, c.after) for one in plan.moves for c in one.causes} == {
        ("reference/area_population.csv", "20 2023 population", "805794", "402897")
    }


def test_another_numerator_moves_every_figure_of_its_kpi(world: World) -> None:
    before = world.published()
    plan = world.plan(world.changed(numerator("2 * count(*)")))
    wanted = {key: value * 2 for key, (value, _, _) in before.items() if key[0] == "gate_vehicles" and value}
    assert {key: value for key, value in moved(plan).items() if value} == wanted
    assert {c.key for one in plan.moves for c in one.causes} == {"numerator", "version"}


def test_a_definition_that_is_changed_under_its_old_version_is_refused(world: World) -> None:
    with pytest.raises(Abort, match="raise version to 2"):
        world.plan(world.changed(numerator("2 * count(*)", version=1)))


def test_another_target_moves_no_value_but_how_far_figures_attain_it(world: World) -> None:
    plan = world.plan(world.changed(target(130)))
    assert (plan.moves, plan.figures) == ([], {})
    assert plan.target_moves
    for one in plan.target_moves:
        assert (one.kpi, one.period.last.year) == ("postal_revenue", 2023)
        assert (one.before, one.after) == (Decimal(260), Decimal(130))
        if one.attained_before is not None:
            assert one.attained == 2 * one.attained_before


def test_the_figure_beside_a_target_is_the_whole_provinces_where_those_of_its_areas_move(world: World) -> None:
    before = world.published()
    plan = world.plan(world.changed(district_population(100000), density_target(130)))
    assert plan.moves
    assert not any(one.found.is_whole for one in plan.moves)
    whole = {
        (first, last): value
        for (kpi, first, last, _, breakdown), (value, _, revision) in before.items()
        if kpi == "phone_density" and not breakdown and value is not None
    }
    assert {(one.period.first, one.period.last): one.value for one in plan.target_moves if one.value} == whole


def test_a_quantity_moves_figures_of_a_version_that_took_it_when_the_newest_does_not(world: World) -> None:
    changed = world.changed(without_population)
    world.apply(changed, world.plan(changed))
    before = world.published()
    plan = world.plan(world.changed(without_population, population(402897)))
    found = moved(plan)
    assert {key for key, (value, _, _) in before.items() if key[0] == "phone_density" and value} == set(found)
    assert {c.key for one in plan.moves for c in one.causes} == {"20 2023 population"}


def test_nothing_is_planned_without_the_key_that_hides_small_cells(world: World) -> None:
    installation = Installation(Settings(installation=FOLDER, warehouse_url=world.url))
    with pytest.raises(Abort, match="IOC_HMAC_KEY is not set"):
        world.plan(installation)
    plan = world.plan(world.changed(population(402897)))
    with pytest.raises(Abort, match="IOC_HMAC_KEY is not set"):
        world.apply(installation, plan)


@pytest.mark.parametrize(
    ("before", "after", "name", "is_of_time"),
    [
        ("provisional", "official", "area_population", True),
        ("provisional", "official", "source/telecom", False),
        ("provisional", "official", "deliverer", False),
        ("official", "provisional", "area_population", False),
    ],
)
def test_only_time_has_passed_where_a_figure_became_official_and_nothing_says_how_late_deliveries_may_be(
    before: Status, after: Status, name: str, is_of_time: bool
) -> None:
    day, value = date(2023, 6, 30), Decimal(5)
    found = Difference(day, day, 1, "", value, value, before, after, 1, 1, value, None, is_whole=True)
    move = Move("H37", "phone_density", "20", found, (InputChange(name, "key", "1", "2"),))
    assert move.is_of_time is is_of_time


def test_a_plan_writes_nothing(world: World) -> None:
    before = world.contents()
    plan = world.plan(world.changed(population(400000), numerator("2 * count(*)"), target(130)))
    assert plan.moves
    assert world.contents() == before


def test_what_is_applied_is_what_was_planned_and_is_an_entry_of_the_trail(world: World) -> None:
    before, installation = world.published(), world.changed(population(402897), numerator("2 * count(*)"))
    plan = world.plan(installation)
    world.apply(installation, plan)
    after = world.published()
    assert {key for key, said in after.items() if said != before.get(key)} == set(moved(plan))
    assert {key: after[key][0] for key in moved(plan)} == moved(plan)
    [entry] = world.entries()
    assert (entry["reason"], entry["after"]["plan"]) == ("Nghị quyết 12", plan.document["sha256"])
    assert entry["actor"].startswith("user:")
    again = world.plan(installation)
    assert (list(again.changes), again.moves_nothing) == ([], True)


@settings(max_examples=max(4, settings().max_examples // 6))
@given(
    people=st.none() | st.integers(1, 2_000_000),
    counted=st.sampled_from(
        ["", "3 * count(*)", "count(*) filter (where direction = 'export')", "count(distinct gate)"]
    ),
    revenue=st.none() | st.integers(1, 999),
)
def test_whatever_changes_only_what_was_planned_moves(
    postgres: Postgres,
    template: str,
    tmp_path_factory: pytest.TempPathFactory,
    people: int | None,
    counted: str,
    revenue: int | None,
) -> None:
    with postgres.copied(template) as url:
        world = World(url, tmp_path_factory.mktemp("plan"))
        made = [population(people)] if people else []
        made += [numerator(counted)] if counted else []
        made += [target(revenue)] if revenue else []
        before, installation = world.published(), world.changed(*made)
        plan = world.plan(installation)
        world.apply(installation, plan)
        after = world.published()
        assert {key for key, said in after.items() if said != before.get(key)} == set(moved(plan))
        assert {key: after[key][0] for key in moved(plan)} == moved(plan)


def refused(world: World, installation: Installation, plan: ChangePlan, why: str) -> None:
    before = world.contents()
    with pytest.raises(Abort, match=why):
        world.apply(installation, plan)
    assert world.contents() == before


def test_a_plan_is_refused_when_a_file_was_changed_since_and_names_it(world: World) -> None:
    plan = world.plan(world.changed(population(400000)))
    refused(world, world.changed(population(400001)), plan, "these were changed: reference/area_population.csv")
    refused(world, world.changed(population(400000), target(9)), plan, "these were changed: reference/targets.csv")


def test_a_plan_is_refused_when_a_figure_was_published_since_and_names_the_kpi(world: World) -> None:
    installation = world.changed(population(400000))
    plan = world.plan(installation)
    with connect(world.url, "owner") as connection:
        facts = Facts(connection)
        day = {"month_end_day": "2023-06-30", "operator_code": "vnpt", "kind": "mobile_phone", "subscribers": 5}
        facts.add("fact_subscriber", [day])
        facts.publish("telecom.subscribers", HALF_YEAR)
        connection.commit()
    refused(world, installation, plan, "do not reflect all published batches")
    refresh(world.url, "H37", ["phone_density", "internet_density"])
    refused(world, installation, plan, "figures were published of H37/.*phone_density")


def test_a_plan_is_applied_once(world: World) -> None:
    installation = world.changed(population(400000))
    plan = world.plan(installation)
    world.apply(installation, plan)
    refused(world, installation, plan, "another plan was approved")


def test_a_plan_is_applied_however_short_the_time_outs_of_the_server_are(world: World) -> None:
    installation = world.changed(population(400000))
    plan = world.plan(installation)
    with connect(world.url, "owner") as owner, connect(world.url, "loader") as refresh:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("alter database {} set statement_timeout = '400ms'").format(name))
        owner.commit()
        [(province,)] = refresh.execute("select province_id from serving.provinces where province = 'H37'").fetchall()
        locks.hold_until_end(refresh, f"kpi/{province}/gate_vehicles")
        with ThreadPoolExecutor(1) as pool:
            applied = pool.submit(world.apply, installation, plan)
            wait_until(lambda: blocked(world.url))
            owner.execute(sql.SQL("alter database {} reset statement_timeout").format(name))
            owner.commit()
            time.sleep(1)
            refresh.rollback()
            assert moved(applied.result()) == moved(plan)


def test_a_plan_that_was_changed_by_hand_is_refused(world: World) -> None:
    installation = world.changed(population(400000))
    document = world.plan(installation).document | {"made_by": "user:another@hub"}
    with pytest.raises(Abort, match="was changed after it was made"):
        planner.apply(world.url, installation, document, "x", {}, silent)


@pytest.mark.parametrize(
    "other",
    [
        {"now": 5},
        {"now": "yesterday"},
        {"now": "2023-06-30T08:00:00"},
        {"figures": [1]},
        {"figures": {"H37/phone_density": 1}},
        {"inputs": 7},
        {"approved": None},
        {"sha256": 5},
        {"made_by": {}},
    ],
    ids=repr,
)
def test_what_has_other_types_than_a_plan_is_no_plan(other: dict[str, Any]) -> None:
    body: dict[str, Any] = {
        "hub": importlib.metadata.version("ioc-data-hub"),
        "made_at": "2023-06-30T08:00:00+07:00",
        "made_by": "user:ioc@hub",
        "now": "2023-06-30T08:00:00+07:00",
        "inputs": {},
        "approved": {},
        "figures": {},
    }
    check_document(body | {"sha256": digest(body)})
    changed = {name: value for name, value in (body | other).items() if name != "sha256"}
    with pytest.raises(Abort, match="This is no plan"):
        check_document(changed | {"sha256": digest(changed)} | ({"sha256": 5} if "sha256" in other else {}))


def test_a_process_that_dies_while_it_applies_leaves_nothing(world: World) -> None:
    installation = world.changed(population(400000), numerator("2 * count(*)"))
    plan = world.plan(installation)
    before = world.contents()
    child = os.fork()
    if child == 0:
        approved_inputs.approve = lambda *_: os.kill(os.getpid(), 9)
        world.apply(installation, plan)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == 9
    wait_until(lambda: sessions(world.url) == 0)
    assert world.contents() == before
    world.apply(installation, plan)


def test_who_waits_for_a_row_that_a_plan_looks_at_is_let_through(world: World) -> None:
    """The plan begins anew then, and is the same in the end."""
    installation, waiting = world.changed(population(402897)), threading.Event()
    undisturbed = moved(world.plan(installation))

    def change_the_row() -> None:
        with connect(world.url, "owner") as connection:
            connection.execute("update warehouse.area_population set basis = basis")
            connection.rollback()

    other = threading.Thread(target=change_the_row)

    def told(*_: object) -> None:
        if not waiting.is_set():
            waiting.set()
            other.start()
            wait_until(lambda: blocked(world.url))

    assert moved(world.plan(installation, told)) == undisturbed
    other.join(30)
    assert not other.is_alive()


def blocked(url: str) -> bool:
    with connect(url, "owner") as connection:
        row = connection.execute(
            "select exists (select from pg_stat_activity where datname = current_database()"
            " and cardinality(pg_blocking_pids(pid)) > 0)"
        ).fetchone()
    return row == (True,)


def sessions(url: str) -> int:
    """Others of this database."""
    with connect(url, "owner") as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ).fetchone()
    return int(row[0]) if row else 0


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_the_inputs_are_noted_once_something_is_published(world: World) -> None:
    """A migration after that approves nothing."""
    with connect(world.url, "owner") as connection:
        before = approved_inputs.approved(connection)
        installation = world.changed(target(1))
        note_first(connection, installation, Catalogue.of(installation))
        assert approved_inputs.approved(connection) == before


def test_reference_data_that_were_loaded_without_a_plan_are_still_to_be_approved(world: World) -> None:
    installation = world.changed(population(402897))
    with connect(world.url, "owner") as connection:
        connection.execute("update warehouse.area_population set population = 402897 where year = 2023")
        connection.commit()
    plan = world.plan(installation)
    assert [one.key for one in plan.changes] == ["20 2023 population"]
    assert plan.moves
