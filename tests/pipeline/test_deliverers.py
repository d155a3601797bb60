"""Who has delivered what, when: a figure of a period that one of the operators has not delivered is not official."""

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.source_files import SOURCES
from hub.errors import Blocked
from hub.installation import Installation
from hub.periods import VIETNAM
from hub.settings import Settings
from kpis.figure import Figure
from tests.installation import CATALOGUE, FOLDER, refresh
from tests.kpis.asking import compute
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.pipeline.operators import BIG, SMALL, deliver, end_of, file, revenue, station, take
from warehouse import ledger, migrate
from warehouse.database import connect
from warehouse.deliverers import Delivery, deliveries
from warehouse.serving import find_province

MAY, JUNE, JULY = date(2023, 5, 1), date(2023, 6, 1), date(2023, 7, 1)
NOW = datetime(2024, 1, 1, tzinfo=VIETNAM)


def figure(hub: Hub, first: date, last: date, kpi: str = "base_stations", **asked: Any) -> Figure:
    with connect(hub.url, "reader") as connection:
        return compute(connection, kpi, first, last, hub.settings.province, now=NOW, **asked)


def of_month(hub: Hub, month: date, kpi: str = "base_stations") -> Figure:
    return figure(hub, month, end_of(month), kpi)


def said(figure: Figure) -> tuple[str, str | None]:
    return figure.status, figure.reason.vi if figure.reason else None


def matrix(hub: Hub, feed: str = "stations") -> dict[tuple[str, str], tuple[bool, int | None]]:
    """(Month, deliverer) → whether it was expected, and its records."""
    return {
        (f"{one.first:%Y-%m}", str(one.deliverer)): (one.is_expected, one.records)
        for one in found(hub)
        if one.feed == feed
    }


def found(hub: Hub) -> list[Delivery]:
    with connect(hub.url, "reader") as connection:
        return deliveries(connection, find_province(connection, hub.settings.province))


def list_deliverers(hub: Hub, folder: Path, *lines: str) -> None:
    """Migrates with these lines in the installation's deliverers.csv."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    text = "\n".join(["source,feed,code,valid_from,valid_to", *lines, ""])
    (folder / "reference" / "deliverers.csv").write_text(text, "utf-8")
    migrate.migrate(hub.url, Installation(Settings(installation=folder)), CATALOGUE.fields)


def test_an_operator_whose_file_is_missing_keeps_its_last_figure_and_the_month_is_provisional(hub: Hub) -> None:
    assert deliver(hub, MAY, BIG, SMALL).status == "published"
    assert deliver(hub, JUNE, BIG).status == "published"
    assert of_month(hub, MAY).status == "official"
    june = of_month(hub, JUNE)
    assert june.value == 11
    assert said(june) == ("provisional", "Chưa có số liệu tháng 06/2023 của Viettel")
    assert june.reason is not None
    assert june.reason.en == "no data of 2023-06 from Viettel yet"


def test_a_flow_lacks_every_month_that_one_has_not_delivered(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL, feed="revenue")
    deliver(hub, JUNE, BIG, feed="revenue")
    deliver(hub, JULY, BIG, SMALL, feed="revenue")
    assert of_month(hub, MAY, "telecom_revenue").status == "official"
    assert of_month(hub, JULY, "telecom_revenue").status == "official"
    reason = "Chưa có số liệu tháng 06/2023 của Viettel"
    assert said(of_month(hub, JUNE, "telecom_revenue")) == ("provisional", reason)
    assert said(figure(hub, MAY, end_of(JULY), "telecom_revenue")) == ("provisional", reason)


def test_a_stock_lacks_only_what_its_last_day_stands_on(hub: Hub) -> None:
    for month, operators in ((MAY, (BIG,)), (JUNE, (BIG, SMALL)), (JULY, (BIG,)), (date(2023, 8, 1), (BIG, SMALL))):
        deliver(hub, month, *operators)
    assert of_month(hub, MAY).status == "official", "nobody knew of the other one then"
    assert figure(hub, date(2023, 7, 3), date(2023, 7, 20)).status == "official", "stands on June"
    assert figure(hub, date(2023, 8, 3), date(2023, 8, 20)).status == "provisional", "stands on July"
    assert figure(hub, MAY, date(2023, 8, 31)).status == "official"


def test_growth_needs_both_of_its_snapshots(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG)
    deliver(hub, JULY, BIG, SMALL)
    assert figure(hub, end_of(JUNE), end_of(JULY)).status == "official"
    assert figure(hub, end_of(JUNE), end_of(JULY), measure="growth").status == "provisional"
    assert figure(hub, end_of(MAY), end_of(JULY), measure="growth").status == "official"


def test_a_resubmission_of_a_header_alone_is_no_delivery(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG, SMALL)
    assert of_month(hub, JUNE).status == "official"
    assert take(hub, JUNE, {BIG: file(JUNE, BIG), SMALL: []}, submission=2).status == "published"
    assert of_month(hub, JUNE).status == "provisional"
    assert matrix(hub)["2023-06", "viettel"] == (True, None)


@pytest.fixture
def lenient(new_hub: NewHub, tmp_path: Path) -> Hub:
    """A hub that no snapshot is too small for."""
    text = (SOURCES / "telecom.toml").read_text("utf-8")
    (tmp_path / "telecom.toml").write_text(text.replace("look_back", "max_shrink = 1\nlook_back"), "utf-8")
    return new_hub(sources=tmp_path)


def test_an_operator_all_of_whose_records_were_refused_has_not_delivered(lenient: Hub) -> None:
    hub = lenient
    deliver(hub, MAY, BIG, SMALL)
    outcome = take(hub, JUNE, {BIG: file(JUNE, BIG), SMALL: file(JUNE, SMALL, cong_nghe="6G")})
    assert (outcome.status, outcome.account.quarantined) == ("published", 1)
    assert of_month(hub, JUNE).status == "provisional"


def test_an_operator_with_one_good_record_has_delivered(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    bad = station(JUNE, "X", cong_nghe="6G")
    take(hub, JUNE, {BIG: [*file(JUNE, BIG)[1:], bad], SMALL: file(JUNE, SMALL)})
    assert matrix(hub)["2023-06", "vnpt"] == (True, 9)
    assert of_month(hub, JUNE).status == "official"


def test_a_replay_adds_what_had_been_refused(lenient: Hub, tmp_path: Path) -> None:
    hub = lenient
    deliver(hub, MAY, BIG, SMALL)
    outcome = take(hub, JUNE, {BIG: file(JUNE, BIG), SMALL: file(JUNE, SMALL, cong_nghe="6G")})
    assert of_month(hub, JUNE).status == "provisional"
    mended = tmp_path / "mended"
    mended.mkdir()
    text = (SOURCES / "telecom.toml").read_text("utf-8")
    (mended / "telecom.toml").write_text(text.replace('5G = "5G"', '5G = "5G", 6G = "5G"'), "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": mended})
    assert hub.replay(outcome.batch_id).account.loaded == 1
    assert matrix(hub)["2023-06", "viettel"] == (True, 1)
    assert of_month(hub, JUNE).status == "official"


def test_a_file_that_comes_late_makes_the_figure_official_because_of_its_data(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG)
    refresh(hub.url, "H37", ["base_stations"], NOW)
    deliver(hub, JUNE, BIG, SMALL)
    refresh(hub.url, "H37", ["base_stations"], NOW)
    assert hub.rows(
        "select status, cause from kpi.observation join warehouse.dim_area using (area_id) where kpi_id ="
        " 'base_stations' and first_day = %s and last_day = %s and breakdown = '' and level = 'province' order by"
        " revision",
        JUNE,
        end_of(JUNE),
    ) == [("provisional", "first"), ("official", "data")]


def test_who_delivers_for_the_first_time_is_expected_from_then_on(hub: Hub) -> None:
    deliver(hub, MAY, BIG)
    deliver(hub, JUNE, BIG, SMALL)
    deliver(hub, JULY, BIG)
    assert [of_month(hub, month).status for month in (MAY, JUNE, JULY)] == ["official", "official", "provisional"]
    assert ("2023-05", "viettel") not in matrix(hub)


def test_months_that_are_loaded_backwards_end_equal(new_hub: NewHub) -> None:
    months = {MAY: (BIG, SMALL), JUNE: (BIG,), JULY: (BIG, SMALL, "MOBIFONE")}
    matrices = []
    for order in (list(months), list(reversed(months))):
        hub = new_hub()
        for month in order:
            assert deliver(hub, month, *months[month]).status == "published"
            refresh(hub.url, "H37", ["base_stations"], NOW)
        statuses = hub.rows(
            "select first_day, last_day, status, value from serving.kpi_observations where kpi = 'base_stations'"
            " and is_latest and breakdown = '' and area = '20' order by 1, 2"
        )
        matrices.append((matrix(hub), statuses))
    assert matrices[0] == matrices[1]


def test_an_operator_that_has_ended_is_no_longer_expected(hub: Hub, tmp_path: Path) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG)
    refresh(hub.url, "H37", ["base_stations"], NOW)
    list_deliverers(hub, tmp_path / "own", "telecom,stations,VIETTEL,,2023-06-01")
    assert of_month(hub, JUNE).status == "official"
    refresh(hub.url, "H37", ["base_stations"], NOW)
    kept = "select status from serving.kpi_observations where kpi = 'base_stations' and is_latest and breakdown = ''"
    assert hub.one(f"{kept} and area = '20' and first_day = '2023-06-01' and last_day = '2023-06-30'") == "official"
    list_deliverers(hub, tmp_path / "own")
    assert of_month(hub, JUNE).status == "provisional", "nobody says any more that it ended"
    refresh(hub.url, "H37", ["base_stations"], NOW)
    assert hub.one(f"{kept} and area = '20' and first_day = '2023-06-01' and last_day = '2023-06-30'") == "provisional"


def test_an_operator_is_expected_in_each_period_that_its_validity_meets(hub: Hub, tmp_path: Path) -> None:
    for month in (MAY, JUNE, JULY):
        deliver(hub, month, BIG)
    list_deliverers(
        hub, tmp_path / "own", "telecom,stations,mobifone,2023-06-15,2023-06-16", "telecom,stations,vnpt,,2023-06-01"
    )
    mobifone = [month for month, who in matrix(hub) if who == "mobifone"]
    assert mobifone == ["2023-06"]
    assert matrix(hub)["2023-07", "vnpt"] == (False, 10), "it delivered, though nobody expected it"


def test_an_operator_that_never_delivered_is_known_when_it_is_listed(hub: Hub, tmp_path: Path) -> None:
    deliver(hub, MAY, BIG)
    assert of_month(hub, MAY).status == "official"
    list_deliverers(hub, tmp_path / "own", "telecom,stations,mobifone,,")
    assert said(of_month(hub, MAY)) == ("provisional", "Chưa có số liệu tháng 05/2023 của MobiFone")


def test_letter_case_makes_no_other_deliverer(hub: Hub, tmp_path: Path) -> None:
    deliver(hub, MAY, "Vnpt", SMALL)
    deliver(hub, JUNE, "vNPT", "viettel")
    list_deliverers(hub, tmp_path / "own", "telecom,stations,VnPt,,")
    assert {who for _, who in matrix(hub)} == {"vnpt", "viettel"}
    assert of_month(hub, JUNE).status == "official"


def test_an_unknown_operator_is_named_by_its_code(hub: Hub) -> None:
    deliver(hub, MAY, BIG, "NEWTEL")
    deliver(hub, JUNE, BIG)
    assert said(of_month(hub, JUNE)) == ("provisional", "Chưa có số liệu tháng 06/2023 của newtel")


def test_a_month_that_was_read_before_its_end_is_not_judged(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(hub, MAY, BIG, SMALL)
    monkeypatch.setattr("pipeline.claim.now", lambda: datetime(2023, 6, 20, tzinfo=VIETNAM))
    deliver(hub, JUNE, BIG)
    assert matrix(hub)["2023-06", "vnpt"] == (False, 10)
    assert ("2023-06", "viettel") not in matrix(hub)


def test_batches_of_before_are_not_judged(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG)
    hub.change(
        "delete from ledger.delivery using ledger.batch b where b.batch_id = delivery.batch_id and b.first_day = %s",
        JUNE,
    )
    hub.change("update ledger.batch set deliverer_column = null where first_day = %s", JUNE)
    assert of_month(hub, JUNE).status == "official"


def test_another_feed_lacks_nothing(hub: Hub) -> None:
    for feed in ("stations", "revenue"):
        deliver(hub, MAY, BIG, SMALL, feed=feed)
    deliver(hub, JUNE, BIG)
    deliver(hub, JUNE, BIG, SMALL, feed="revenue")
    assert of_month(hub, JUNE, "telecom_revenue").status == "official"


def test_a_blocked_file_takes_no_delivery_away(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG, SMALL)
    with pytest.raises(Blocked):
        take(hub, JUNE, {BIG: [], SMALL: []}, submission=2)
    assert of_month(hub, JUNE).status == "official"


def test_the_next_load_takes_up_a_month_that_lacks_an_operator(hub: Hub) -> None:
    deliver(hub, MAY, BIG, SMALL)
    deliver(hub, JUNE, BIG)
    with connect(hub.url, "loader") as connection:
        [province] = (
            connection.execute("select province_id from warehouse.dim_province where code = 'H37'").fetchone() or ()
        )
        known = ledger.coverage(connection, province, "telecom", "stations", by_several=True)
    assert [(span.lower, span.upper) for span in known.settled] == [(MAY, JUNE)]
    assert [(span.lower, span.upper) for span in known.tried] == [(MAY, JULY)]


MONTHS = [MAY, JUNE, JULY]
LOADS = st.lists(st.tuples(st.integers(0, 2), st.sets(st.sampled_from([SMALL, "MOBIFONE"]))), min_size=3, max_size=7)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(loads=LOADS)
def test_a_figure_is_official_only_if_everyone_has_delivered(
    new_hub: NewHub, loads: list[tuple[int, set[str]]]
) -> None:
    hub = new_hub()
    newest: dict[int, set[str]] = {}
    began: dict[str, int] = {}
    for month, others in loads:
        operators = {BIG, *others}
        assert deliver(hub, MONTHS[month], *sorted(operators)).status == "published"
        newest[month] = operators
        for operator in operators:
            began[operator] = min(month, began.get(operator, month))
        refresh(hub.url, "H37", ["base_stations"], NOW)
    kept = dict(
        hub.rows(
            "select first_day, status from serving.kpi_observations where kpi = 'base_stations' and is_latest"
            " and breakdown = '' and area = '20' and last_day = (first_day + interval '1 month')::date - 1"
        )
    )
    for month, operators in newest.items():
        expected = {operator for operator, since in began.items() if since <= month}
        status = "official" if expected <= operators else "provisional"
        assert of_month(hub, MONTHS[month]).status == status
        assert kept[MONTHS[month]] == status


def test_one_operators_file_under_two_names_is_not_taken_for_two_operators(hub: Hub) -> None:
    files = {name: file(JUNE, BIG) for name in (BIG, "VNPT Lạng Sơn")}
    with pytest.raises(Blocked, match="deliverers:apart"):
        take(hub, JUNE, {**files, SMALL: file(JUNE, SMALL)})


@pytest.mark.parametrize("amount", ["0", "1.000"])
def test_operators_who_all_have_nothing_are_two_and_those_with_the_same_revenue_of_every_service_are_one(
    hub: Hub, amount: str
) -> None:
    files = {name: revenue(JUNE, BIG, doanh_thu_dong=amount) for name in (BIG, SMALL)}
    if amount == "0":
        assert take(hub, JUNE, files, "revenue").account.loaded == 20
    else:
        with pytest.raises(Blocked, match="deliverers:apart"):
            take(hub, JUNE, files, "revenue")


def test_operators_whose_few_records_are_alike_are_two(hub: Hub) -> None:
    same = [station(JUNE, "mast")]
    assert take(hub, JUNE, {BIG: same, SMALL: same}).account.loaded == 2
