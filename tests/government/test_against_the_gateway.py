"""The hub and the simulated Government understand each other, faults included."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pydantic import SecretStr

from government.sending import send
from tests.connectors.simulated import Simulated, simulated
from tests.government.receiver import Outbox
from tests.postgres import Postgres


@pytest.fixture(scope="module")
def gateway() -> Iterator[Simulated]:
    with simulated() as there:
        yield there


@pytest.fixture
def told(gateway: Simulated) -> Iterator["Told"]:
    yield Told(gateway)


class Told:
    """What the simulated Government took since the test began."""

    def __init__(self, gateway: Simulated) -> None:
        self._gateway = gateway
        self._before = len(self._all())

    def _all(self) -> list[dict[str, Any]]:
        answer = requests.get(f"{self._gateway.url}/__admin/received", timeout=10)
        found: list[dict[str, Any]] = answer.json()["received"]
        return found

    @property
    def items(self) -> list[tuple[str, float, int]]:
        bodies = [message["noi_dung"] for message in self._all()[self._before :]]
        return [(item["ma"], item["gia_tri"], item["phien_ban"]) for body in bodies for item in body["chi_tieu"]]


@pytest.fixture
def outbox(postgres: Postgres, gateway: Simulated, tmp_path: Path) -> Outbox:
    secret = SecretStr(Simulated.client_secret)
    return Outbox(postgres.database(), tmp_path, gateway.url, client_id=Simulated.client_id, client_secret=secret)


def test_a_figure_and_its_revision_are_taken(outbox: Outbox, told: Told) -> None:
    for value in (93.37, 93.4):
        outbox.observe(value, "online_dossier_rate")
        assert send(outbox.installation).refused == []
    assert told.items == [("online_dossier_rate", 93.37, 1), ("online_dossier_rate", 93.4, 2)]


@pytest.mark.parametrize("fault", ["government_503", "government_lost"])
def test_a_message_whose_answer_was_lost_is_taken_once(
    outbox: Outbox, gateway: Simulated, told: Told, fault: str
) -> None:
    kpi = {"government_503": "telecom_revenue", "government_lost": "gate_vehicles"}[fault]
    outbox.observe(7, kpi)
    with gateway.faults(f"{fault}:1"):
        while send(outbox.installation).unanswered:
            pass
        assert gateway.fired()[fault] > 0
    assert told.items == [(kpi, 7, 1)]
    assert outbox.messages("status", "version") == [("accepted", 1)]


def test_a_refusal_is_shown_and_what_comes_after_it_is_taken(outbox: Outbox, gateway: Simulated, told: Told) -> None:
    for fault, said in (("government_409", "Idempotency-Key"), ("government_422", "kỳ báo cáo đang khoá")):
        outbox.observe(len(said), "phone_density")
        with gateway.faults(fault):
            assert said in send(outbox.installation).refused[0].reasons[0]["ly_do"]
    assert told.items == []
    outbox.observe(61, "phone_density")
    send(outbox.installation)
    assert told.items == [("phone_density", 61, 1)]
