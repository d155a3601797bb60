"""A month whose values are unlike those before is published, provisional with its reason, until an auditor confirms it
or the source sends it again."""

from datetime import date
from typing import Any

import pytest

from connectors.source_files import load_sources
from hub.errors import Abort
from pipeline.batch import Outcome
from tests.pipeline.hub import Hub
from tests.pipeline.operators import end_of, take
from warehouse import decisions
from warehouse.database import connect

MONTHS = [date(2023, number, 1) for number in range(1, 7)]
OPERATORS = ("VNPT", "VIETTEL")


def revenue(month: date, operator: str, told_as: date | None = None, unit: int = 1) -> list[dict[str, str]]:
    """An operator's revenue of six services; of another month than it says, or in another unit."""
    own = (told_as or month).month * 1_013 + OPERATORS.index(operator) * 7
    values = [(1_234_567 * (service + 1) + own) // unit for service in range(6)]
    return [
        {"ky": f"{month:%Y-%m}", "dich_vu": f"s{service}", "doanh_thu_dong": f"{value}"}
        for service, value in enumerate(values)
    ]


def deliver(hub: Hub, month: date, submission: int = 1, **of_vnpt: Any) -> Outcome:
    files = {"VNPT": revenue(month, "VNPT", **of_vnpt), "VIETTEL": revenue(month, "VIETTEL")}
    return take(hub, month, files, "revenue", submission)


def broken(hub: Hub, batch: int) -> list[str]:
    query = "select observed from quality.rule_result where batch_id = %s and not passed and severity = %s"
    return [observed for (observed,) in hub.rows(query, batch, "provisional")]


def is_provisional(hub: Hub, batch: int) -> bool:
    return bool(hub.one("select is_provisional from serving.batches where batch_id = %s", batch))


def confirm(hub: Hub, batch: int) -> bool:
    with connect(hub.url, "accounts") as connection:
        why = "VNPT xác nhận bằng văn bản 12"
        return decisions.decide(connection, "waived", batch, None, why, load_sources(), "account:kiem.toan").released


@pytest.fixture
def half_year(hub: Hub) -> Hub:
    for month in MONTHS[:4]:
        assert not broken(hub, deliver(hub, month).batch_id)
    return hub


def test_an_operators_file_of_the_month_before_is_named_until_the_right_one_comes(half_year: Hub) -> None:
    wrong = deliver(half_year, MONTHS[4], told_as=MONTHS[3])
    assert wrong.status == "published"
    assert broken(half_year, wrong.batch_id) == ["lặp lại/repeated: vnpt: 6/6 = (25,950,219)"]
    again = deliver(half_year, MONTHS[5], told_as=MONTHS[3])
    assert broken(half_year, again.batch_id) == broken(half_year, wrong.batch_id), (
        "it is compared with the last official one"
    )
    right = deliver(half_year, MONTHS[4], submission=2)
    assert not broken(half_year, right.batch_id)
    assert half_year.rows("select provisional::text from serving.freshness where feed = 'revenue'") == [
        (f"{{[{MONTHS[5]},{date.fromordinal(end_of(MONTHS[5]).toordinal() + 1)})}}",)
    ]


def test_a_file_in_thousands_is_named_with_what_was_and_is(half_year: Hub) -> None:
    batch = deliver(half_year, MONTHS[4], unit=1000).batch_id
    found = broken(half_year, batch)
    assert found == ["đơn vị/unit: revenue_vnd (vnpt): 25,941,102 → 25,953 [6/6]"]
    assert not broken(half_year, deliver(half_year, MONTHS[4], submission=2).batch_id)


def test_an_auditor_confirms_that_it_is_true_once_and_then_it_is_what_is_usual(half_year: Hub) -> None:
    batch = deliver(half_year, MONTHS[4], unit=1000).batch_id
    assert is_provisional(half_year, batch)
    assert confirm(half_year, batch)
    assert not is_provisional(half_year, batch)
    assert "confirmed" in half_year.one("select body::text from ledger.entry order by entry_id desc limit 1")
    with pytest.raises(Abort, match="no refused record"):
        confirm(half_year, batch)
    assert half_year.verify().sound


def test_zeros_of_one_operator_are_named_and_the_same_month_again_is_not(half_year: Hub) -> None:
    found = broken(half_year, deliver(half_year, MONTHS[4], unit=10**9).batch_id)
    assert found == ["số 0/zero: revenue_vnd (vnpt): 25,941,102 → 0 [6/6]"]
    assert not broken(half_year, deliver(half_year, MONTHS[3]).batch_id)
    assert not broken(half_year, deliver(half_year, MONTHS[1], submission=2).batch_id)


def test_a_batch_with_nothing_unlike_before_has_nothing_to_confirm(half_year: Hub) -> None:
    with pytest.raises(Abort, match="no refused record"):
        confirm(half_year, half_year.one("select max(batch_id) from ledger.batch"))
