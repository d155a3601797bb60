"""Every act of the pipeline is an entry of the audit trail, in its own transaction."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.errors import HubError, Retry
from tests.pipeline.conftest import NewHub
from tests.pipeline.hub import Hub
from tests.pipeline.mended import REFUSED, strict
from tests.pipeline.versions import document

DOCUMENTS = ("ioffice", "documents")


def entries(hub: Hub, act: str) -> list[dict[str, Any]]:
    return [json.loads(body) for (body,) in hub.rows("select body from ledger.entry where act = %s order by 1", act)]


def test_loads_replays_and_figures_are_told_with_their_accounts_and_seals(hub: Hub) -> None:
    strict(hub)
    refused = hub.take(*DOCUMENTS, [document("R", organid=next(iter(REFUSED))), document("S")])
    strict(hub, frozenset())
    hub.replay(refused.batch_id)
    hub.refresh()
    [load], [replay] = entries(hub, "load"), entries(hub, "replay")
    assert (load["subject"], load["province"]) == ("feed/ioffice/documents", "H37")
    [account] = load["after"]["batches"]
    assert (account["status"], account["fetched"], account["loaded"], account["quarantined"]) == ("published", 2, 1, 1)
    assert account["specification"]
    assert replay["after"]["replayed"] == refused.batch_id
    figures = entries(hub, "figures")
    assert figures
    assert len({entry["subject"] for entry in figures}) == len(figures)
    for entry in [load, replay, *figures]:
        assert (
            hub.one("select encode(sha256, 'hex') from ledger.seal where seal_id = %s", entry["seal"]["id"])
            == (entry["seal"]["sha256"])
        )
    hub.refresh()
    assert len(entries(hub, "figures")) == len(figures), "a refresh that changes nothing is no act"
    assert entries(hub, "setting")[0]["subject"].startswith("settings/hub/")
    assert "a test's own key" not in json.dumps(entries(hub, "setting"))
    assert hub.verify().findings == []


def test_no_hash_of_a_secret_is_told_with_the_settings(new_hub: NewHub) -> None:
    alerts = {"smtp_host": "mail", "smtp_password": "mat khau", "webhook_secret": "1234"}
    hub = new_hub(alerts=alerts, serve={"oidc_client_secret": "1234"})
    hub.take(*DOCUMENTS, [document("S")])
    hub.settings = hub.settings.model_copy(update={"alerts": alerts | {"smtp_password": "another"}})
    hub.take(*DOCUMENTS, [document("S")])
    [told] = entries(hub, "setting")
    secrets = {"alerts", "serve", "client_secret", "client_secrets", "hmac_key"}
    assert secrets.isdisjoint(told["after"])
    assert {"gateway_url", "warehouse_url", "provinces", "retention"} <= set(told["after"])


def test_an_act_whose_entry_cannot_be_written_does_not_happen(hub: Hub) -> None:
    hub.change("alter table ledger.entry add constraint full_disk check (act <> 'load')")
    with pytest.raises((HubError, psycopg.Error)):
        hub.take(*DOCUMENTS, [document("S")])
    assert hub.one("select count(*) from warehouse.fact_document") == 0
    assert hub.batches("status") == [("running",)]


def test_nothing_is_loaded_while_the_trail_is_not_kept_outside(new_hub: NewHub, tmp_path: Path) -> None:
    hub = new_hub(audit_anchors=str(tmp_path / "anchor"), audit_patience=timedelta(microseconds=1))
    with pytest.raises(Retry, match="Nothing is published: the audit trail since"):
        hub.take(*DOCUMENTS, [document("S")])
    assert hub.batches("status") == []
