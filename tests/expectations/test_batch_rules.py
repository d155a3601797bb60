"""Every rule about a whole batch, of every feed, is proven to be broken by the figure that it is about."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from connectors.source_files import load_sources
from connectors.specification import Feed
from expectations import suite
from expectations.rules import Rule, batch_rules
from expectations.verdict import Tally, decide
from tests.connectors import specs
from warehouse.decisions import allowed
from warehouse.ledger import Batch
from warehouse.staging import Staging

FEEDS = {f"{s.name}.{name}": feed for s in load_sources().values() for name, feed in s.feeds.items()}
FEEDS["archive.papers"] = specs.workbook_feed()
LATENESS = 6.0
GOOD: dict[str, float | None] = {
    "rejected": 0,
    "may_be_rejected": 2,
    "may_be_rejected_official": 2,
    "left_out_share": 0.0,
    "left_out_share_official": 0,
    "other_province": 0.0,
    "ended_areas": 0.0,
    "missing_records": 0,
    "cut_off": 0,
    "total_row": 0,
    "shifted": 0,
    "other_period": 0,
    "fetched": 100,
    "kept_share": 1.0,
    "vanished_fields": 0,
    "null_share": 0,
    "unusual_null_share": 0,
    "unknown_share": 0,
    "common_value_share": 0,
    "day_share": 0,
    "values_before": 0,
    "unknown_fields": 0,
    "share_of_usual": 1.0,
    "age_hours": 1.0,
}
BAD: dict[str, list[float]] = {
    "left_out_share": [0.51],
    "left_out_share_official": [1],
    "other_province": [0.11],
    "ended_areas": [0.11],
    "missing_records": [1, -1],
    "cut_off": [1],
    "total_row": [1, 2],
    "shifted": [1],
    "other_period": [1],
    "fetched": [0],
    "kept_share": [0.49],
    "vanished_fields": [1],
    "null_share": [1],
    "unusual_null_share": [1],
    "unknown_share": [1],
    "common_value_share": [1],
    "day_share": [1],
    "values_before": [1],
    "unknown_fields": [1],
    "share_of_usual": [0.19, 5.1],
    "age_hours": [LATENESS + 0.1],
}
COMPARED = {
    *("null_share", "unusual_null_share", "unknown_share", "common_value_share", "day_share"),
}
"""What is compared with the slices before."""
CAPS = {"rejected_share": "may_be_rejected", "rejected_share_official": "may_be_rejected_official"}
BLOCKS = {
    *("rejected_share", "left_out_share", "missing_records", "fetched", "kept_share", "vanished_fields", "shifted"),
    *("other_period", "other_province", "null_share", "total_row"),
}


def rules_of(name: str, feed: Feed) -> list[Rule]:
    source, _, own = name.partition(".")
    batch = Batch(1, 1, source, own, date(2023, 2, 26), date(2023, 2, 28), 1)
    return batch_rules(feed, Staging(batch, feed), LATENESS)


ALL = list(
    {
        f"{rule.rule_id} {rule.severity} {rule.options}": (name, rule)
        for name, feed in FEEDS.items()
        for rule in rules_of(name, feed)
    }.values()
)
"""Each rule once, with a feed that has it: an evaluation takes half a second."""


def judge(rules: list[Rule], **changed: float | None) -> set[str]:
    """The rules that a batch breaks whose figures are good but for those that are given."""
    figures: dict[str, Any] = {rule.rule_id: 0 for rule in rules} | GOOD | changed
    results = suite.judge("batch", rules, pd.DataFrame([figures]).astype(float))
    assert all(result.executed for result in results)
    return {result.rule.rule_id for result in results if result.failed}


def bad(rule: Rule) -> list[float]:
    if rule.rows is not None:
        return [1]
    if rule.rule_id == "kept_share":
        return [rule.options["min_value"] - 0.01]
    return BAD[rule.rule_id]


@pytest.mark.parametrize(("name", "rule"), ALL, ids=[f"{name}/{rule.rule_id}" for name, rule in ALL])
def test_a_rule_is_broken_by_its_own_figure_alone(name: str, rule: Rule) -> None:
    rules = rules_of(name, FEEDS[name])
    if rule.rule_id in ("rejected_share", "rejected_share_official"):
        most = {"may_be_rejected": 3, "may_be_rejected_official": 3, CAPS[rule.rule_id]: 2}
        assert judge(rules, rejected=3, **most) == {rule.rule_id}
    else:
        for figure in bad(rule):
            assert judge(rules, **{rule.rule_id: figure}) == {rule.rule_id}
    blocks = rule.rule_id in BLOCKS
    others = {
        **dict.fromkeys(("keys:unique", "days:apart", "totals:apart"), "reject"),
        "deliverers:apart": "block",
        "rejected_share_official": "provisional",
        "left_out_share_official": "provisional",
        **dict.fromkeys(("cut_off", "ended_areas", "values_before"), "provisional"),
    }
    assert rule.severity == others.get(rule.rule_id, "block" if blocks else "warn")


@pytest.mark.parametrize("name", FEEDS)
def test_a_good_batch_breaks_nothing_nor_does_a_first_one(name: str) -> None:
    rules = rules_of(name, FEEDS[name])
    assert judge(rules) == set()
    unmeasured: dict[str, float | None] = dict.fromkeys(
        ["missing_records", "kept_share", "share_of_usual", "age_hours", *COMPARED, "values_before"]
    )
    assert judge(rules, **unmeasured) == set()


def test_which_rules_a_batch_has_follows_from_the_specification() -> None:
    def named(**changes: Any) -> set[str]:
        return {rule.rule_id for rule in rules_of("archive.papers", specs.feed(**changes))}

    usual = {
        *("keys:unique", "organisation_code:known", "rejected_share", "rejected_share_official", "missing_records"),
        "fetched",
        *("vanished_fields", "unknown_fields", "share_of_usual", "age_hours", "shifted", "left_out_share"),
        "left_out_share_official",
    } | COMPARED
    assert named() == usual
    assert "total_row" in {rule.rule_id for rule in rules_of("archive.papers", specs.workbook_feed())}
    assert "total_row" not in {rule.rule_id for rule in rules_of("archive.papers", specs.workbook_feed().for_part())}
    assert named(allow_empty=True) == usual - {"fetched"}
    assert named(paging={"style": "single", "records": "du_lieu"}) == usual - {"missing_records"} | {"cut_off"}
    assert named(version=None) == usual - {"age_hours"}
    assert named(max_drift=1) == usual - {"null_share"}
    nothing_known = {"organisation_code": {"wire": "don_vi", "required": True, "label": "Đơn vị"}}
    without = {"organisation_code:known", "unknown_share"}
    assert named(columns=nothing_known) == usual - without
    assert named(replace=["issued_at"]) == usual | {"kept_share"}
    assert named(period="issued_at") == usual | {"other_period"}


def test_a_part_of_a_batch_replaces_nothing_may_be_refused_whole_and_is_compared_with_nothing() -> None:
    part = specs.feed(replace=["issued_at"]).for_part()
    rules = rules_of("archive.papers", part)
    assert {rule.rule_id for rule in rules}.isdisjoint(
        {"kept_share", "left_out_share", "left_out_share_official"} | COMPARED
    )
    assert allowed(part.max_rejected, 7) == allowed(part.max_rejected_official, 7) == 7
    assert judge(rules, rejected=7, may_be_rejected=7, may_be_rejected_official=7) == set()


@pytest.mark.parametrize(
    ("count", "most"), [(0, 0), (1, 0), (2, 1), (11, 1), (18, 1), (182, 7), (1000, 28), (10**6, 20_274)]
)
def test_a_share_is_refused_of_few_some_more_and_never_all(count: int, most: int) -> None:
    assert allowed(0.02, count) == most


def passing(rules: list[Rule]) -> list[suite.RuleResult]:
    return [suite.RuleResult(rule, evaluated=1, executed=True) for rule in rules]


def test_the_gate_lets_a_good_batch_pass() -> None:
    rules = rules_of("dvc.services", FEEDS["dvc.services"])
    verdict = decide(rules, passing(rules))
    assert (verdict.passed, verdict.reasons) == (True, [])
    assert verdict.declared_rules == verdict.executed_rules == len(rules)


def test_the_gate_blocks_for_a_blocking_rule_and_for_no_other() -> None:
    rules = rules_of("dvc.services", FEEDS["dvc.services"])
    for rule in rules:
        results = passing(rules)
        broken = results[rules.index(rule)]
        broken.failed, broken.observed = 1, "0.5"
        verdict = decide(rules, results)
        assert verdict.passed == (rule.severity != "block")
        assert bool(verdict.provisional) == (rule.severity == "provisional")
        told = tuple(f"{rule.rule_id}: 0.5 ({said})" for said in (rule.description.vi, rule.description.en))
        assert [(one.vi, one.en) for one in verdict.reasons] == ([] if verdict.passed else [told])


def test_a_rule_without_a_result_blocks() -> None:
    rules = rules_of("dvc.services", FEEDS["dvc.services"])
    verdict = decide(rules, passing(rules)[1:])
    assert not verdict.passed
    name = rules[0].rule_id
    assert [(one.vi, one.en) for one in verdict.reasons] == [
        (f"{name} không chạy được (no result)", f"{name} did not run (no result)")
    ]
    assert (verdict.declared_rules, verdict.executed_rules) == (len(rules), len(rules) - 1)


@pytest.mark.parametrize("severity", ["reject", "block", "provisional", "warn"])
def test_a_rule_that_did_not_run_blocks_whatever_its_severity(severity: str) -> None:
    rules = rules_of("dvc.services", FEEDS["dvc.services"])
    place = next(place for place, rule in enumerate(rules) if rule.severity == severity)
    results = passing(rules)
    results[place] = suite.RuleResult(rules[place], error="RuntimeError")
    verdict = decide(rules, results)
    assert [reason.en for reason in verdict.reasons] == [f"{rules[place].rule_id} did not run (RuntimeError)"]


def test_chunks_add_up_by_batch_and_one_failed_evaluation_is_enough() -> None:
    rules = rules_of("dvc.services", FEEDS["dvc.services"])[:2]
    tally = Tally(rules)
    first, second = rules

    def batch_of(row: int) -> int:
        return 7 if row < 4 else 8

    results = [suite.RuleResult(first, 10, 2, True, rows=[3, 4]), suite.RuleResult(second, 10, 0, True)]
    assert tally.add(results, {7, 8}, batch_of) == [(7, 3, first.rule_id), (8, 4, first.rule_id)]
    failing = [suite.RuleResult(first, 5, 1, True, rows=[12]), suite.RuleResult(second, error="KeyError")]
    tally.add(failing, {8}, batch_of)
    one, other = tally.results(7, 3), tally.results(8, 12)
    assert [(r.evaluated, r.failed, r.executed) for r in one] == [(3, 1, True), (3, 0, True)]
    assert (other[0].evaluated, other[0].failed, other[0].executed) == (12, 2, True)
    assert (other[1].executed, other[1].error) == (False, "KeyError")
