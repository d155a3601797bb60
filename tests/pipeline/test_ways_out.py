"""Every refused record has a way out, with who, when and why; accounts balance whatever is decided, and figures say
it."""

import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts import directory
from accounts.rights import find_limits
from connectors.source_files import load_sources
from hub.errors import Abort, Retry
from hub.periods import Period
from kpis.computation import compute
from kpis.question import Question
from pipeline import judgement
from tests.installation import CATALOGUE
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document
from warehouse import decisions
from warehouse.database import connect

FEED = ("ioffice", "documents")
AUDITOR = "account:kiem.toan"
STRANGER: dict[str, Any] = {"organid": UNKNOWN_ORGANISATION}


@pytest.fixture
def hub(hub: Hub) -> Hub:
    return strict(hub)


def take(hub: Hub, good: int, refused: int, prefix: str = "") -> int:
    """A batch with so many good and refused records."""
    records = [document(f"{prefix}A{number}") for number in range(good)]
    records += [document(f"{prefix}B{number}", **STRANGER) for number in range(refused)]
    return hub.take(*FEED, records, per_page=50, max_rejected=None).batch_id


def settle(hub: Hub, way: Any, batch: int, records: list[int] | None = None, reason: str = "Sở xác nhận") -> bool:
    with connect(hub.url, "accounts") as connection:
        return decisions.decide(connection, way, batch, records, reason, load_sources(), AUDITOR).released


def open_records(hub: Hub, batch: int) -> list[int]:
    rows = hub.rows(
        "select quarantine_id from serving.quarantine where batch_id = %s and state = 'open' order by 1", batch
    )
    return [number for (number,) in rows]


def states(hub: Hub, batch: int) -> Counter[str]:
    return Counter(state for (state,) in hub.rows("select state from serving.quarantine where batch_id = %s", batch))


def is_provisional(hub: Hub, batch: int) -> bool:
    said = hub.one("select is_provisional from serving.batches where batch_id = %s", batch)
    days = hub.one("select provisional from serving.freshness where source = 'ioffice' and feed = 'documents'")
    assert said is bool(days)
    return bool(said)


def test_a_slice_is_official_once_no_more_records_are_open_than_official_figures_allow(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    assert is_provisional(hub, batch)
    assert decisions.allowed(0.02, 100) == 4
    assert not settle(hub, "waived", batch, open_records(hub, batch)[:3])
    assert is_provisional(hub, batch)
    assert settle(hub, "waived", batch, open_records(hub, batch)[:1])
    assert not is_provisional(hub, batch)
    assert hub.rows("select refused, allowed from quality.release") == [(4, 4)]
    assert hub.one("select is_provisional from ledger.batch where batch_id = %s", batch), "evidence stays as it was"
    assert hub.verify().sound


def test_a_figure_says_how_many_records_were_waived_by_whom_and_why(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    first, last = hub.rows("select first_day, last_day from ledger.batch where batch_id = %s", batch)[0]
    question = Question("signed_document_rate", Period(first, last), "H37")

    def figure() -> Any:
        with connect(hub.url, "reader") as connection:
            return compute(connection, question, catalogue=CATALOGUE)

    assert figure().status == "provisional"
    settle(hub, "waived", batch, reason="Sở Nội vụ xác nhận bằng văn bản 12")
    found = figure()
    assert found.status == "official"
    assert found.reason is not None
    assert "8" in found.reason.en
    assert "waived by kiem.toan: Sở Nội vụ xác nhận bằng văn bản 12" in found.reason.en


def test_fewer_than_five_are_not_counted_in_what_a_figure_says(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    settle(hub, "rejected", batch, open_records(hub, batch)[:4], "bản ghi thử")
    assert hub.rows("select way, records, actor, reason from serving.waivers") == [
        ("rejected", None, AUDITOR, "bản ghi thử")
    ]


def test_each_decision_is_an_entry_of_the_trail(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    settle(hub, "waived", batch, open_records(hub, batch)[:2])
    rows = hub.rows(
        "select e.act, e.actor, e.subject, e.body::jsonb -> 'after' ->> 'records', e.body::jsonb ->> 'reason', d.reason"
        " from quality.decision as d join ledger.entry as e using (entry_id)"
    )
    assert rows == 2 * [("waiver", AUDITOR, f"quarantine/ioffice/documents/{batch}", "2", "Sở xác nhận", "Sở xác nhận")]


def test_a_decision_needs_a_reason_and_records_that_are_open(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    own = open_records(hub, batch)
    for reason in ("", " \t\n", "x" * 501):
        with pytest.raises(Abort, match="reason"):
            settle(hub, "waived", batch, own, reason)
    settle(hub, "waived", batch, own[:1])
    for way in ("waived", "rejected"):
        with pytest.raises(Abort, match=f"Record {own[0]} is not open in batch {batch}"):
            settle(hub, way, batch, own[:2])
    assert states(hub, batch) == {"waived": 1, "open": 7}, "nothing is decided by half"
    with pytest.raises(Abort, match="no batch 99"):
        settle(hub, "waived", 99)


def test_a_waived_record_can_still_be_mended_and_a_rejected_one_never_comes_back(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    own = open_records(hub, batch)
    settle(hub, "waived", batch, own[:2])
    settle(hub, "rejected", batch, own[2:4])
    accept(hub, UNKNOWN_ORGANISATION)
    assert hub.replay(batch).account.loaded == 6
    assert states(hub, batch) == {"replayed": 6, "rejected": 2}
    with pytest.raises(Abort, match="no quarantined record"):
        hub.replay(batch)


def test_a_replay_that_leaves_few_records_open_makes_the_slice_official(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    accept(hub, UNKNOWN_ORGANISATION)
    hub.replay(batch)
    assert not is_provisional(hub, batch)


def test_a_record_is_superseded_when_a_later_version_of_it_was_accepted(hub: Hub) -> None:
    first = hub.take(*FEED, [document("A", 1, **STRANGER), document("C", 1, **STRANGER), document("D")])
    days = hub.rows("select first_day - 1, first_day - 1 from ledger.batch")[0]
    second = hub.take(*FEED, [document("A", 2)], days=days)
    assert states(hub, first.batch_id) == {"superseded": 1, "open": 1}
    assert hub.rows("select record_key, decision_reason from serving.quarantine where state = 'superseded'") == [
        ("A", f"batch/{second.batch_id}")
    ]


def test_records_are_superseded_when_their_slice_was_read_again(hub: Hub) -> None:
    first = hub.take(*FEED, [document("A", **STRANGER), document("C")])
    second = hub.take(*FEED, [document("A", **STRANGER), document("C")])
    assert states(hub, first.batch_id) == {"superseded": 1}
    assert states(hub, second.batch_id) == {"open": 1}


def test_a_record_is_assigned_to_an_account_or_a_unit_that_there_is(hub: Hub) -> None:
    batch = take(hub, 92, 8)

    def decide(connection: psycopg.Connection, who: str) -> None:
        decisions.decide(connection, "assigned", batch, None, "xem lại mã", load_sources(), AUDITOR, who)

    with connect(hub.url, "accounts") as connection:
        decide(connection, "000.00.11.H37")
    assert hub.rows("select distinct assignee, state from serving.quarantine") == [("000.00.11.H37", "open")]
    with connect(hub.url, "accounts") as connection:
        for login, province in (("everywhere", None), ("here", "H37"), ("elsewhere", "H59")):
            directory.create(connection, login, login, "engineer", find_limits(connection, province))
        for who in ("everywhere", "here"):
            decide(connection, who)
    for who in ("nobody", "elsewhere"):
        with connect(hub.url, "accounts") as connection, pytest.raises(Abort, match="no account and no organisation"):
            decide(connection, who)


def test_decisions_are_added_and_never_changed(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    settle(hub, "waived", batch)
    for role in ("accounts", "loader"):
        for act in ("update quality.decision set reason = 'x'", "delete from quality.decision"):
            with connect(hub.url, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(act.encode())


def waits(hub: Hub, running: Future[Any]) -> None:
    """Until what runs waits for a lock, or has ended."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    while not running.done() and not hub.one(waiting):
        time.sleep(0.05)


def test_what_two_decide_at_once_frees_a_slice_together(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    own = open_records(hub, batch)
    with ThreadPoolExecutor(1) as pool, connect(hub.url, "accounts") as first:
        decisions.decide(first, "waived", batch, own[:2], "Sở xác nhận", load_sources(), AUDITOR)
        second = pool.submit(settle, hub, "waived", batch, own[2:4])
        waits(hub, second)
        first.commit()
        assert second.result()
    assert not is_provisional(hub, batch)


def test_of_two_who_decide_about_a_record_at_once_the_second_learns_who_was_first(hub: Hub) -> None:
    batch = take(hub, 92, 8)
    with ThreadPoolExecutor(1) as pool, connect(hub.url, "accounts") as first:
        decisions.decide(first, "waived", batch, None, "Sở xác nhận", load_sources(), "account:first")
        one = open_records(hub, batch)[:1]
        second = pool.submit(settle, hub, "rejected", batch, one)
        waits(hub, second)
        first.commit()
        with pytest.raises(Abort, match=f"not open in batch {batch}, since account:first has decided about it"):
            second.result()
    assert states(hub, batch) == {"waived": 8}


def test_a_load_replaces_no_record_about_which_somebody_decides_at_that_moment(hub: Hub) -> None:
    batch = take(hub, 5, 2)
    with ThreadPoolExecutor(1) as pool, connect(hub.url, "accounts") as first:
        one = open_records(hub, batch)[:1]
        decisions.decide(first, "waived", batch, one, "Sở xác nhận", load_sources(), AUDITOR)
        second = pool.submit(take, hub, 5, 2)
        waits(hub, second)
        first.commit()
        again = second.result()
    assert states(hub, batch) == {"waived": 1, "superseded": 1}
    assert states(hub, again) == {"open": 2}
    assert hub.verify().sound


def test_a_record_that_is_rejected_while_it_is_replayed_is_not_loaded(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = take(hub, 92, 8)
    accept(hub, UNKNOWN_ORGANISATION)
    right = judgement.judge

    def judge(*given: Any) -> Any:
        settle(hub, "rejected", batch, open_records(hub, batch)[:1])
        return right(*given)

    with monkeypatch.context() as patch:
        patch.setattr(judgement, "judge", judge)
        with pytest.raises(Retry, match=f"Records of batch {batch} were rejected while they were replayed"):
            hub.replay(batch)
    assert states(hub, batch) == {"rejected": 1, "open": 7}
    assert hub.one("select count(*) from warehouse.fact_document") == 92
    assert hub.replay(batch).account.loaded == 7
    assert hub.verify().sound


ACTS = st.lists(
    st.tuples(st.sampled_from(["waived", "rejected", "replay", "again", "newer"]), st.integers(0, 7)),
    min_size=1,
    max_size=5,
)


def test_the_account_balances_whatever_ways_out_are_taken(hub: Hub) -> None:
    made = iter(range(1000))
    accept(hub, UNKNOWN_ORGANISATION)

    @settings(max_examples=6)
    @given(ACTS)
    def holds(acts: list[tuple[str, int]]) -> None:
        prefix = f"{next(made)}-"
        strict(hub)
        batch = take(hub, 40, 3, prefix)
        accept(hub, UNKNOWN_ORGANISATION)
        for act, place in acts:
            own = open_records(hub, batch)
            if act in ("waived", "rejected") and own:
                settle(hub, act, batch, [own[place % len(own)]])
            elif act == "replay" and set(states(hub, batch)) - {"rejected", "replayed"}:
                hub.replay(batch)
            elif act == "newer":
                hub.take(*FEED, [document(f"{prefix}B{place % 3}", 2)])
            elif act == "again":
                strict(hub)
                take(hub, 40, 3, prefix)
                accept(hub, UNKNOWN_ORGANISATION)
        unequal = hub.rows(
            "select b.batch_id from ledger.batch as b left join serving.quarantine as q using (batch_id)"
            " group by b.batch_id having b.quarantined <> count(q.state)"
            " or b.quarantined <> count(*) filter (where q.state in"
            " ('open', 'waived', 'rejected', 'superseded', 'replayed'))"
            " or b.status = 'published' and b.fetched <> b.loaded + b.unchanged + b.superseded + b.quarantined"
        )
        assert unequal == []
        assert (
            hub.one(
                "select count(*) from quality.decision as d join quality.quarantine as q using (quarantine_id)"
                " where d.way = 'rejected' and q.replay_batch_id is not null"
            )
            == 0
        ), "what was rejected for good never comes back"
        assert hub.verify().sound

    holds()


def test_the_months_totals_are_the_sums_of_what_rules_said(hub: Hub) -> None:
    take(hub, 40, 1)
    take(hub, 40, 1, "x")
    sums = hub.rows(
        "select rule_id, count(*), count(*) filter (where not passed), sum(evaluated), sum(failed)"
        " from quality.rule_result where executed and passed is not null group by 1 order by 1"
    )
    assert sums == hub.rows("select rule_id, runs, broken, evaluated, failed from quality.month_total order by 1")
    assert len(sums) > 10
