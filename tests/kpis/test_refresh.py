"""Observations follow the facts revision by revision, and what was said on a day stays what was said."""

import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import psycopg
import pytest

from connectors.errors import Abort
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.kpis import refresh as refreshing
from warehouse.kpis.availability import VIETNAM
from warehouse.kpis.compute import compute
from warehouse.kpis.definition import KPIS, load_definition
from warehouse.kpis.figure import Figure
from warehouse.kpis.observations import observed
from warehouse.kpis.refresh import Refreshed, record, refresh

JANUARY = (date(2023, 1, 1), date(2023, 1, 31))
FEBRUARY = (date(2023, 2, 1), date(2023, 2, 28))
YEAR = (date(2023, 1, 1), date(2023, 12, 31))


class Hub:
    """A warehouse of its own, written to by a loader and refreshed."""

    def __init__(self, url: str, connection: psycopg.Connection) -> None:
        self.url = url
        self.connection = connection
        self.facts = Facts(connection)

    def vehicles(self, *days: str) -> None:
        self.facts.add("fact_vehicle", [{"processed_at": f"{day}T08:00:00+07:00"} for day in days])

    def publish(self, days: tuple[date, date], changed_from: date | None = None) -> int:
        batch = self.facts.publish("gate.vehicles", days, changed_from)
        self.connection.commit()
        return batch

    def refresh(self, now: datetime | None = None) -> Refreshed:
        return refresh(self.url, "H37", ["gate_vehicles"], now)[0]

    def known_at(self, day: date, period: tuple[date, date]) -> Figure:
        figure = observed(self.connection, "gate_vehicles", *period, day)
        self.connection.rollback()
        return figure

    def said_on(self, day: date) -> None:
        """Moves what was recorded just now back to noon of that day."""
        self.connection.execute(
            "update kpi.observation set recorded_at = %s where recorded_at > now() - interval '1 hour'",
            [datetime(day.year, day.month, day.day, 12, tzinfo=VIETNAM)],
        )
        self.connection.commit()

    def revisions(self, period: tuple[date, date]) -> list[tuple[int, int | None, str, int | None]]:
        rows = self.connection.execute(
            "select revision, value::integer, status, cause_batch_id from serving.kpi_observations"
            " where kpi = 'gate_vehicles' and first_day = %s and last_day = %s order by revision",
            period,
        ).fetchall()
        self.connection.rollback()
        return rows


@pytest.fixture
def hub(postgres: Postgres) -> Iterator[Hub]:
    url = postgres.database()
    with connect(url, "owner") as connection:
        yield Hub(url, connection)


def test_the_first_refresh_keeps_every_period_that_has_data(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-01-31")
    batch = hub.publish(JANUARY)
    assert hub.refresh() == Refreshed("gate_vehicles", periods=4, revisions=4)
    assert hub.revisions(JANUARY) == [(1, 2, "official", batch)]
    assert hub.revisions(YEAR) == [(1, 2, "provisional", batch)]


def test_a_second_refresh_changes_nothing(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    assert hub.refresh() == Refreshed("gate_vehicles", periods=0, revisions=0)


def test_a_batch_that_brings_nothing_new_adds_no_revision(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.publish(JANUARY)
    assert hub.refresh() == Refreshed("gate_vehicles", periods=4, revisions=0)


def test_a_late_record_is_a_new_revision_with_its_cause_and_the_old_one_stays(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    first = hub.publish(JANUARY)
    hub.refresh()
    hub.vehicles("2023-01-20")
    late = hub.publish(FEBRUARY, changed_from=date(2023, 1, 20))
    hub.refresh()
    assert hub.revisions(JANUARY) == [(1, 1, "official", first), (2, 2, "official", late)]
    assert hub.revisions(FEBRUARY) == [(1, 0, "official", late)]


def test_a_correction_backwards_is_a_new_revision_too(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-01-06")
    hub.publish(JANUARY)
    hub.refresh()
    hub.connection.execute(
        "update warehouse.fact_vehicle set status_code = 'cancelled' where processed_day = '2023-01-06'"
    )
    hub.publish(FEBRUARY, changed_from=date(2023, 1, 6))
    hub.refresh()
    assert [value for _, value, _, _ in hub.revisions(JANUARY)] == [2, 1]


def test_periods_before_the_change_are_left_alone(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.vehicles("2023-02-05")
    hub.publish(FEBRUARY, changed_from=date(2023, 2, 5))
    assert hub.refresh().periods == 4
    assert len(hub.revisions(JANUARY)) == 1


def test_as_of_a_day_gives_what_was_known_then_and_never_changes(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.said_on(date(2023, 2, 1))
    before = hub.known_at(date(2023, 2, 28), JANUARY)
    hub.vehicles("2023-01-20")
    hub.publish(FEBRUARY, changed_from=date(2023, 1, 20))
    hub.refresh()
    assert hub.known_at(date(2023, 2, 28), JANUARY) == before
    assert [before.value, before.revision] == [1, 1]
    now = hub.known_at(datetime.now(VIETNAM).date(), JANUARY)
    assert [now.value, now.revision] == [2, 2]
    unsaid = hub.known_at(date(2023, 1, 31), JANUARY)
    assert (unsaid.value, unsaid.status) == (None, "missing")
    assert unsaid.reason is not None
    assert "nothing was recorded of this period by 2023-01-31" in unsaid.reason.en


def test_a_figure_names_the_revision_that_says_the_same(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    assert compute(hub.connection, "gate_vehicles", *JANUARY).revision is None
    hub.connection.rollback()
    hub.refresh()
    assert compute(hub.connection, "gate_vehicles", *JANUARY).revision == 1
    hub.vehicles("2023-01-06")
    assert compute(hub.connection, "gate_vehicles", *JANUARY).revision is None


def test_a_provisional_figure_becomes_official_without_a_new_batch(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh(now=datetime(2023, 2, 1, 0, 5, tzinfo=VIETNAM))
    hub.refresh(now=datetime(2023, 2, 1, 0, 30, tzinfo=VIETNAM))
    hub.refresh(now=datetime(2023, 3, 1, tzinfo=VIETNAM))
    assert [status for _, _, status, _ in hub.revisions(JANUARY)] == ["provisional", "official"]


def test_batches_of_two_feeds_that_are_published_out_of_order_are_both_seen(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A long batch that began first and ends last must not be overlooked."""
    path = tmp_path / "gate_vehicles.toml"
    text = (KPIS / "gate_vehicles.toml").read_text("utf-8")
    path.write_text(text.replace('["gate.vehicles"]', '["gate.vehicles", "dvc.services"]'), "utf-8")
    both = load_definition(path)
    monkeypatch.setattr(refreshing, "find_definition", lambda _: both)
    monkeypatch.setattr("warehouse.kpis.compute.find_definition", lambda _: both)
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.facts.publish("dvc.services", JANUARY)
    hub.connection.commit()
    hub.refresh()
    long = hub.facts.publish("gate.vehicles", JANUARY, status="running")
    hub.facts.publish("dvc.services", JANUARY)
    hub.connection.commit()
    hub.refresh()
    hub.vehicles("2023-01-06")
    hub.connection.execute("update ledger.batch set status = 'published' where batch_id = %s", [long])
    hub.connection.commit()
    hub.refresh()
    assert [value for _, value, _, _ in hub.revisions(JANUARY)] == [1, 2]


def test_a_refresh_that_dies_half_way_leaves_nothing_and_the_next_does_it_all(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    left = [2]

    def dies(*args: object, **options: object) -> Figure:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return compute(*args, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(refreshing, "compute", dies)
        with pytest.raises(KeyboardInterrupt):
            hub.refresh()
    assert hub.revisions(JANUARY) == []
    assert hub.refresh() == Refreshed("gate_vehicles", periods=4, revisions=4)


def test_refreshes_side_by_side_give_each_revision_once(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    done: list[Refreshed] = []
    threads = [threading.Thread(target=lambda: done.append(hub.refresh())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.revisions for one in done) == [0, 0, 0, 4]
    assert len(hub.revisions(JANUARY)) == 1


def test_a_definition_that_was_changed_without_a_new_version_is_refused(hub: Hub, tmp_path: Path) -> None:
    path = tmp_path / "gate_vehicles.toml"
    text = (KPIS / "gate_vehicles.toml").read_text("utf-8")
    record(hub.connection, load_definition(KPIS / "gate_vehicles.toml"))
    path.write_text(text.replace('good = "up"', 'good = "down"'), "utf-8")
    with pytest.raises(Abort, match=r"gate_vehicles\.toml is not what .* as version 1: raise version to 2"):
        record(hub.connection, load_definition(path))
    path.write_text(text.replace('good = "up"', 'good = "down"').replace("version = 1", "version = 2"), "utf-8")
    record(hub.connection, load_definition(path))
    rows = hub.connection.execute(
        "select version, good, is_latest from serving.kpi_definitions order by version"
    ).fetchall()
    assert rows == [(1, "up", False), (2, "down", True)]


def test_a_new_version_alone_rewrites_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    path = tmp_path / "gate_vehicles.toml"
    text = (KPIS / "gate_vehicles.toml").read_text("utf-8")
    path.write_text(text.replace('"count(*)"', '"2 * count(*)"').replace("version = 1", "version = 2"), "utf-8")
    monkeypatch.setattr(refreshing, "find_definition", lambda _: load_definition(path))
    assert hub.refresh() == Refreshed("gate_vehicles", periods=0, revisions=0)


def test_all_kpis_are_refreshed_from_one_call(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    done = refresh(hub.url, "H37")
    assert {one.kpi for one in done if one.revisions} == {"gate_vehicles"}
    assert len(done) == len(list(KPIS.glob("*.toml")))
