"""A receiver that lost what it was told is told it again as it was; one that did not loses nothing."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from government.sending import resend, send
from hub.periods import Period
from ioc.main import app
from tests.connectors.stub import says
from tests.government.receiver import JUNE, Outbox, Receiver

MAY = Period(date(2023, 1, 1), date(2023, 5, 31))
ALL = (date(2023, 1, 1), date(2023, 12, 31))


@pytest.fixture
def told(outbox: Outbox, receiver: Receiver) -> Outbox:
    """Two versions of June and one of May, accepted."""
    outbox.observe(5)
    send(outbox.installation)
    outbox.observe(6)
    outbox.observe(4, period=MAY)
    send(outbox.installation)
    receiver.calls.clear()
    return outbox


def forget(receiver: Receiver) -> None:
    receiver.kept.clear()
    receiver.versions.clear()


def said(receiver: Receiver) -> list[tuple[str, int, int]]:
    return [(one["den"], one["phien_ban"], one["gia_tri"]) for one in receiver.told]


def test_a_receiver_that_lost_everything_has_it_all_again_in_order(told: Outbox, receiver: Receiver) -> None:
    before = {key: body for key, (body, _) in receiver.kept.items()}
    forget(receiver)
    resend(told.installation, *ALL)
    assert said(receiver) == [("2023-05-31", 1, 4), ("2023-06-30", 1, 5), ("2023-06-30", 2, 6)]
    assert {key: body for key, (body, _) in receiver.kept.items()} == before
    assert sorted(told.messages("receipt")) == sorted((receipt,) for _, receipt in receiver.kept.values())


def test_a_receiver_that_lost_nothing_is_left_as_it_was(told: Outbox, receiver: Receiver) -> None:
    kept, messages = dict(receiver.kept), told.messages("status", "version", "receipt")
    resend(told.installation, *ALL)
    assert (receiver.kept, told.messages("status", "version", "receipt")) == (kept, messages)


def test_only_periods_that_end_in_the_asked_days_are_told_again(told: Outbox, receiver: Receiver) -> None:
    forget(receiver)
    resend(told.installation, date(2023, 5, 1), date(2023, 5, 31))
    assert said(receiver) == [("2023-05-31", 1, 4)]


def test_what_has_no_receipt_is_not_told_again(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [says({"loi": [{"ma": "gate_vehicles", "ly_do": "vượt ngưỡng"}]}, 422)]
    send(outbox.installation)
    outbox.observe(6, period=MAY)
    assert resend(outbox.installation, *ALL).answered == []


def test_a_refusal_is_told_and_leaves_the_old_receipt(told: Outbox, receiver: Receiver) -> None:
    receiver.kept.clear()
    sending = resend(told.installation, *ALL)
    assert len(sending.refused) == 3
    assert [status for (status,) in told.messages("status")] == ["accepted"] * 3


def test_without_an_answer_later_versions_wait_and_the_next_resending_goes_on(told: Outbox, receiver: Receiver) -> None:
    forget(receiver)
    receiver.first = [says({"ma_nhan": "BN-9"}, 202), *[says({}, 503)] * 6]
    assert len(resend(told.installation, *ALL).unanswered) == 1
    assert said(receiver) == []
    resend(told.installation, JUNE.first, JUNE.last)
    assert ("2023-06-30", 2, 6) in said(receiver)


def ioc(*words: str) -> Result:
    return CliRunner().invoke(app, ["government", "resend", "--from", "2023-01-01", "--to", "2023-06-30", *words])


@pytest.mark.usefixtures("told")
def test_the_command_lists_first_and_sends_then(
    outbox: Outbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings: dict[str, Any] = {name: getattr(outbox.settings, name) for name in ("gateway_url", "client_id")}
    secrets = {name: getattr(outbox.settings, name).get_secret_value() for name in ("client_secret", "hmac_key")}
    for name, value in (settings | secrets | {"warehouse_url": outbox.url}).items():
        monkeypatch.setenv(f"IOC_{name.upper()}", value)
    forget(receiver)
    listed = ioc("--dry-run", "--json")
    assert [(row["period"], row["version"]) for row in json.loads(listed.stdout)] == [
        ("2023-05", 1),
        ("2023-06", 1),
        ("2023-06", 2),
    ]
    assert receiver.calls == []
    sent = ioc("--json")
    assert (sent.exit_code, len(json.loads(sent.stdout))) == (0, 3)
    assert len(receiver.kept) == 3
