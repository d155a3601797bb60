"""A day counts when it was read after its end; outages, late records and wrong clocks make no official figure wrong."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import Blocked, HubError
from hub.periods import VIETNAM
from kpis.figure import Figure
from tests.connectors.stub import Asked, Reply, says, stub
from tests.kpis.asking import compute
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from warehouse.database import connect

FEED = ("feedback", "cases")
BEGIN = date(2023, 6, 1)
DAYS = 6
LATENESS = timedelta(hours=4)
HOUR = timedelta(hours=1)
START = datetime(2023, 6, 1, tzinfo=VIETNAM)


class Portal:
    """Citizens' reports, of which each is received at a moment and shown a while later; its own clock may be wrong."""

    def __init__(self) -> None:
        self.cases: list[tuple[datetime, timedelta]] = []
        self.now = START
        self.skew = timedelta()
        self.unreadable: set[int] = set()
        """Cases whose state is one that the specification does not know."""

    def __call__(self, asked: Asked) -> Reply:
        since = datetime.fromisoformat(asked.query["updated_since"]).replace(tzinfo=VIETNAM)
        shown = [
            (number, received)
            for number, (received, late) in enumerate(self.cases)
            if received + late <= self.now and received >= since
        ]
        data = [self.case(number, received) for number, received in shown]
        date_ = format_datetime((self.now + self.skew).astimezone(UTC), usegmt=True)
        return says({"data": data, "paging": {"total": len(data), "next": None}}, Date=date_)

    def case(self, number: int, received: datetime) -> dict[str, Any]:
        told = received.strftime("%Y-%m-%dT%H:%M:%S")
        return {
            "ma_pa": f"PA-{number}",
            "linh_vuc": "GIAO_THONG",
            "ma_dia_ban": "05971",
            "kenh": "APP",
            "tiep_nhan_luc": told,
            "han_xu_ly": told,
            "hoan_thanh_luc": told,
            "trang_thai": "KHAC" if number in self.unreadable else "DA_XU_LY",
            "cap_nhat_luc": told,
        }

    def received_on(self, day: date) -> int:
        return sum(received.date() == day for received, _ in self.cases)


@pytest.fixture(scope="module")
def portal() -> Portal:
    return Portal()


@pytest.fixture
def hub(new_hub: NewHub, portal: Portal) -> Iterator[Hub]:
    with stub(portal) as there:
        yield new_hub(gateway_url=there.url)


def run(hub: Hub, portal: Portal, monkeypatch: pytest.MonkeyPatch, at: datetime, first: date, last: date) -> None:
    """A load of these days at that moment, by the hub's and (nearly) the portal's clock."""
    portal.now = at
    monkeypatch.setattr("pipeline.claim.now", lambda: at)
    hub.run(*FEED, first, last)


def figure(hub: Hub, day: date, now: datetime) -> Figure:
    with connect(hub.url, "reader") as connection:
        return compute(connection, "feedback_resolved_rate", day, day, hub.settings.province, now=now)


def test_a_day_in_progress_is_not_official_and_the_next_load_completes_it(
    hub: Hub, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    morning, evening = START + timedelta(days=14, hours=9), START + timedelta(days=14, hours=20)
    portal.cases, portal.skew = [(morning, timedelta()), (evening, timedelta())], timedelta()
    day, later = morning.date(), START + timedelta(days=40)
    run(hub, portal, monkeypatch, morning + HOUR, day, day)
    assert figure(hub, day, later).status == "missing"
    after_the_outage = START + timedelta(days=17, hours=12)
    run(hub, portal, monkeypatch, after_the_outage, day + timedelta(days=1), day + timedelta(days=2))
    whole = figure(hub, day, later)
    assert (whole.status, whole.denominator) == ("official", Decimal(2))


def test_a_clock_that_is_behind_keeps_a_day_open(hub: Hub, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    day = START.date()
    portal.cases, portal.skew = [(START + HOUR, timedelta())], -timedelta(hours=3)
    run(hub, portal, monkeypatch, START + timedelta(days=1, hours=2), day, day)
    assert figure(hub, day, START + timedelta(days=9)).status == "missing"
    portal.skew = timedelta()
    run(hub, portal, monkeypatch, START + timedelta(days=1, hours=6), day + timedelta(days=1), day + timedelta(days=1))
    assert figure(hub, day, START + timedelta(days=9)).status == "official"


def test_a_day_of_which_too_many_records_were_refused_is_provisional_until_it_is_read_again_without_them(
    hub: Hub, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    day, following, later = START.date(), START.date() + timedelta(days=1), START + timedelta(days=40)
    portal.cases, portal.skew = [(START + HOUR, timedelta())] * 100, timedelta()
    portal.unreadable = {1, 2, 3, 4, 5, 6}
    run(hub, portal, monkeypatch, START + timedelta(days=2), day, day)
    short = figure(hub, day, later)
    assert (short.status, short.denominator) == ("provisional", Decimal(94))
    assert short.reason is not None
    assert short.reason.en == (
        "too many records of 2023-06-01 … 2023-06-01 were refused, too many of their values left out, or their values"
        " are unlike those before"
    )
    portal.unreadable = set()
    run(hub, portal, monkeypatch, START + timedelta(days=3), following, following)
    whole = figure(hub, day, later)
    assert (whole.status, whole.denominator, whole.reason) == ("official", Decimal(100), None)
    portal.unreadable = {1, 2, 3, 4, 5, 6}
    run(hub, portal, monkeypatch, START + timedelta(days=4), day, following)
    assert figure(hub, day, later).status == "provisional", "the newest reading counts"
    portal.unreadable = set(range(20))
    with pytest.raises(Blocked, match="rejected_share: 20/100"):
        run(hub, portal, monkeypatch, START + timedelta(days=5), day, following)
    portal.unreadable = set()


CASES = st.lists(st.tuples(st.integers(0, DAYS * 24 - 1), st.sampled_from([0, 0, 0, 1, 3])), min_size=1, max_size=25)
LOADS = st.lists(
    st.tuples(st.integers(1, DAYS * 24 + 30), st.integers(0, DAYS - 1), st.integers(0, 2)), min_size=1, max_size=6
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(cases=CASES, loads=LOADS, skew=st.sampled_from([0, -2, 1]))
def test_no_official_figure_is_wrong(
    new_hub: NewHub, portal: Portal, cases: list[tuple[int, int]], loads: list[tuple[int, int, int]], skew: int
) -> None:
    portal.cases = [(START + hours * HOUR, late * HOUR) for hours, late in cases]
    portal.skew = skew * HOUR
    far = START + timedelta(days=60)
    with stub(portal) as there, pytest.MonkeyPatch.context() as patched:
        hub = new_hub(gateway_url=there.url)
        for at, first, length in sorted(loads):
            begin = BEGIN + timedelta(days=first)
            moment = START + at * HOUR
            last = min(begin + timedelta(days=length), moment.date())
            if last < begin:
                continue
            try:
                run(hub, portal, patched, moment, begin, last)
            except HubError:
                continue
        for number in range(DAYS):
            day = BEGIN + timedelta(days=number)
            found = figure(hub, day, far)
            if found.status == "official":
                assert int(found.denominator or 0) == portal.received_on(day)
