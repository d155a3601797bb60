"""Every rule about a row, of every feed, is proven to refuse a planted bad row, and nothing but that row."""

import json
import warnings
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from connectors.columns import AHEAD, ROW, UNREAD, typed_table, wire_table
from connectors.decoding import Decoder
from connectors.source_files import load_sources
from connectors.specification import Feed
from expectations import suite
from expectations.rules import Rule, row_rules
from expectations.suite import RuleResult
from hub.periods import VIETNAM
from tests.connectors import specs
from tests.expectations import rows
from warehouse.facts import is_optional, may_be_left_out

FEEDS = {
    f"{source.name}.{name}": feed
    for source in load_sources().values()
    for name, feed in source.feeds.items()
    if rows.has_places_of_its_own(feed)
}
ALL = [(name, rule) for name, feed in FEEDS.items() for rule in row_rules(feed)]


def judge(feed: Feed, planted: list[dict[str, Any]]) -> list[RuleResult]:
    chunk = rows.table(feed, planted)
    return suite.judge("rows", row_rules(feed), chunk.to_pandas().set_index(ROW).rename_axis(None))


def spoil(feed: Feed, rule: Rule) -> tuple[dict[str, Any], set[str]]:
    """A row that breaks the rule, and the rules that it breaks."""
    row = rows.good(feed)
    if rule.rule_id == "types":
        optional = may_be_left_out(feed)
        name = next(name for name, column in feed.kept.items() if column.type != "text" and name not in optional)
        also = {f"{name}:required"} if feed.columns[name].required or feed.columns[name].key else set()
        return row | {name: "@"}, {"types"} | also
    if rule.rule_id == "left_out":
        return row | {min(may_be_left_out(feed)): "@"}, {"left_out"}
    if rule.rule_id == "lengths":
        return row | {next(iter(feed.lengths)): "a" * 20_000}, {"lengths", *_patterns(feed, next(iter(feed.lengths)))}
    if rule.rule_id == "clock":
        name = feed.reported[-1]
        also = {"indicator"} if feed.indicators and name == "last_day" else set()  # no longer a day of its grain
        return row | {name: rows.at(feed.columns[name], datetime.now(VIETNAM) + timedelta(days=40))}, {"clock"} | also
    if rule.rule_id == "indicator":
        return row | {"first_day": rows.at(feed.columns["first_day"], datetime(2021, 5, 5))}, {"indicator"}
    name, kind = rule.rule_id.split(":")
    column = feed.columns[name]
    if kind == "required":
        value: Any = None
    elif kind in ("codes", "pattern"):
        value = "@"
    elif kind == "range":
        value = str(int(column.min) - 1) if column.min is not None else str(2**40)
        return row | {name: value}, {rule.rule_id} | {f"{c}:not_before_{b}" for b, c in _orders(feed) if c == name}
    elif column.type == "integer":
        return row | {name: "1", rule.options["column_B"]: "2"}, {rule.rule_id}
    else:
        value = rows.earlier(column)
        row[rule.options["column_B"]] = rows.at(feed.columns[rule.options["column_B"]], rows.MOMENT)
    return row | {name: value}, {rule.rule_id}


def _patterns(feed: Feed, name: str) -> list[str]:
    return [f"{name}:pattern"] if feed.columns[name].pattern else []


def _orders(feed: Feed) -> list[list[str]]:
    """Pairs of numbers of which the second is never less than the first."""
    return [rule.columns for rule in feed.rules if feed.columns[rule.columns[0]].type == "integer"]


@cache
def judged(name: str) -> dict[str, RuleResult]:
    """The verdict on one spoiled row a rule: the row of rule number n is row n + 2, the first row is good."""
    feed = FEEDS[name]
    spoiled = [spoil(feed, rule)[0] for rule in row_rules(feed)]
    return {result.rule.rule_id: result for result in judge(feed, [rows.good(feed), *spoiled])}


@pytest.mark.parametrize(("name", "rule"), ALL, ids=[f"{name}/{rule.rule_id}" for name, rule in ALL])
def test_a_rule_refuses_the_row_that_breaks_it(name: str, rule: Rule) -> None:
    feed = FEEDS[name]
    rules = row_rules(feed)
    row = rules.index(rule) + 2
    filled = rule.rule_id.endswith(":required") and "" in feed.columns[rule.rule_id.split(":")[0]].codes
    expected = set() if filled else spoil(feed, rule)[1]  # what is empty has a code of its own there
    told = {result.rule.rule_id for result in judged(name).values() if row in result.rows}
    assert told == expected
    own = judged(name)[rule.rule_id]
    assert own.executed
    assert own.evaluated == len(rules) + 1
    assert own.failed == len(own.rows)


@pytest.mark.parametrize("name", FEEDS)
def test_a_good_row_is_refused_by_none(name: str) -> None:
    assert all(1 not in result.rows for result in judged(name).values())
    assert all(result.passed for result in judge(FEEDS[name], [rows.good(FEEDS[name])]))


@pytest.mark.parametrize("name", FEEDS)
def test_an_empty_row_is_refused_and_explained(name: str) -> None:
    told = {result.rule.rule_id for result in judge(FEEDS[name], [{}]) if result.failed}
    kept = FEEDS[name].kept
    may_be_missing = ("area_code", "organisation_code")
    needed = {c for c, said in kept.items() if said.required or (said.key and c not in may_be_missing)}
    assert told == {f"{c}:required" for c in needed if "" not in kept[c].codes}


def test_a_required_code_that_nothing_fills_is_refused() -> None:
    feed = FEEDS["dvc.dossiers"]
    frame = rows.table(feed, [rows.good(feed), rows.good(feed)]).to_pandas().set_index(ROW).rename_axis(None)
    frame.loc[2, "channel_code"] = None
    told = {result.rule.rule_id: result.rows for result in suite.judge("rows", row_rules(feed), frame) if result.failed}
    assert told == {"channel_code:required": [2]}


@pytest.mark.parametrize(
    ("column", "value", "passes"),
    [("level", "1", False), ("level", "2", True), ("level", "4", True), ("level", "5", False)],
)
def test_both_ends_of_a_range_hold(column: str, value: str, passes: bool) -> None:
    feed = FEEDS["dvc.dossiers"]
    failed = {r.rule.rule_id for r in judge(feed, [rows.good(feed) | {column: value}]) if r.failed}
    assert failed == (set() if passes else {"level:range"})


def test_a_number_that_the_fact_cannot_hold_is_refused_before_it_gets_there() -> None:
    feed = FEEDS["gate.vehicles"]
    big = [rows.good(feed) | {"seq": str(seq)} for seq in (2**31 - 1, 2**31, 2**62)]
    told = {result.rule.rule_id: result.rows for result in judge(feed, big) if result.failed}
    assert told == {"seq:range": [2, 3]}


def test_the_same_moment_is_in_order_and_a_missing_one_is_no_disorder() -> None:
    feed = FEEDS["dvc.dossiers"]
    same = rows.good(feed)
    assert all(result.passed for result in judge(feed, [same, same | {"ended_at": ""}, same | {"received_at": None}]))


def test_moments_in_disorder_are_refused_without_a_word_of_pandas() -> None:
    """An engineer reads the task's log, and should find there what concerns the feed."""
    feed = FEEDS["dvc.dossiers"]
    early = rows.good(feed) | {"ended_at": rows.earlier(feed.columns["ended_at"])}
    suite.library()  # it says things of its own while it is imported
    with warnings.catch_warnings(record=True, action="always") as heard:
        assert {r.rule.rule_id for r in judge(feed, [early]) if r.failed} == {"ended_at:not_before_received_at"}
    assert [str(warning.message) for warning in heard] == []


def test_a_code_that_only_looks_like_the_hubs_is_refused() -> None:
    feed = FEEDS["dvc.dossiers"]
    told = {r.rule.rule_id for r in judge(feed, [rows.good(feed) | {"status_code": "processed"}]) if r.failed}
    assert told == {"status_code:codes"}


def test_a_code_of_a_dimension_stays_as_it_is_unless_it_looks_like_the_hubs() -> None:
    feed = FEEDS["dvc.dossiers"]
    given = [rows.good(feed) | {"channel_code": code} for code in ("2", "4", "online")]
    assert rows.table(feed, given)["channel_code"].to_pylist() == ["online", "4", "?online"]
    assert [r.rule.rule_id for r in judge(feed, given) if r.failed] == []


def test_every_rule_says_in_words_what_it_wants() -> None:
    for name, rule in ALL:
        column, kind = (*rule.rule_id.split(":"), "")[:2]
        optional = rule.rule_id == "left_out" or (kind in ("codes", "range") and is_optional(FEEDS[name], column))
        assert rule.severity == ("warn" if optional else "reject")
        for text in (rule.description.vi, rule.description.en):
            assert text, (name, rule.rule_id)
            assert "None" not in text


def test_rules_follow_from_the_specification() -> None:
    feed = specs.feed(
        columns={
            "code_notation": {"wire": "ky_hieu", "pattern": r"^\d+/VB$", "fact": False, "label": "Ký hiệu"},
            "urgency": {"wire": "do_khan", "codes": {"K": "urgent", "": "normal"}, "label": "Độ khẩn"},
        },
        rules=[{"rule": "order", "columns": ["issued_at", "updated_at"], "severity": "block"}],
    )
    assert {rule.rule_id: rule.severity for rule in row_rules(feed)} == {
        "types": "reject",
        "lengths": "reject",
        "clock": "reject",
        "document_code:required": "reject",
        "organisation_code:required": "reject",
        "issued_at:required": "reject",
        "secret:required": "reject",
        "signed:required": "reject",
        "updated_at:required": "reject",
        "code_notation:pattern": "reject",
        "urgency:codes": "warn",
        "updated_at:not_before_issued_at": "block",
    }


def refused(feed: Feed, row: dict[str, Any]) -> set[str]:
    return {result.rule.rule_id for result in judge(feed, [rows.good(feed) | row]) if result.failed}


def fed(**column: Any) -> Feed:
    return specs.feed(columns={"code_notation": {"wire": "ky_hieu", "fact": False, "label": "Ký hiệu", **column}})


@pytest.mark.parametrize("pattern", ["^..$", "..", "^..", "..$", "^a|^..$", r"^\w\w$"])
@pytest.mark.parametrize("value", ["ab\nc", "abc", "xabx", "a"])
def test_a_pattern_is_of_the_whole_text(pattern: str, value: str) -> None:
    feed = fed(pattern=pattern)
    expected = set() if value == "a" and "|" in pattern else {"code_notation:pattern"}
    assert refused(feed, {"code_notation": value}) == expected
    assert refused(feed, {"code_notation": "ab"}) == set()


def test_a_line_end_behind_a_code_makes_no_other_code() -> None:
    feed = FEEDS["dvc.dossiers"]
    codes = [rows.good(feed)["dossier_code"] + end for end in ("", "\n", " ", "\u200b")]
    table = rows.table(feed, [rows.good(feed) | {"dossier_code": code} for code in codes])
    assert len(set(table["dossier_code"].to_pylist())) == 1


@pytest.mark.parametrize(
    ("column", "longest"),
    [
        ({}, 500),
        ({"key": True}, 200),
        ({"max_length": 10}, 10),
        ({"known": "organisation"}, 200),
        ({"max_length": 900}, 900),
    ],
    ids=str,
)
def test_every_text_has_a_greatest_length(column: dict[str, Any], longest: int) -> None:
    feed = fed(**column)
    assert refused(feed, {"code_notation": "ằ" * longest}) == set()
    assert refused(feed, {"code_notation": "ằ" * (longest + 1)}) == {"lengths"}
    assert refused(feed, {"code_notation": "ằ" * 70_000}) == {"lengths"}
    assert refused(feed, {"code_notation": "ằ" * longest + " " * 9}) == set()


NOW = datetime(2023, 6, 15, 17, 0, tzinfo=UTC)  # midnight of 16 June in Vietnam


@pytest.mark.parametrize(
    ("column", "value", "ahead"),
    [
        ({"type": "datetime"}, "2023-06-16T00:09:59", False),
        ({"type": "datetime"}, "2023-06-16T00:10:01", True),
        ({"type": "datetime"}, "2023-06-15T17:10:01Z", True),
        ({"type": "datetime"}, "2126-06-16T08:00:00", True),
        ({"type": "datetime", "future": True}, "2126-06-16T08:00:00", False),
        ({"type": "datetime", "format": "%Y%m%d%H%M%S"}, "20230616001100", True),
        ({"type": "date"}, "2023-06-16", False),
        ({"type": "date"}, "2023-06-17", True),
        ({"type": "date", "future": True}, "2023-06-17", False),
        ({"type": "month", "format": "%Y-%m"}, "2023-06", False),
        ({"type": "month", "format": "%Y-%m"}, "2023-07", True),
        ({"type": "month", "format": "%Y-%m", "future": True}, "2023-07", False),
        ({"type": "datetime"}, None, False),
    ],
    ids=str,
)
def test_what_is_reported_does_not_lie_after_the_time_of_reading(
    column: dict[str, Any], value: str, ahead: bool
) -> None:
    feed = specs.only(value=column)
    decoder = Decoder(feed, "key")
    page = decoder.decode(json.dumps({"du_lieu": [{"ma": "1", "value": value}]}).encode(), {}, look=False)
    table = typed_table(feed, wire_table(decoder, feed, page, 1, 1), NOW)
    assert table[AHEAD].to_pylist() == (["value"] if ahead else [None])


def test_a_version_of_the_future_is_refused() -> None:
    feed = FEEDS["feedback.cases"]
    assert refused(feed, {"updated_at": "2126-06-16T08:00:00"}) == {"clock"}
    assert refused(feed, {"due_at": "2126-06-16T08:00:00"}) == set()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "9" * 5000, "[3]", "{}"])
def test_a_value_without_a_meaning_refuses_its_record_even_where_it_is_optional(value: str) -> None:
    feed = specs.only(value={"type": "integer"}, text={})
    decoder = Decoder(feed, "key")
    body = '{"du_lieu":[{"ma":"1","value":3},{"ma":"2","value":%s},{"ma":"3","text":%s}]}' % (value, value)  # noqa: UP031
    page = decoder.decode(body.encode(), {}, look=True)
    table = typed_table(feed, wire_table(decoder, feed, page, 1, 1))
    assert table[UNREAD].to_pylist() == [None, "value", "text"]
