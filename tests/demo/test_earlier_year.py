"""Which days of the year before the demo loads."""

from datetime import date

from connectors.source_files import load_sources
from demo import command
from demo.earlier_year import WORLD, YEAR, asked_days
from demo.services import WORLD as HALF_YEAR
from gateway.worldfile import read_world


def test_the_two_worlds_are_one_history_and_each_event_is_asked_for_once() -> None:
    assert read_world(WORLD).continued_by == HALF_YEAR
    days = [one for source in load_sources().values() for feed in source.feeds.values() for one in asked_days(feed)]
    assert {one.last for one in days if one != YEAR} <= {date(2021, 12, 31), *_month_ends()}
    assert all(one.last < command.FIRST for one in days if one != YEAR)


def test_a_daily_list_is_asked_for_at_the_ends_of_months_and_what_comes_by_hand_is_not() -> None:
    sources = load_sources()
    services = [*asked_days(sources["dvc"].feeds["services"])]
    assert len(services) == 13
    assert all(one.first == one.last for one in services)
    assert [*asked_days(sources["telecom"].feeds["revenue"])] == [YEAR]
    assert [*asked_days(sources["tasks"].feeds["tasks"])] == []


def _month_ends() -> set[date]:
    firsts = [date(2022, month, 1) for month in range(2, 13)]
    return {date.fromordinal(first.toordinal() - 1) for first in firsts} | {date(2022, 12, 30)}
