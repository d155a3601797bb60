"""Landed pages are kept, for ever as long as nobody decides otherwise."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.errors import Abort
from pipeline import retention
from tests.pipeline.hub import Hub
from tests.pipeline.versions import document
from warehouse.database import connect
from warehouse.landing import Landing


def landed(hub: Hub) -> list[str]:
    return [sha256 for (sha256,) in hub.rows("select landed_sha256 from landing.page order by batch_id, page_number")]


def test_every_page_is_kept_after_a_load(hub: Hub) -> None:
    hub.take("ioffice", "documents", [document("1"), document("2"), document("3")])
    landing = Landing(hub.settings.landing_address)
    with connect(hub.url, "loader") as connection:
        assert retention.expired(connection, datetime.now(UTC) + timedelta(days=100_000)) == []
    assert len(landed(hub)) == 2
    assert all(landing.read(sha256) for sha256 in landed(hub))


def test_a_page_that_cannot_be_deleted_leaves_the_batch_published(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(retention, "expired", lambda *_: landed(hub))
    monkeypatch.setattr("fsspec.implementations.local.LocalFileSystem.rm_file", refuse)
    with pytest.raises(Abort, match=r"cannot be deleted: .*Permission denied"):
        hub.take("ioffice", "documents", [document("1")])
    assert hub.rows("select status, loaded from ledger.batch") == [("published", 1)]
    assert hub.rows("select count(*) from warehouse.fact_document") == [(1,)]


def test_a_limit_is_kept_to_by_the_last_time_that_a_page_was_fetched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.take("ioffice", "documents", [document("1")])
    hub.take("ioffice", "documents", [document("2")])
    old, new = landed(hub)
    hub.change("update landing.page set fetched_at = fetched_at - interval '31 days' where landed_sha256 = %s", old)
    monkeypatch.setattr(retention, "KEPT", timedelta(days=30))
    hub.take("ioffice", "documents", [document("3")])
    landing = Landing(hub.settings.landing_address)
    assert landing.read(new)
    with pytest.raises(Abort, match="cannot be read"):
        landing.read(old)
