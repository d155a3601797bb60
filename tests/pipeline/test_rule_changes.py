"""What a changed rule or code map would do to records of before, which only a replay or a new load does."""

from typing import Any

import pytest

from connectors.source_files import SOURCES
from pipeline.rule_changes import Keys, RuleEffects, effects
from tests.pipeline.hub import Hub
from tests.pipeline.mended import accept, strict
from tests.pipeline.versions import UNKNOWN_ORGANISATION, document
from warehouse import decisions
from warehouse.database import connect

FEED = ("ioffice", "documents")
COLUMNS = "feeds.documents.columns"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    return strict(hub)


def changed(hub: Hub, **keys: tuple[str | None, str | None]) -> RuleEffects:
    """The effects of changes of the documents' columns; the specification itself is the hub's."""
    of_feed: Keys = {f"{COLUMNS}.{key.replace('__', '.')}": values for key, values in keys.items()}
    with connect(hub.url, "loader") as connection:
        found = effects(connection, hub.installation, {"ioffice": of_feed})
        connection.rollback()
    return found


def test_of_refused_records_those_are_counted_that_a_replay_would_accept(hub: Hub) -> None:
    stranger: dict[str, Any] = {"organid": UNKNOWN_ORGANISATION}
    bad_day: dict[str, Any] = {"promulgationdate": "2023-02-31T08:00:00"}
    given = [document("A"), document("B", **stranger), document("C", **stranger), document("D", **bad_day)]
    batch = hub.take(*FEED, given).batch_id
    [before] = changed(hub, organisation_code__pattern=("a", "b")).replayable
    assert (before.batch_id, before.refused, before.accepted) == (batch, 3, 0)
    accept(hub, UNKNOWN_ORGANISATION)
    [after] = changed(hub, organisation_code__pattern=("a", "b")).replayable
    assert (after.refused, after.accepted) == (3, 2)
    assert hub.replay(batch).account.loaded == after.accepted


def test_a_batch_without_a_record_that_may_be_replayed_is_not_named(hub: Hub) -> None:
    batch = hub.take(*FEED, [document("A"), document("B", organid=UNKNOWN_ORGANISATION)]).batch_id
    with connect(hub.url, "accounts") as connection:
        decisions.decide(connection, "rejected", batch, None, "bản ghi thử", {})
    assert changed(hub, organisation_code__pattern=("a", "b")).replayable == []


def test_of_the_facts_those_are_counted_that_a_rule_would_refuse(hub: Hub) -> None:
    hub.take(*FEED, [document("A"), document("B", urgency="khan"), document("C", urgency="khan")])
    assert changed(hub, urgency__label=("a", "b")).unfit == []
    assert hub.settings.sources
    text = (SOURCES / "ioffice.toml").read_text("utf-8")
    folder = hub.settings.state / "sources" / "urgent"
    folder.mkdir(parents=True)
    text = text.replace('urgency = { wire = "urgency",', 'urgency = { wire = "urgency", required = true,')
    (folder / "ioffice.toml").write_text(text, "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder})
    [unfit] = changed(hub, urgency__required=(None, "True")).unfit
    assert (unfit.rule, unfit.facts) == ("urgency:required", 1)


def test_of_a_code_with_another_meaning_the_facts_are_counted_that_hold_the_old_one(hub: Hub) -> None:
    hub.take(*FEED, [document("A", urgency="khan"), document("B", urgency="khan"), document("C")])
    found = changed(hub, urgency__codes__1=("khan", "hoa_toc"), urgency__codes__2=(None, "khan")).remapped
    assert [(one.code, one.before, one.after, one.facts) for one in found] == [
        ("1", "khan", "hoa_toc", 2),
        ("2", None, "khan", 0),
    ]


def test_other_feeds_of_the_source_are_not_looked_at(hub: Hub) -> None:
    hub.take(*FEED, [document("A", organid=UNKNOWN_ORGANISATION)])
    with connect(hub.url, "loader") as connection:
        keys: Keys = {"feeds.work_files.columns.tier.label": ("a", "b")}
        assert effects(connection, hub.installation, {"ioffice": keys}) == RuleEffects([], [], [])
