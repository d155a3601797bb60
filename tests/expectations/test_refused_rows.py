"""Rules that need the database find their rows: codes that no dimension knows, and versions that contradict."""

import re
from typing import Any

import pytest

from connectors.decoding import Decoder
from connectors.source_files import load_sources
from hub.errors import Reject
from tests.expectations import rows
from tests.pipeline.hub import Hub

FEEDS = {f"{s.name}.{name}": feed for s in load_sources().values() for name, feed in s.feeds.items()}
KNOWN = {
    name: columns
    for name, feed in FEEDS.items()
    if (columns := [column for column, said in feed.kept.items() if said.known])
}
"""The columns of each feed whose codes reference data list."""


@pytest.fixture(scope="module")
def hub(warehouse_url: str, tmp_path_factory: pytest.TempPathFactory) -> Hub:
    return Hub(warehouse_url, tmp_path_factory.mktemp("hub"), "http://127.0.0.1:9")


def refused(hub: Hub, name: str, planted: list[dict[str, Any]]) -> dict[str, list[int]]:
    """Rows by the rule that refused them, whatever became of the batch."""
    feed = FEEDS[name]
    decoder = Decoder(feed, "key")
    source, _, own = name.partition(".")
    try:
        hub.take_pages(source, own, [decoder.reread(rows.landed(feed, row)) for row in planted])
    except Reject as error:
        assert re.search("kept_share|other_period", str(error)), "few rows beside an earlier test's; the days of a year"
    by_rule: dict[str, list[int]] = {}
    for row, rules in hub.rows(
        "select row_number, rules from quality.quarantine where batch_id = (select max(batch_id) from ledger.batch)"
        " order by row_number"
    ):
        for rule in rules:
            by_rule.setdefault(rule, []).append(row)
    return by_rule


def unlisted(hub: Hub) -> dict[str, int]:
    """Records of the newest batch with codes that are not listed, by rule."""
    return dict(
        hub.rows(
            "select rule_id, failed from quality.rule_result where rule_id like '%%:known' and not passed"
            " and batch_id = (select max(batch_id) from ledger.batch)"
        )
    )


@pytest.mark.parametrize("name", KNOWN)
def test_codes_that_are_not_listed_are_told_and_refuse_nothing(hub: Hub, name: str) -> None:
    feed = FEEDS[name]
    bad = [rows.good(feed, f"{n}") | {column: "99999"} for n, column in enumerate(KNOWN[name], 2)]
    assert refused(hub, name, [rows.good(feed, "1"), *bad, rows.good(feed, "99")]) == {}
    assert unlisted(hub) == {f"{column}:known": 1 for column in KNOWN[name]}


@pytest.mark.parametrize("name", FEEDS)
def test_versions_that_contradict_are_all_refused(hub: Hub, name: str) -> None:
    feed = FEEDS[name]
    same = rows.good(feed, "1")
    others = [name for name, column in feed.kept.items() if not column.key and name != feed.version]
    free = min(others, key=lambda name: (feed.columns[name].known is not None, len(feed.columns[name].codes) == 1))
    other = same | {free: rows.another(feed.columns[free])}
    assert refused(hub, name, [same, same, other]) == {"keys:unique": [2, 3]}, "what came again counts once"
    assert refused(hub, name, [same, same, same]) == {}


@pytest.mark.parametrize("name", FEEDS)
def test_a_record_that_is_bad_by_itself_contradicts_no_good_one(hub: Hub, name: str) -> None:
    feed = FEEDS[name]
    same = rows.good(feed, "1")
    free = next(
        (c for c in feed.kept if feed.columns[c].required and not feed.columns[c].key and c != feed.version), None
    )
    if free is None or feed.columns[free].codes.get("") is not None:
        pytest.skip("no column whose absence refuses a record")
    assert refused(hub, name, [same, same | {free: None}]) == {f"{free}:required": [2]}


def test_two_versions_of_one_record_do_not_contradict(hub: Hub) -> None:
    first = rows.good(FEEDS["gate.vehicles"], "1") | {"seq": "1", "status_code": "KHAI_BAO"}
    assert refused(hub, "gate.vehicles", [first, first | {"seq": "2", "status_code": "DA_XU_LY"}]) == {}


def test_an_area_is_known_only_on_its_days(hub: Hub) -> None:
    feed = FEEDS["dvc.dossiers"]
    old = rows.good(feed, "1")  # a commune of before July 2025
    later = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "20260301103000")
    assert refused(hub, "dvc.dossiers", [old, rows.good(feed, "2") | later]) == {}
    assert unlisted(hub) == {"area_code:known": 1}


def test_no_area_means_the_province_on_whatever_day(hub: Hub) -> None:
    feed = FEEDS["dvc.dossiers"]
    nowhere = rows.good(feed, "1") | {"area_code": None}
    ancient = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "19010301103000")
    assert refused(hub, "dvc.dossiers", [nowhere, rows.good(feed, "2") | {"area_code": None} | ancient]) == {}
    assert unlisted(hub) == {}
