"""What sources delivered is kept for ever, or as long as the settings say for each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from hub.errors import Abort
from hub.settings import RetentionTimes
from pipeline import erasure, retention
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from warehouse.database import connect
from warehouse.landing import Landing
from warehouse.quarantine_expiry import make_function

DOCUMENTS = ("ioffice", "documents")


def keep(hub: Hub, **sources: dict[str, int]) -> None:
    times = {source: RetentionTimes(**days) for source, days in sources.items()}
    hub.settings = hub.settings.model_copy(update={"retention": times})
    with connect(hub.url, "owner") as connection:
        make_function(connection, hub.settings)


def landed(hub: Hub) -> list[str]:
    return [sha256 for (sha256,) in hub.rows("select landed_sha256 from landing.page order by batch_id, page_number")]


def age(hub: Hub, days: int) -> None:
    """Makes all that was landed and refused so much older."""
    ago = f"- interval '{days} days'"
    hub.change(f"update landing.page set fetched_at = fetched_at {ago}")
    hub.change(f"update quality.quarantine set quarantined_at = quarantined_at {ago} where emptied_at is null")


def test_every_page_is_kept_where_nothing_else_is_said(hub: Hub) -> None:
    hub.take(*DOCUMENTS, [document("1"), document("2"), document("3")])
    landing = Landing(hub.settings.landing_address)
    with connect(hub.url, "loader") as connection:
        assert retention.expired(connection, hub.settings, datetime.now(UTC) + timedelta(days=100_000)) == []
    assert len(landed(hub)) == 2
    assert all(landing.read(sha256) for sha256 in landed(hub))


def test_a_page_that_cannot_be_deleted_leaves_the_batch_published(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    keep(hub, default={"landing_days": 30})
    monkeypatch.setattr(retention, "expired", lambda *_: landed(hub))
    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm_file", refuse)
    with pytest.raises(Abort, match=r"cannot be deleted: .*Permission denied"):
        hub.take(*DOCUMENTS, [document("1")])
    assert hub.rows("select status, loaded from ledger.batch") == [("published", 1)]
    assert hub.rows("select count(*) from warehouse.fact_document") == [(1,)]


@pytest.mark.parametrize(
    ("days", "is_kept"),
    [
        ({"default": {"landing_days": 30}}, False),
        ({"ioffice": {"landing_days": 30}}, False),
        ({"ioffice": {"landing_days": 32}, "default": {"landing_days": 1}}, True),
        ({"ioffice": {"quarantine_days": 1}, "default": {"landing_days": 1}}, True),
        ({"dvc": {"landing_days": 30}}, True),
    ],
)
def test_a_page_is_kept_as_long_as_its_source_says(hub: Hub, days: Any, is_kept: bool) -> None:
    keep(hub, **days)
    hub.take(*DOCUMENTS, [document("1")])
    [old] = landed(hub)
    age(hub, 31)
    hub.take(*DOCUMENTS, [document("2")])
    landing = Landing(hub.settings.landing_address)
    assert landing.has(old) == is_kept
    assert landing.read(landed(hub)[1])
    entries = hub.rows("select (body::jsonb) -> 'after' -> 'pages' from ledger.entry where act = 'retention'")
    assert entries == ([] if is_kept else [(1,)])


def test_a_page_that_came_again_is_kept_from_then_on(hub: Hub) -> None:
    keep(hub, default={"landing_days": 30})
    hub.take(*DOCUMENTS, [document("1")])
    age(hub, 31)
    hub.take(*DOCUMENTS, [document("1")])
    [page, again] = landed(hub)
    assert page == again
    assert Landing(hub.settings.landing_address).has(page)


def test_a_page_whose_file_is_that_of_another_page_leaves_the_file_to_that_one(hub: Hub) -> None:
    keep(hub, default={"landing_days": 30})
    hub.take(*DOCUMENTS, [document("1")])
    erasure.erase(hub.installation, "1", "Yêu cầu")
    age(hub, 31)
    hub.take(*DOCUMENTS, [document("1")])  # lands as the page that was written again without the code
    old, page = landed(hub)
    assert hub.rows("select landed_sha256, replacement_sha256 from landing.replaced_page") == [(old, page)]
    assert Landing(hub.settings.landing_address).has(page)
    assert hub.one("select count(*) from landing.removed_page") == 1
    content = Landing(hub.settings.landing_address).read(page)
    Landing(hub.settings.landing_address).delete(page)
    assert "page" in {one.kind for one in hub.verify().findings}, "one of both may be gone, and not the other"
    Landing(hub.settings.landing_address).write(content)
    assert "page" not in {one.kind for one in hub.verify().findings}
    age(hub, 31)
    hub.take(*DOCUMENTS, [document("2")])
    assert not Landing(hub.settings.landing_address).has(page)


def test_a_refused_record_loses_its_content_after_its_time_and_keeps_its_rules(hub: Hub) -> None:
    keep(hub, ioffice={"quarantine_days": 30})
    refused = hub.take(*DOCUMENTS, [document("R", promulgationdate="2023-02-31T08:00:00"), document("1")])
    age(hub, 31)
    hub.take(*DOCUMENTS, [document("Q", promulgationdate="2023-02-31T08:00:00"), document("2")])
    kept = hub.rows("select record_key, record, fact_row, emptied_at is null from quality.quarantine order by 1")
    assert [(key, is_whole) for key, *_, is_whole in kept] == [("Q", True), (None, False)]
    assert kept[1][1:3] == (None, None)
    assert hub.one("select count(*) from quality.quarantine where rules <> '[]'") == 2
    with pytest.raises(Abort, match="no quarantined record"):
        hub.replay(refused.batch_id)
    shown = hub.rows("select document_code from serving.refused_documents")
    assert shown == [("Q",)], "a row without content is none that figures lack"


def test_what_was_removed_after_its_time_is_no_finding(hub: Hub) -> None:
    keep(hub, default={"landing_days": 1, "quarantine_days": 1})
    hub.take(*DOCUMENTS, [document("R", promulgationdate="2023-02-31T08:00:00"), document("1")])
    hub.change("update quality.quarantine set quarantined_at = quarantined_at - interval '2 days'")

    later = datetime.now(UTC) + timedelta(days=2)
    with connect(hub.url, "loader") as connection:
        retention.sweep(connection, Landing(hub.settings.landing_address), hub.settings, later)
    found = hub.verify()
    assert (found.findings, found.removed_pages) == ([], 1)
    assert hub.one("select count(*) from quality.quarantine where emptied_at is not null") == 1


@pytest.mark.parametrize("days", [0, -1, "ever"])
def test_a_time_is_a_number_of_days(days: Any) -> None:
    with pytest.raises(ValidationError):
        RetentionTimes(landing_days=days)
