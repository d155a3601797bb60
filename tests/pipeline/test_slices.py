"""A load is judged and published slice by slice: a bad day holds back no good one, nor counts before it ended."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hub.errors import Abort, Blocked, Reject, Retry
from hub.periods import VIETNAM
from kpis.figure import Figure
from pipeline.fetch import run_feed
from tests.connectors.stub import Asked, Reply, says, stub
from tests.kpis.asking import compute
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from warehouse.database import connect

BEGIN, END = date(2023, 1, 1), date(2023, 6, 30)
DAYS = (END - BEGIN).days + 1
SYSTEMS = 20
Records = Callable[[date], Any]
CONNECTIONS = ("lgsp", "connections")


def system(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "ma_he_thong": f"HT-{number:02}",
        "ten": f"Hệ thống {number}",
        "bo_nganh": "Bộ",
        "bat_buoc": True,
        "trang_thai": "CHINH_THUC",
        **changed,
    }


def good(_: date) -> list[dict[str, Any]]:
    return [system(number) for number in range(SYSTEMS)]


class Platform:
    """The LGSP's list of connections, a snapshot a day, as a test wants it."""

    def __init__(self) -> None:
        self.records: Records = good
        self.asked: list[date] = []

    def __call__(self, asked: Asked) -> Reply:
        day = date.fromisoformat(asked.query["ngay"])
        self.asked.append(day)
        found = self.records(day)
        return found if isinstance(found, Reply) else says({"ngay": str(day), "du_lieu": found})


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def half_year(new_hub: NewHub, platform: Platform) -> Iterator[Hub]:
    with stub(platform) as there:
        yield new_hub(gateway_url=there.url)


def figure(hub: Hub, kpi: str, first: date, last: date) -> Figure:
    hub.refresh()
    with connect(hub.url, "reader") as connection:
        return compute(connection, kpi, first, last, hub.settings.province)


def test_a_bad_day_in_half_a_year_holds_back_no_other(half_year: Hub, platform: Platform) -> None:
    bad = date(2023, 4, 12)
    platform.records = lambda day: [system(n, trang_thai="?") for n in range(SYSTEMS)] if day == bad else good(day)
    outcome = half_year.run(*CONNECTIONS, BEGIN, END)
    assert (len(outcome.published), len(outcome.blocked)) == (DAYS - 1, 1)
    (held_back,) = outcome.blocked
    assert (held_back.batch.first_day, held_back.batch.last_day) == (bad, bad)
    assert any("rejected_share: 20/20" in reason.en for reason in held_back.reasons)
    assert half_year.one("select count(*) from warehouse.fact_connection") == (DAYS - 1) * SYSTEMS
    assert half_year.one("select count(*) from warehouse.fact_connection where day = %s", bad) == 0


def test_the_kpi_names_the_missing_day_until_it_is_taken_up_again(half_year: Hub, platform: Platform) -> None:
    bad = date(2023, 1, 20)
    platform.records = lambda day: [] if day == bad else good(day)
    half_year.run(*CONNECTIONS, BEGIN, bad + timedelta(days=1))
    of_the_day = figure(half_year, "lgsp_connection_rate", bad, bad)
    assert of_the_day.status == "provisional"
    assert "2023-01-20" in str(of_the_day.reason)
    platform.records, platform.asked = good, []
    half_year.run(*CONNECTIONS, bad + timedelta(days=2), bad + timedelta(days=2))
    assert platform.asked == [bad, bad + timedelta(days=2)]
    assert figure(half_year, "lgsp_connection_rate", bad, bad).status == "official"


def test_one_bad_record_of_eleven_does_not_hold_back_its_day(half_year: Hub, platform: Platform) -> None:
    platform.records = lambda _: [*(system(n) for n in range(10)), system(10, trang_thai="?")]
    outcome = half_year.run(*CONNECTIONS, BEGIN, BEGIN)
    assert (outcome.status, outcome.account.quarantined) == ("published", 1)


@pytest.mark.parametrize("count", [1, 2, 18])
def test_a_day_of_which_every_record_is_refused_is_never_published(
    half_year: Hub, platform: Platform, count: int
) -> None:
    platform.records = lambda _: [system(n, trang_thai="?") for n in range(count)]
    with pytest.raises(Blocked, match=f"rejected_share: {count}/{count}"):
        half_year.run(*CONNECTIONS, BEGIN, BEGIN)


def test_snapshots_after_a_shrunk_one_are_compared_with_the_last_good_one(half_year: Hub, platform: Platform) -> None:
    platform.records = lambda day: good(day)[: SYSTEMS // 2] if day.day in (3, 4) else good(day)
    outcome = half_year.run(*CONNECTIONS, BEGIN, BEGIN + timedelta(days=5))
    assert [end.batch.first_day.day for end in outcome.blocked] == [3, 4]


def test_a_day_that_cannot_be_read_holds_back_no_other(half_year: Hub, platform: Platform, waits: list[float]) -> None:
    broken = BEGIN + timedelta(days=3)
    platform.records = lambda day: says({"loi": "500"}, 500) if day == broken else good(day)
    outcome = half_year.run(*CONNECTIONS, BEGIN, BEGIN + timedelta(days=9))
    assert (len(outcome.published), len(outcome.failures)) == (9, 1)
    batch, error = outcome.failures[0]
    assert batch.first_day == broken
    assert isinstance(error, Retry)
    assert half_year.one("select status from ledger.batch where batch_id = %s", batch.batch_id) == "failed"
    platform.records, platform.asked = good, []
    half_year.run(*CONNECTIONS, BEGIN + timedelta(days=10), BEGIN + timedelta(days=10))
    assert platform.asked == [broken, BEGIN + timedelta(days=10)]


@pytest.mark.parametrize(("told", "loads"), [("20", True), (20, True), (None, True), ("21", False), (84, False)])
def test_an_answer_of_another_province_leaves_the_day_out(new_hub: NewHub, told: Any, loads: bool) -> None:
    row = {"ten_san": "Voso", "so_san_pham": "9", "so_giao_dich_thanh_cong": "1", "so_don_hang": "1"}
    row |= {"doanh_thu_vnd": "1", "so_tai_khoan_mua": "1", "so_ho_sxnn_dao_tao": "1"}
    with stub(lambda _: says({"tinh": told, "ngay": "01/05/2023", "san": [row]})) as there:
        hub = new_hub(gateway_url=there.url)
        if loads:
            assert hub.run("ecommerce", "platforms", date(2023, 5, 1), date(2023, 5, 1)).account.loaded == 1
            return
        with pytest.raises(Reject, match=f"asked for tinh 20, the answer is of tinh {told}"):
            hub.run("ecommerce", "platforms", date(2023, 5, 1), date(2023, 5, 1))
    assert hub.batches("status", "loaded") == [("failed", 0)]


def test_a_source_that_is_down_is_not_asked_for_every_day(half_year: Hub, platform: Platform) -> None:
    platform.records = lambda day: says({}, 503) if day.day > 3 else good(day)
    outcome = half_year.run(*CONNECTIONS, BEGIN, END)
    assert len(outcome.published) == 3
    assert {day.day for day in platform.asked} == {1, 2, 3, 4, 5}


def test_days_to_come_cannot_be_loaded(half_year: Hub) -> None:
    tomorrow = datetime.now(VIETNAM).date() + timedelta(days=1)
    with pytest.raises(Abort, match="yet to come; today is"):
        half_year.run(*CONNECTIONS, tomorrow, tomorrow)


def test_that_nothing_is_told_of_a_day_in_progress_is_no_fault(
    half_year: Hub, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.records = lambda _: []
    monkeypatch.setattr("pipeline.claim.now", lambda: datetime(2023, 6, 30, 9, tzinfo=VIETNAM))
    assert half_year.run(*CONNECTIONS, END, END).account.fetched == 0
    monkeypatch.setattr("pipeline.claim.now", lambda: datetime(2023, 7, 1, 9, tzinfo=VIETNAM))
    with pytest.raises(Blocked, match="The source gives data"):
        half_year.run(*CONNECTIONS, END, END)


def test_only_a_load_that_changes_something_has_news(half_year: Hub) -> None:
    assert half_year.run(*CONNECTIONS, END, END).has_news
    assert not half_year.run(*CONNECTIONS, END, END).has_news


def test_a_schedule_has_nothing_to_read_of_months_while_one_is_in_progress(half_year: Hub) -> None:
    day = date(2023, 6, 13)
    outcome = run_feed(half_year.installation, "post", "points", day, day, fill_gaps=True)
    assert (outcome.ends, outcome.has_news) == ([], False)
    with pytest.raises(Abort, match="No month ends"):
        run_feed(half_year.installation, "post", "points", day, day)


def test_an_answer_for_another_day_is_not_taken_for_the_asked_one(half_year: Hub, platform: Platform) -> None:
    platform.records = lambda day: says({"ngay": "2023-01-02", "du_lieu": good(day)})
    outcome = half_year.run(*CONNECTIONS, BEGIN, BEGIN + timedelta(days=2))
    assert [end.batch.first_day.day for end in outcome.published] == [2]
    assert all("2023-01-02" in str(end.reasons) for end in outcome.blocked)


def test_the_verdict_costs_little_a_slice(half_year: Hub) -> None:
    half_year.run(*CONNECTIONS, BEGIN, END)
    assert half_year.one("select count(distinct run_id) from ledger.batch") == 1
    assert half_year.one("select count(*) from quality.verdict") == DAYS
