"""Observations follow the facts revision by revision: what is computed again, once, and not by halves."""

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import psycopg
import pytest

from government import outbox
from hub.errors import Abort
from hub.periods import VIETNAM
from hub.translation import Text
from kpis.definition import KPIS, Definition, load_definition
from kpis.refresh import Refreshed
from kpis.version_records import record
from tests.installation import refresh
from tests.kpis.asking import compute
from tests.kpis.history.hub import FEBRUARY, JANUARY, TO_FEBRUARY, YEAR, Hub
from warehouse.ledger import have_news

ALL = "revision, value::integer, status, cause, cause_batch_id"
WHOLE_AND_SLICES = 3
"""In these tests all vehicles are exports through one gate: the whole, the gate, the direction."""


def test_the_first_refresh_keeps_every_period_that_has_data(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-01-31")
    batch = hub.publish(JANUARY)
    done = hub.refresh()
    assert (done.periods, done.revisions) == (4, 4 * WHOLE_AND_SLICES)
    assert hub.revisions(JANUARY, ALL) == [(1, 2, "official", "first", batch)]
    assert hub.revisions(YEAR, ALL) == [(1, 2, "provisional", "first", batch)]


def test_a_run_whose_lock_is_lost_writes_nothing(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)

    def lose(*_: Any) -> None:
        hub.connection.execute(
            "select pg_terminate_backend(pid, 10000) from pg_locks where relation = 'ledger.lock'::regclass and granted"
        )
        hub.connection.rollback()

    with pytest.raises(psycopg.OperationalError):
        refresh(hub.url, "H37", ["gate_vehicles"], follow=lose)
    assert hub.revisions(JANUARY) == []
    assert hub.refresh().periods == 4
    assert hub.revisions(JANUARY) == [1]


def test_the_year_to_each_months_end_is_kept(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-02-05", "2023-03-05", "2023-04-05")
    hub.publish((date(2023, 1, 1), date(2023, 4, 30)))
    hub.refresh()
    assert [hub.revisions((date(2023, 1, 1), day)) for day in (date(2023, 2, 28), date(2023, 4, 30))] == [[2], [4]]


def test_a_second_refresh_changes_nothing(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    assert hub.refresh() == Refreshed("gate_vehicles", periods=0, revisions=0)


def test_a_batch_that_changes_no_figure_adds_no_revision(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.publish(JANUARY)
    assert hub.refresh() == Refreshed("gate_vehicles", periods=4, revisions=0)


def test_nothing_is_computed_for_a_batch_that_tells_the_same_again(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    again = hub.publish(JANUARY, is_changed=False)
    assert hub.refresh() == Refreshed("gate_vehicles", periods=0, revisions=0)
    reflected = hub.connection.execute("select batch_id from kpi.refresh where kpi_id = 'gate_vehicles'").fetchall()
    assert reflected == [(again,)]


@pytest.mark.parametrize(
    "other",
    ["fetched = 7, unchanged = 7", "fetched = 1, quarantined = 1", "is_provisional = true", "settled_to = null"],
)
def test_a_batch_that_changes_no_fact_but_tells_another_thing_of_its_days_is_news(hub: Hub, other: str) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    batch = hub.publish(JANUARY, is_changed=False)
    hub.connection.execute(f"update ledger.batch set {other} where batch_id = %s".encode(), [batch])
    hub.connection.commit()
    assert hub.refresh().periods == 4


def test_a_small_publish_touches_the_kpis_of_its_feed_and_the_periods_of_its_days(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-02-05")
    hub.publish(TO_FEBRUARY)
    hub.publish(TO_FEBRUARY, feed="dvc.dossiers")
    refresh(hub.url, "H37")
    hub.vehicles("2023-02-06")
    hub.publish((date(2023, 2, 6), date(2023, 2, 6)))
    done = {one.kpi: one.periods for one in refresh(hub.url, "H37") if one.periods}
    assert done == {"gate_vehicles": 5}


def test_periods_before_the_change_are_left_alone(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    hub.vehicles("2023-02-05")
    hub.publish(FEBRUARY, changed_from=date(2023, 2, 5))
    assert {change.period.last for change in hub.refresh().changes} == {
        date(2023, 2, 28),
        date(2023, 3, 31),
        date(2023, 6, 30),
        date(2023, 12, 31),
    }
    assert hub.revisions(JANUARY) == [1]


def test_a_period_that_was_never_said_is_said_without_a_new_batch(hub: Hub) -> None:
    """As when a release begins to keep a kind of period that the hub before it did not."""
    hub.vehicles("2023-02-05")
    hub.publish(TO_FEBRUARY)
    hub.refresh()
    hub.connection.execute("delete from kpi.observation where first_day = %s and last_day = %s", FEBRUARY)
    hub.connection.commit()
    assert hub.refresh().periods == 1
    assert hub.revisions(FEBRUARY, "value::integer, cause, cause_batch_id") == [(1, "first", None)]


def test_a_figure_names_the_revision_that_says_the_same(hub: Hub) -> None:
    def revision() -> int | None:
        found = compute(hub.connection, "gate_vehicles", *JANUARY, "H37").revision
        hub.connection.commit()
        return found

    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    assert revision() is None
    hub.refresh()
    assert revision() == 1
    hub.vehicles("2023-01-06")
    assert revision() is None


def test_batches_of_two_feeds_that_are_published_out_of_order_are_both_seen(
    hub: Hub, defined: Callable[..., Definition]
) -> None:
    """A long batch that began first and ends last must not be overlooked."""
    defined(1, ('["gate.vehicles"]', '["gate.vehicles", "dvc.services"]'))
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.publish(JANUARY, feed="dvc.services")
    hub.refresh()
    long = hub.facts.publish("gate.vehicles", JANUARY, status="running")
    hub.publish(JANUARY, feed="dvc.services")
    hub.refresh()
    hub.vehicles("2023-01-06")
    hub.connection.execute("update ledger.batch set status = 'published' where batch_id = %s", [long])
    hub.connection.commit()
    hub.refresh()
    assert hub.revisions(JANUARY, "value::integer, cause_batch_id")[1:] == [(2, long)]


def test_a_refresh_that_dies_half_way_leaves_nothing_and_the_next_does_it_all(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)

    enqueue = outbox.enqueue

    def dies(*arguments: Any) -> None:
        enqueue(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "enqueue", dies)
        with pytest.raises(KeyboardInterrupt):
            refresh(hub.url, "H37", ["gate_vehicles"], follow=outbox.follow(["gate_vehicles"]))
    left = hub.connection.execute(
        "select (select count(*) from kpi.observation), (select count(*) from kpi.government_message),"
        " (select count(*) from kpi.refresh)"
    ).fetchone()
    assert left == (0, 0, 0)
    hub.connection.rollback()
    assert hub.refresh().revisions == 4 * WHOLE_AND_SLICES


def test_an_error_in_one_of_many_kpis_is_raised_and_leaves_nothing_of_it(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)

    def fails(*_: object) -> None:
        raise Abort(Text("hỏng", "broken"))

    others = sorted(path.stem for path in KPIS.glob("*.toml") if path.stem != "gate_vehicles")
    with pytest.raises(Abort, match="broken"):
        refresh(hub.url, "H37", ["gate_vehicles", *others], follow=fails)
    left = hub.connection.execute("select count(*) from kpi.observation").fetchone()
    hub.connection.rollback()
    assert left == (0,)
    assert hub.refresh().revisions == 4 * WHOLE_AND_SLICES


def test_refreshes_side_by_side_give_each_revision_once(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    done: list[Refreshed] = []
    threads = [threading.Thread(target=lambda: done.append(hub.refresh())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.revisions for one in done) == [0, 0, 0, 4 * WHOLE_AND_SLICES]
    assert hub.revisions(JANUARY) == [1]


def test_all_kpis_are_refreshed_from_one_call(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    done = refresh(hub.url, "H37")
    assert {one.kpi for one in done if one.revisions} == {"gate_vehicles"}
    assert len(done) == len(list(KPIS.glob("*.toml")))


def test_that_another_deliverer_has_sent_nothing_is_news(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    news: list[bool] = []
    for delivered in ({"vnpt": 1}, {"vnpt": 1}, {"vnpt": 1, "viettel": 0}):
        batch = hub.publish(JANUARY, is_changed=not news)
        hub.facts.deliver(batch, "operator_code", **delivered)
        news.append(have_news(hub.connection, hub.facts.province_id, "gate", "vehicles", batch))
    assert news == [True, False, True]


def test_news_that_nobody_was_told_of_stays_news_until_the_kpis_reflect_it(hub: Hub) -> None:
    def is_news(since: int | None) -> bool:
        return have_news(hub.connection, hub.facts.province_id, "gate", "vehicles", since)

    hub.vehicles("2023-01-05")
    hub.publish(JANUARY)
    hub.refresh()
    assert not is_news(None)
    hub.vehicles("2023-01-06")
    hub.publish(JANUARY)  # by a task that is killed before it tells
    again = hub.publish(JANUARY, is_changed=False)
    assert is_news(again)
    assert is_news(None), "a run that finds nothing to read tells it, too"
    hub.refresh()
    assert not is_news(again)


def test_a_definition_that_was_changed_without_a_new_version_is_refused(
    hub: Hub, defined: Callable[..., Definition]
) -> None:
    record(hub.connection, load_definition(KPIS / "gate_vehicles.toml"))
    with pytest.raises(Abort, match=r"gate_vehicles\.toml is not what .* as version 1: raise version to 2"):
        record(hub.connection, defined(1, ('good = "up"', 'good = "down"')))
    record(hub.connection, defined(2, ('good = "up"', 'good = "down"')))
    rows = hub.connection.execute(
        "select version, good, is_latest from serving.kpi_definitions order by version"
    ).fetchall()
    assert rows == [(1, "up", False), (2, "down", True)]


def _at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=VIETNAM)


def test_figures_wait_for_late_deliveries_and_become_official_by_time_alone(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    batch = hub.publish(JANUARY)
    for now in (_at(date(2023, 2, 1), 0), _at(date(2023, 2, 1), 0), _at(date(2023, 3, 1), 0)):
        hub.refresh(now=now)
    expected = [("provisional", "first", batch), ("official", "time", None)]
    assert hub.revisions(JANUARY, "status, cause, cause_batch_id") == expected
    assert hub.revisions(JANUARY, "status, cause, cause_batch_id", slice_="direction=export") == expected


def test_a_period_that_a_feed_has_not_covered_to_its_end_stays_provisional(hub: Hub) -> None:
    hub.vehicles("2023-01-05")
    hub.publish((date(2023, 1, 1), date(2023, 1, 20)))
    hub.refresh()
    rest = hub.publish((date(2023, 1, 21), date(2023, 1, 31)))
    hub.refresh()
    assert hub.revisions(JANUARY, "status, cause, cause_batch_id")[1:] == [("official", "data", rest)]


def test_only_the_government_s_indicators_go_to_its_outbox_with_the_year_to_a_month(hub: Hub) -> None:
    hub.vehicles("2023-01-05", "2023-02-05")
    hub.publish(TO_FEBRUARY)
    refresh(hub.url, "H37", ["gate_vehicles"], follow=outbox.follow(["online_dossier_rate"]))
    waiting = "select last_day from kpi.government_message where status = 'waiting' and kpi_id = 'gate_vehicles'"
    assert hub.connection.execute(waiting).fetchall() == []
    hub.vehicles("2023-01-06")
    hub.publish(JANUARY)
    refresh(hub.url, "H37", ["gate_vehicles"], follow=outbox.follow(["gate_vehicles"]))
    told = {last for (last,) in hub.connection.execute(waiting).fetchall()}
    assert {date(2023, 1, 31), date(2023, 2, 28)} <= told
