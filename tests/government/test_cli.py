"""`ioc government`: what was told, what was refused and why, with exit code 3."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from hub.periods import Period
from ioc.main import app
from tests.connectors.stub import says
from tests.government.receiver import JUNE, Outbox, Receiver

MAY = Period(date(2023, 1, 1), date(2023, 5, 31))
REFUSED = says({"loi": [{"ma": "gate_vehicles", "ly_do": "vượt ngưỡng"}]}, 422)


@pytest.fixture(autouse=True)
def _configured(outbox: Outbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IOC_LANG", "en")
    said = outbox.settings
    monkeypatch.setenv("IOC_WAREHOUSE_URL", outbox.url)
    monkeypatch.setenv("IOC_GATEWAY_URL", said.gateway_url)
    monkeypatch.setenv("IOC_CLIENT_ID", said.client_id)
    monkeypatch.setenv("IOC_CLIENT_SECRET", said.client_secret.get_secret_value())
    monkeypatch.setenv("IOC_HMAC_KEY", said.hmac_key.get_secret_value())


def ioc(*words: str) -> Result:
    return CliRunner().invoke(app, ["government", *words])


def rows(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(ioc(*words, "--json").stdout)
    return found


def test_what_was_accepted_is_shown_with_its_receipt(outbox: Outbox) -> None:
    outbox.observe(5)
    assert rows("send") == [
        {
            "kpi": "gate_vehicles",
            "period": "2023-06",
            "version": 1,
            "value": 5,
            "state": "accepted",
            "receipt": "BN-1",
            "refusal": None,
        }
    ]
    [row] = rows("status")
    assert (row["kpi"], row["period"], row["version"], row["state"]) == ("gate_vehicles", "2023-06", 1, "accepted")
    assert (row["value"], row["receipt"], row["attempts"]) == (5, "BN-1", 1)


def test_a_refusal_is_shown_in_words_and_ends_with_3(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [REFUSED]
    assert ioc("send").exit_code == 3
    status = ioc("status")
    assert status.exit_code == 3
    assert "gate_vehicles: vượt ngưỡng" in status.stdout
    assert "refused" in status.stdout
    assert ioc("send").exit_code == 0, "it is not sent again"
    assert ioc("status").exit_code == 3, "it still is refused"


def test_without_an_answer_the_command_fails_and_the_status_says_why(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [says({}, 503)] * 6
    sent = ioc("send")
    assert sent.exit_code == 1
    assert "503" in sent.stderr
    [row] = rows("status")
    assert row["state"] == "sending"
    assert "503" in row["last_error"]


def test_the_status_tells_what_waits_what_will_go_and_what_has_no_figure(outbox: Outbox) -> None:
    outbox.observe(5)
    outbox.observe(6, "telecom_revenue", queued=False)
    outbox.observe(61, "phone_density")
    outbox.observe(None, "phone_density")
    outbox.observe(7, "digital_certificates")
    assert [(row["kpi"], row["state"], row["value"]) for row in rows("status")] == [
        ("gate_vehicles", "waiting", 5),
        ("phone_density", "missing", None),
        ("telecom_revenue", "unsent", 6),
    ]


def test_the_status_promises_only_what_sending_sends(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    outbox.observe(8, "telecom_revenue")
    assert ioc("send").exit_code == 0
    outbox.observe(5.001)
    outbox.observe(8, "telecom_revenue", status="official")
    outbox.observe(61, "phone_density", data_as_of=date(2023, 5, 20))
    outbox.observe(61, "phone_density", data_as_of=date(2023, 5, 20), period=MAY, queued=False)
    promised = {(row["kpi"], row["period"]): row["state"] for row in rows("status")}
    assert promised == {
        ("phone_density", "2023-05"): "unsent",
        ("gate_vehicles", "2023-06"): "unchanged",
        ("phone_density", "2023-06"): "early",
        ("telecom_revenue", "2023-06"): "waiting",
    }
    before = len(receiver.told)
    assert ioc("send").exit_code == 0
    sent = {(told["ma"], told["den"][:7]) for told in receiver.told[before:]}
    assert sent == {place for place, state in promised.items() if state in ("waiting", "unsent")}


def test_a_newer_revision_that_waits_is_what_the_status_shows(outbox: Outbox) -> None:
    outbox.observe(5)
    ioc("send")
    outbox.observe(6, period=JUNE)
    assert [(row["state"], row["value"], row["version"]) for row in rows("status")] == [("waiting", 6, None)]


def test_a_wrong_indicator_in_the_settings_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_GOVERNMENT_KPIS", "gate_vehicles, gate_vehicle")
    for command in ("send", "status"):
        answer = ioc(command)
        assert answer.exit_code == 2
        assert "'gate_vehicle'" in answer.stderr
