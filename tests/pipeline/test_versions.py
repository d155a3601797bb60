"""The newest version of a record is what the facts hold, whatever came when; and every record is accounted for."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pipeline.hub import ACCOUNT, Hub
from tests.pipeline.versions import BAD, Given, Model, document

FEED = ("ioffice", "documents")
GIVEN = st.builds(
    Given,
    st.sampled_from("ABC"),
    st.integers(1, 4),
    st.sampled_from(["x", "y"]),
    st.one_of(st.just(""), st.sampled_from(sorted(BAD))),
)
few = settings(max_examples=settings().max_examples // 2)
_prefixes = itertools.count()
Clean = Callable[[], str]


def held(hub: Hub, prefix: str) -> dict[str, tuple[int, str]]:
    """The facts of this example as the model writes them."""
    rows = hub.rows(
        "select document_code, extract(hour from updated_at at time zone 'Asia/Ho_Chi_Minh')::int - 8, steering_type"
        " from warehouse.fact_document where starts_with(document_code, %s)",
        prefix,
    )
    return {code.removeprefix(prefix): (version, content) for code, version, content in rows}


def account(outcome: Any) -> dict[str, int]:
    return {name: getattr(outcome.account, name) for name in ACCOUNT}


@few
@given(batches=st.lists(st.lists(GIVEN, min_size=1, max_size=8), min_size=1, max_size=3))
def test_every_batch_does_what_the_model_says(hub: Hub, batches: list[list[Given]]) -> None:
    prefix, model = f"{next(_prefixes)}-", Model()
    for batch in batches:
        expected = model.take(batch)
        outcome = hub.take(*FEED, [given.wire(prefix) for given in batch])
        assert account(outcome) == expected
        assert outcome.account.balances()
        assert held(hub, prefix) == model.facts
        quarantined = hub.one("select count(*) from quality.quarantine where batch_id = %s", outcome.batch_id)
        assert quarantined == expected["quarantined"]


@few
@given(
    versions=st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 9)), min_size=2, max_size=8, unique=True),
    shuffled=st.randoms(use_true_random=False),
)
def test_the_order_in_which_batches_come_does_not_matter(
    hub: Hub, versions: list[tuple[str, int]], shuffled: Any
) -> None:
    newest = {code: max(v for c, v in versions if c == code) for code, _ in versions}
    for _ in range(2):
        shuffled.shuffle(versions)
        cut = shuffled.randrange(1, len(versions))
        prefix = f"{next(_prefixes)}-"
        for batch in (versions[:cut], versions[cut:]):
            hub.take(*FEED, [document(prefix + code, version, f"v{version}") for code, version in batch])
        assert held(hub, prefix) == {code: (version, f"v{version}") for code, version in newest.items()}


def test_a_version_that_is_older_than_the_facts_is_superseded(hub: Hub) -> None:
    hub.take(*FEED, [document("A", 3, "new")])
    outcome = hub.take(*FEED, [document("A", 2, "old"), document("B", 1, "b")])
    assert (outcome.account.loaded, outcome.account.superseded) == (1, 1)
    assert held(hub, "") == {"A": (3, "new"), "B": (1, "b")}


def test_a_correction_under_the_same_version_is_taken(hub: Hub) -> None:
    hub.take(*FEED, [document("A", 1, "wrong")])
    assert hub.take(*FEED, [document("A", 1, "right")]).account.loaded == 1
    assert held(hub, "") == {"A": (1, "right")}


def station(site: str, area: str = "05971", technology: str = "4G") -> dict[str, str]:
    return {"ky": "2023-02", "ma_vi_tri": site, "ma_dia_ban": area, "cong_nghe": technology}


def stations(hub: Hub, *records: dict[str, str], submission: int, operator: str = "VNPT") -> dict[str, int]:
    return account(hub.take("telecom", "stations", records, doanh_nghiep=operator, lan_nop=submission))


def sites(hub: Hub) -> list[tuple[Any, ...]]:
    return hub.rows("select operator_code, site_code, submission from warehouse.fact_station order by 1, 2")


def test_a_higher_submission_replaces_the_file_whole_and_a_lower_one_nothing(hub: Hub) -> None:
    first = [station(f"S{number}") for number in range(10)]
    assert stations(hub, *first, submission=1)["loaded"] == 10
    stations(hub, station("T1"), submission=1, operator="VIETTEL")
    again = stations(hub, *first[1:], station("S99"), submission=2)
    assert (again["loaded"], again["removed"]) == (10, 1)
    expected = [("viettel", "T1", 1), *(("vnpt", f"S{number}", 2) for number in range(1, 10)), ("vnpt", "S99", 2)]
    assert sites(hub) == expected
    late = stations(hub, *first[1:], submission=1)
    assert (late["superseded"], late["loaded"], late["removed"]) == (9, 0, 0)
    assert sites(hub) == expected


@pytest.mark.parametrize("late", [False, True])
def test_a_lower_submission_with_other_rows_adds_nothing(hub: Hub, late: bool) -> None:
    old, new = [station(f"S{number}") for number in range(10)], [station(f"S{number}") for number in range(1, 11)]
    files = [(old, 1), (new, 2)]
    for rows, submission in reversed(files) if late else files:
        stations(hub, *rows, submission=submission)
    assert sites(hub) == sorted(("vnpt", f"S{number}", 2) for number in range(1, 11))


def platform(name: str, listings: int) -> dict[str, Any]:
    figures = dict.fromkeys(("so_giao_dich_thanh_cong", "so_don_hang", "doanh_thu_vnd"), "1.000")
    return {"ten_san": name, "so_san_pham": f"{listings:,}".replace(",", "."), **figures}


def test_a_days_snapshot_replaces_that_day_alone(hub: Hub) -> None:
    hub.take("ecommerce", "platforms", [platform("Voso", 1), platform("Postmart", 2)], ngay="27/02/2023")
    hub.take("ecommerce", "platforms", [platform("Voso", 3), platform("Postmart", 4)], ngay="28/02/2023")
    outcome = hub.take("ecommerce", "platforms", [platform("Voso", 5), platform("Postmart", 4)], ngay="28/02/2023")
    assert (outcome.account.loaded, outcome.account.unchanged) == (1, 1)
    assert hub.rows("select day::text, platform_code, listings from warehouse.fact_ecommerce order by 1, 2") == [
        ("2023-02-27", "postmart", 2),
        ("2023-02-27", "voso", 1),
        ("2023-02-28", "postmart", 4),
        ("2023-02-28", "voso", 5),
    ]
