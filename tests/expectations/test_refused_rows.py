"""Rules that need the database find their rows: codes that no dimension knows, and versions that contradict."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from connectors.decoding import Decoder
from connectors.slices import Slice
from connectors.source_files import load_sources
from connectors.specification import Feed
from hub.errors import Blocked, Reject
from tests.connectors.simulated import FIRST, LAST
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


@dataclass
class Found:
    """What a load told of some planted rows."""

    refused: dict[str, list[int]] = field(default_factory=dict)
    """Rows by the rule that refused them, whatever became of the batch."""
    unlisted: dict[str, int] = field(default_factory=dict)
    """Records with codes that are not listed, by rule."""


def find(hub: Hub, name: str, *planted: list[dict[str, Any]]) -> list[Found]:
    """Loads each list of rows as a slice of its own, all in one load."""
    feed = FEEDS[name]
    decoder = Decoder(feed, "key")
    source, _, own = name.partition(".")
    slices = {
        Slice(FIRST - timedelta(days=place), LAST): [decoder.reread(rows.landed(feed, row)) for row in of_slice]
        for place, of_slice in enumerate(planted)
    }
    try:
        hub.take_slices(source, own, slices)
    except (Blocked, Reject) as error:
        assert re.search("kept_share|other_period", str(error)), "few rows beside an earlier test's; the days of a year"
    newest = (
        "(select max(batch_id) as batch_id, first_day from ledger.batch where run_id ="
        " (select run_id from ledger.batch order by batch_id desc limit 1) group by first_day) b"
    )
    found = [Found() for _ in planted]
    for first, row, rules in hub.rows(
        f"select first_day, row_number, rules from quality.quarantine join {newest} using (batch_id) order by 1, 2"
    ):
        for rule in rules:
            found[(FIRST - first).days].refused.setdefault(rule, []).append(row)
    for first, rule, failed in hub.rows(
        f"select first_day, rule_id, failed from quality.rule_result join {newest} using (batch_id)"
        " where rule_id like '%%:known' and not passed"
    ):
        found[(FIRST - first).days].unlisted[rule] = failed
    return found


def unlisted_rows(feed: Feed, columns: Sequence[str]) -> list[dict[str, Any]]:
    """A record for each of the columns that has an unknown code there, between two good ones."""
    bad = [rows.good(feed, f"{n}") | {column: "99999"} for n, column in enumerate(columns, 2)]
    return [rows.good(feed, "1"), *bad, rows.good(feed, "99")]


def contradiction(feed: Feed) -> list[dict[str, Any]]:
    """A record twice, and one of the same key and version that says something else."""
    same = rows.good(feed, "1")
    others = [name for name, column in feed.kept.items() if not column.key and name != feed.version]
    free = min(others, key=lambda name: (feed.columns[name].known is not None, len(feed.columns[name].codes) == 1))
    return [same, same, same | {free: rows.another(feed.columns[free])}]


def required_column(feed: Feed) -> str | None:
    """A column whose absence refuses a record, apart from keys and the version."""
    for name, column in feed.kept.items():
        if column.required and not column.key and name != feed.version:
            return name if column.codes.get("") is None else None
    return None


@pytest.mark.parametrize("name", FEEDS)
def test_of_each_feed_unlisted_codes_are_told_and_contradictions_refused(hub: Hub, name: str) -> None:
    feed, same = FEEDS[name], rows.good(FEEDS[name], "1")
    columns = KNOWN.get(name, [])
    required = required_column(feed)
    bad_by_itself = [same, same | {required: None}] if required else [same]
    codes = unlisted_rows(feed, columns) if columns else [same]
    unlisted, repeated, bad = find(hub, name, codes, [same, same, same], bad_by_itself)
    [contradicting] = find(hub, name, contradiction(feed))
    assert unlisted == Found(unlisted={f"{column}:known": 1 for column in columns}), "these refuse nothing"
    assert contradicting.refused == {"keys:unique": [2, 3]}, "what came again counts once"
    assert repeated.refused == {}
    assert bad.refused == ({f"{required}:required": [2]} if required else {}), "it contradicts no good one"


def test_two_versions_of_one_record_do_not_contradict(hub: Hub) -> None:
    first = rows.good(FEEDS["gate.vehicles"], "1") | {"seq": "1", "status_code": "KHAI_BAO"}
    assert find(hub, "gate.vehicles", [first, first | {"seq": "2", "status_code": "DA_XU_LY"}]) == [Found()]


def test_an_area_is_known_only_on_its_days(hub: Hub) -> None:
    feed = FEEDS["dvc.dossiers"]
    old = rows.good(feed, "1")  # a commune of before July 2025
    later = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "20260301103000")
    assert find(hub, "dvc.dossiers", [old, rows.good(feed, "2") | later]) == [Found(unlisted={"area_code:known": 1})]


def test_no_area_means_the_province_on_whatever_day(hub: Hub) -> None:
    feed = FEEDS["dvc.dossiers"]
    nowhere = rows.good(feed, "1") | {"area_code": None}
    ancient = dict.fromkeys(("filed_at", "received_at", "ended_at", "updated_at"), "19010301103000")
    assert find(hub, "dvc.dossiers", [nowhere, rows.good(feed, "2") | {"area_code": None} | ancient]) == [Found()]
