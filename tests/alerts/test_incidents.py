"""A blocked batch is an incident until later batches have published its days."""

from collections.abc import Callable
from datetime import date

import psycopg
import pytest

from alerts.incidents import incidents
from tests.kpis.facts import Facts

Add = Callable[..., int]


@pytest.fixture
def add(owner: psycopg.Connection) -> Add:
    """Adds a batch of days in June and gives its number."""

    def batch(
        first: int, last: int, status: str = "blocked", feed: str = "feedback.cases", replayed: int | None = None
    ) -> int:
        number = Facts(owner).publish(feed, (date(2023, 6, first), date(2023, 6, last)), status=status)
        owner.execute(
            "update ledger.batch set reason_en = 'why', reason_vi = 'vì sao', replayed_batch_id = %s,"
            " kind = case when %s::int is null then 'fetch' else 'replay' end where batch_id = %s",
            [replayed, replayed, number],
        )
        return number

    return batch


@pytest.fixture
def opened(owner: psycopg.Connection) -> Callable[[], list[int]]:
    return lambda: [one.batch_id for one in incidents(owner, "H37")]


def test_a_blocked_batch_is_an_incident_with_its_reason(owner: psycopg.Connection, add: Add) -> None:
    number = add(1, 3)
    [incident] = incidents(owner, "H37")
    assert (incident.batch_id, incident.source, incident.feed, incident.attempts) == (number, "feedback", "cases", 1)
    assert (incident.first_day, incident.last_day) == (date(2023, 6, 1), date(2023, 6, 3))
    assert (incident.reason_vi, incident.reason_en) == ("vì sao", "why")
    assert incidents(owner, "H59") == []


def test_failed_and_published_batches_are_none(add: Add, opened: Callable[[], list[int]]) -> None:
    add(1, 1, "failed")
    add(2, 2, "published")
    assert opened() == []


def test_the_same_days_are_one_incident_with_its_attempts(owner: psycopg.Connection, add: Add) -> None:
    add(1, 3)
    newest = add(1, 3)
    [incident] = incidents(owner, "H37")
    assert (incident.batch_id, incident.attempts) == (newest, 2)


def test_attempts_of_an_incident_that_is_over_do_not_count(owner: psycopg.Connection, add: Add) -> None:
    add(1, 3)
    add(1, 3, "published")
    newest = add(1, 3)
    [incident] = incidents(owner, "H37")
    assert (incident.batch_id, incident.attempts) == (newest, 1)


def test_it_is_over_when_its_days_are_published_together_or_one_by_one(
    add: Add, opened: Callable[[], list[int]]
) -> None:
    add(1, 3)
    add(1, 1, "published")
    add(3, 3, "published")
    assert len(opened()) == 1, "the second day still is to come"
    add(2, 2, "published")
    assert opened() == []


def test_what_was_published_before_or_of_another_feed_ends_nothing(add: Add, opened: Callable[[], list[int]]) -> None:
    add(1, 3, "published")
    blocked = add(1, 3)
    add(1, 3, "published", "press.articles")
    assert opened() == [blocked]


def test_a_replay_ends_a_blocked_replay_but_no_blocked_fetch(add: Add, opened: Callable[[], list[int]]) -> None:
    published = add(1, 3, "published")
    add(1, 3, "blocked", replayed=published)
    blocked = add(4, 5)
    add(4, 5, "published", replayed=blocked)
    add(1, 3, "published", replayed=published)
    assert opened() == [blocked]
