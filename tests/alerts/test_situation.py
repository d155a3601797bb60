"""When there is news since somebody looked."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.alerts.world import FEEDBACK, NOON, Ledger, day


@pytest.fixture
def news(ledger: Ledger) -> Callable[..., bool]:
    """Whether there is news, at noon or at another moment, for a watch that has looked at noon."""
    ledger.watched(NOON, NOON)
    ledger.situation().keep_seen()
    return lambda now=NOON: ledger.situation(now).has_news


def test_it_is_news_when_nobody_has_looked_before(ledger: Ledger) -> None:
    assert ledger.situation().has_news
    ledger.watched(NOON, NOON)
    assert ledger.situation().has_news


def test_it_is_news_when_another_day_has_begun(news: Callable[..., bool]) -> None:
    assert not news()
    assert not news(NOON + timedelta(hours=11))
    assert news(NOON + timedelta(hours=12))


def test_what_was_loaded_is_news_however_long_its_commit_took(ledger: Ledger, news: Callable[..., bool]) -> None:
    ledger.batch(FEEDBACK, day(1), at=NOON - timedelta(hours=2))
    assert news()


def test_what_is_loaded_while_somebody_looks_is_news_for_the_next_look(
    ledger: Ledger, news: Callable[..., bool]
) -> None:
    s = ledger.situation()
    assert not s.has_news
    ledger.batch(FEEDBACK, day(1))
    s.keep_seen()
    assert news()
