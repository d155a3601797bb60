"""A slice that is not right is held back whole; the facts stay as they were, and the reason is told."""

import re
from collections import Counter
from datetime import date

import pytest

from hub.errors import Reject
from tests.connectors.simulated import FIRST, Simulated
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from warehouse import facts

JANUARY = (date(2023, 1, 31), date(2023, 1, 31))
BLOCKED = [
    ("over_declared", "dvc", "dossiers", "missing_records: 1"),
    ("under_declared", "dvc", "dossiers", "missing_records: -1"),
    ("over_declared", "ioffice", "work_files", "missing_records: 1"),
    ("empty", "dvc", "dossiers", "fetched: 0"),
    ("empty", "telecom", "revenue", "fetched: 0"),
    ("shrunk_snapshot", "dvc", "services", "kept_share: 0.5 "),
    ("drift", "dvc", "dossiers", "vanished_fields: 1"),
    ("drift", "ioffice", "documents", "vanished_fields: 1"),
    ("drift", "gate", "vehicles", "vanished_fields: 1"),
]


@pytest.mark.parametrize(("fault", "source", "feed", "told"), BLOCKED, ids=[f"{b[0]} {b[1]}.{b[2]}" for b in BLOCKED])
def test_a_slice_that_is_not_right_is_blocked_and_the_facts_stay(
    hub: Hub, gateway: Simulated, fault: str, source: str, feed: str, told: str
) -> None:
    hub.run(source, feed, *(JANUARY if source == "telecom" else (FIRST, FIRST)))
    before = hub.checksums()
    watermark = hub.rows("select covered_to, cursor from ledger.watermark")
    with gateway.faults(fault), pytest.raises(Reject) as error:
        hub.run(source, feed)
    batches = hub.batches("batch_id", "status", "reason_en", "loaded", "quarantined")[1:]
    assert {status for _, status, *_ in batches} <= {"blocked", "failed"}
    blocked = [row for row in batches if row[1] == "blocked"]
    first, line = blocked[0][0], str(error.value)
    assert re.match(
        rf"Batch {first} of {source}\.{feed} is blocked, the facts stay as they were: "
        rf"|{len(blocked)} batches of {source}\.{feed} are blocked, the facts of their days stay as they were; batch"
        rf" {first} ",
        line,
    )
    assert told in line
    assert line.endswith(f"See `ioc quality show {first}`")
    assert "\n" not in line
    assert hub.checksums() == before
    assert hub.rows("select covered_to, cursor from ledger.watermark") == watermark
    for batch_id, _, reason, loaded, quarantined in blocked:
        assert told in reason
        assert loaded == 0
        assert hub.one("select count(*) from quality.quarantine where batch_id = %s", batch_id) == quarantined
        assert hub.one("select passed from quality.verdict where batch_id = %s", batch_id) is False
    assert hub.staging_tables() == []
    assert hub.run(source, feed).status == "published", "the fault is over"


def test_an_empty_answer_passes_where_the_source_may_be_silent(hub: Hub, gateway: Simulated) -> None:
    with gateway.faults("empty"):
        outcome = hub.run("ecommerce", "platforms")
    assert (outcome.status, outcome.account.fetched) == ("published", 0)


def test_an_evaluator_that_raises_blocks(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: object, **__: object) -> None:
        raise RuntimeError("cannot")

    monkeypatch.setattr("great_expectations.expectations.ExpectColumnValuesToBeInSet._validate", raising)
    with pytest.raises(Reject, match=r"tier:codes did not run \(cannot\)"):
        hub.run("ioffice", "work_files")
    assert hub.rows("select executed_rules < declared_rules from quality.verdict") == [(True,)]
    assert hub.rows("select rule_id, passed from quality.rule_result where not executed") == [("tier:codes", False)]
    assert hub.one("select count(*) from warehouse.fact_work_file") == 0


def test_a_rule_without_a_result_blocks(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from expectations import suite

    judge = suite.judge
    monkeypatch.setattr(suite, "judge", lambda name, rules, frame: judge(name, rules, frame)[1:])
    with pytest.raises(Reject, match=r"did not run \(no result\)"):
        hub.run("ioffice", "work_files")


def test_nothing_is_published_without_a_verdict(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    from warehouse import quality

    monkeypatch.setattr(quality, "record_verdict", lambda *_, **__: None)
    with pytest.raises(Reject, match="no passing verdict"):
        hub.run("ioffice", "work_files")
    assert hub.one("select count(*) from warehouse.fact_work_file") == 0


def test_an_account_that_does_not_balance_blocks_in_the_last_moment(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.take("ioffice", "documents", [document("A", 1)])
    before = hub.checksums()
    right = facts.supersede
    monkeypatch.setattr(facts, "supersede", lambda *given: right(*given) + Counter([1, 2]))
    with pytest.raises(Reject, match="the account does not balance"):
        hub.take("ioffice", "documents", [document("A", 2), document("B"), document("C", secret="?")])
    assert hub.checksums() == before
    assert hub.batches("status", "fetched", "loaded", "quarantined")[1] == ("blocked", 3, 0, 1)
    assert hub.staging_tables() == []


def test_why_a_batch_did_not_come_through_is_kept_in_both_languages(hub: Hub, gateway: Simulated) -> None:
    hub.run("ecommerce", "platforms", FIRST, FIRST)
    with gateway.faults("drift"), pytest.raises(Reject) as error:
        hub.run("ecommerce", "platforms")
    blocked = hub.one("select count(*) from ledger.batch where status = 'blocked'")
    assert error.value.vi.startswith(f"{blocked} lô của ecommerce.platforms bị chặn, số liệu các ngày đó trong kho giữ")
    told = hub.rows("select reason_en, reason_vi from ledger.batch where batch_id = 2")[0]
    assert "vanished_fields: 1: so_giao_dich_thanh_cong (Không trường nào bị đổi tên" in told[1]
    assert all(text in whole for text, whole in zip(told, (error.value.en, error.value.vi), strict=True))


@pytest.mark.parametrize(("records", "provisional"), [(999, 0), (1000, 1)])
def test_a_list_as_long_as_programs_cut_lists_off_is_provisional(hub: Hub, records: int, provisional: int) -> None:
    points = [{"ma_diem": str(n), "loai": "BUU_CUC", "co_nguoi_phuc_vu": True} for n in range(records)]
    days = (date(2023, 6, 1), date(2023, 6, 30))
    outcome = hub.take("post", "points", points, per_page=records, days=days, ngay="2023-06-30")
    assert [line.en[:14] for line in outcome.ends[0].provisional] == ["cut_off: 1000 "] * provisional
