"""A replay never wins over what the source said later, whatever was refused, mended and read again in between."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.source_files import SOURCES
from tests.pipeline.hub import Hub
from tests.pipeline.mended import UNKNOWN_AREA, accept, strict
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document

DOCUMENTS = ("ioffice", "documents")
STEADY = 20
"""Points that every snapshot lists, so that a missing one is no sharp fall."""

POINT = st.none() | st.tuples(st.sampled_from(["BUU_CUC", "BD_VHX", "DAI_LY"]), st.booleans())
"""A point of a snapshot: not listed, or its kind and whether its area is one that the hub refuses for now."""
SNAPSHOT = st.fixed_dictionaries(dict.fromkeys("AB", POINT))
Snapshot = dict[str, tuple[str, bool] | None]


@pytest.fixture
def hub(hub: Hub) -> Hub:
    return strict(hub)


def point(code: str, kind: str = "BUU_CUC", *, refused: bool = False) -> dict[str, Any]:
    area = UNKNOWN_AREA if refused else "05971"
    return {"ma_diem": code, "loai": kind, "ma_dia_ban": area, "co_nguoi_phuc_vu": True}


def take(hub: Hub, snapshot: Snapshot) -> int:
    """Loads the snapshot of 28 February; gives its batch."""
    listed = [point(code, kind, refused=bad) for code, (kind, bad) in _listed(snapshot).items()]
    steady = [point(f"S{number}") for number in range(STEADY)]
    return hub.take("post", "points", [*steady, *listed], ngay="2023-02-28").batch_id


def held(hub: Hub) -> dict[str, str]:
    """The facts as code → kind on the wire, without the steady points."""
    wire = {"post_office": "BUU_CUC", "culture_post": "BD_VHX", "agent": "DAI_LY"}
    rows = hub.rows("select point_code, kind from warehouse.fact_post_point where point_code in ('A', 'B')")
    return {code: wire[kind] for code, kind in rows}


def _listed(snapshot: Snapshot) -> dict[str, tuple[str, bool]]:
    return {code: point for code, point in snapshot.items() if point}


@settings(max_examples=settings().max_examples // 2)
@given(snapshots=st.lists(SNAPSHOT, min_size=2, max_size=4), order=st.randoms(use_true_random=False))
def test_replayed_in_any_order_a_day_is_as_its_last_snapshot_says(
    hub: Hub, snapshots: list[Snapshot], order: random.Random
) -> None:
    strict(hub)
    batches = [take(hub, snapshot) for snapshot in snapshots]
    last = {code: kind for code, (kind, _) in _listed(snapshots[-1]).items()}
    accept(hub, UNKNOWN_AREA)
    refused = [b for b, s in zip(batches, snapshots, strict=True) if any(bad for _, bad in _listed(s).values())]
    order.shuffle(refused)
    for batch in refused:
        account = hub.replay(batch).account
        assert account.balances()
        assert held(hub).items() <= last.items()
        assert account.superseded == (0 if batch == batches[-1] else account.fetched)
    assert held(hub) == last


def test_a_point_that_was_read_again_unchanged_is_not_overwritten(hub: Hub) -> None:
    take(hub, {"A": ("BUU_CUC", False)})
    refused = take(hub, {"A": ("DAI_LY", True), "B": ("DAI_LY", False)})
    take(hub, {"A": ("BUU_CUC", False), "B": ("DAI_LY", False)})
    accept(hub, UNKNOWN_AREA)
    assert hub.replay(refused).account.superseded == 1
    assert held(hub) == {"A": "BUU_CUC", "B": "DAI_LY"}


def test_a_correction_under_the_same_version_outlives_the_replay_of_what_it_corrected(hub: Hub) -> None:
    refused = hub.take(*DOCUMENTS, [document("A", 1, "wrong", organid=UNKNOWN_ORGANISATION)])
    hub.take(*DOCUMENTS, [document("A", 1, "right")])
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(refused.batch_id).account.superseded == 1
    assert hub.rows("select steering_type from warehouse.fact_document") == [("right",)]


def test_of_two_replays_the_one_of_the_later_reading_wins(hub: Hub) -> None:
    strange = {"organid": UNKNOWN_ORGANISATION}
    first = hub.take(*DOCUMENTS, [document("A", 1, "wrong", **strange)])
    second = hub.take(*DOCUMENTS, [document("A", 1, "right", **strange)])
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(second.batch_id).account.loaded == 1
    assert hub.replay(first.batch_id).account.superseded == 1
    assert hub.rows("select steering_type from warehouse.fact_document") == [("right",)]


def test_a_replay_still_wins_over_what_was_read_before_it(hub: Hub) -> None:
    hub.take(*DOCUMENTS, [document("A", 1, "wrong")])
    refused = hub.take(*DOCUMENTS, [document("A", 1, "right", organid=UNKNOWN_ORGANISATION)])
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(refused.batch_id).account.loaded == 1
    assert hub.rows("select steering_type from warehouse.fact_document") == [("right",)]


def article(sentiment: str, moment: str = "2023-02-27T08:00:00") -> dict[str, Any]:
    return {"ma_tin": "A", "toa_soan": "VTV", "tieu_de": "", "dang_luc": moment, "sac_thai": sentiment}


def test_what_was_read_again_where_records_have_no_version_stays(hub: Hub, tmp_path: Path) -> None:
    hub.take("press", "articles", [article("TICH_CUC")])
    refused = hub.take("press", "articles", [article("TRUNG_LAP", "27/02/2023")])
    hub.take("press", "articles", [article("TICH_CUC")])
    mended = (SOURCES / "press.toml").read_text("utf-8").replace('"datetime",', '"datetime", format = "%d/%m/%Y",')
    (tmp_path / "press.toml").write_text(mended, "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": tmp_path})
    account = hub.replay(refused.batch_id).account
    assert (account.superseded, account.quarantined) == (1, 0)
    assert hub.rows("select sentiment from warehouse.fact_article") == [("positive",)]
