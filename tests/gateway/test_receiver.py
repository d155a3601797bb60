"""The Government's IOC: each message once, all of it or nothing, versions without a gap."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests

Faulty = Callable[..., AbstractContextManager[Any]]
PATH = "/iocqg/v1/chi-tieu"
KEYS = [f"6c1f7a52-0d5c-4f61-9d0e-2b7e3f1c9a{number:02}" for number in range(20)]


@pytest.fixture
def government(faulty: Faulty) -> Iterator[Any]:
    with faulty(world="bench", dossiers=10) as client:
        yield client


def indicator(**changed: Any) -> dict[str, Any]:
    right = {
        "ma": "online_dossier_rate",
        "gia_tri": 93.37,
        "don_vi": "%",
        "tu": "2023-01-01",
        "den": "2023-06-30",
        "trang_thai": "so_bo",
        "phien_ban": 1,
    }
    return right | changed


def message(*indicators: dict[str, Any], **changed: Any) -> dict[str, Any]:
    body = {"tinh": "20", "ky": "2023-06", "lap_luc": "2023-07-01T06:00:00+07:00"}
    return body | {"chi_tieu": list(indicators or [indicator()])} | changed


def send(client: Any, key: str, body: Any) -> requests.Response:
    answer: requests.Response = client.session.post(
        client.base + PATH, json=body, headers={"Idempotency-Key": key}, timeout=10
    )
    return answer


def received(client: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.admin("received")["received"]
    return rows


def test_a_message_is_taken_with_a_receipt(government: Any) -> None:
    answer = send(government, KEYS[0], message())
    assert answer.status_code == 202
    assert received(government) == [
        {
            "ma_nhan": answer.json()["ma_nhan"],
            "khoa": KEYS[0],
            "nhan_luc": "2023-07-01T06:00:00+07:00",
            "noi_dung": message(),
        }
    ]


def test_the_same_message_again_has_the_same_receipt_and_counts_once(government: Any) -> None:
    first = send(government, KEYS[0], message())
    other_order = dict(reversed(message().items()))
    again = send(government, KEYS[0].upper(), other_order)
    assert (again.status_code, again.json()) == (202, first.json())
    assert len(received(government)) == 1


def test_a_key_holds_for_one_body_only(government: Any) -> None:
    send(government, KEYS[0], message())
    answer = send(government, KEYS[0], message(indicator(gia_tri=93.38)))
    assert (answer.status_code, bool(answer.json()["loi"])) == (409, True)
    assert received(government)[0]["noi_dung"]["chi_tieu"][0]["gia_tri"] == 93.37


def test_versions_count_up_by_indicator_and_period(government: Any) -> None:
    sent = [
        (indicator(), {}, 202),
        (indicator(phien_ban=3), {}, 422),
        (indicator(phien_ban=1), {}, 422),
        (indicator(phien_ban=2, gia_tri=93.4), {}, 202),
        (indicator(phien_ban=1), {"ky": "2023-05"}, 202),
        (indicator(ma="gate_vehicles", phien_ban=1), {}, 202),
    ]
    for key, (item, changed, status) in zip(KEYS, sent, strict=False):
        assert send(government, key, message(item, **changed)).status_code == status
    assert len(received(government)) == 4


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ma": "happiness"}, "happiness"),
        ({"gia_tri": None}, "online_dossier_rate"),
        ({"gia_tri": "93.37"}, "online_dossier_rate"),
        ({"gia_tri": True}, "online_dossier_rate"),
        ({"don_vi": ""}, "online_dossier_rate"),
        ({"tu": "2023-02-30"}, "online_dossier_rate"),
        ({"tu": "2023-07-01"}, "online_dossier_rate"),
        ({"trang_thai": "official"}, "online_dossier_rate"),
        ({"phien_ban": 2}, "online_dossier_rate"),
        ({"phien_ban": None}, "online_dossier_rate"),
    ],
)
def test_a_wrong_indicator_is_named_and_nothing_is_taken(government: Any, wrong: dict[str, Any], named: str) -> None:
    body = message(indicator(ma="gate_vehicles", gia_tri=105051), indicator(**wrong))
    answer = send(government, KEYS[0], body)
    assert answer.status_code == 422
    assert [(line["ma"], bool(line["ly_do"])) for line in answer.json()["loi"]] == [(named, True)]
    assert received(government) == []
    assert send(government, KEYS[0], message()).status_code == 202  # a refused message uses up no key


@pytest.mark.parametrize(
    "wrong", [{"tinh": "84"}, {"ky": "2023-13"}, {"lap_luc": "2023-07-01T06:00:00"}, {"chi_tieu": []}, {"tinh": None}]
)
def test_a_wrong_envelope_is_refused(government: Any, wrong: dict[str, Any]) -> None:
    answer = send(government, KEYS[0], message(**wrong))
    assert (answer.status_code, [line["ma"] for line in answer.json()["loi"]]) == (422, [""])


def test_an_indicator_comes_once_in_a_message(government: Any) -> None:
    assert send(government, KEYS[0], message(indicator(), indicator())).status_code == 422


def test_a_call_that_is_no_message_is_400(government: Any) -> None:
    url = government.base + PATH
    assert government.session.post(url, json=message(), timeout=10).status_code == 400
    assert send(government, "no-uuid", message()).status_code == 400
    assert send(government, KEYS[0], [message()]).status_code == 400
    headers = {"Idempotency-Key": KEYS[0]}
    assert government.session.post(url, data=b"{", headers=headers, timeout=10).status_code == 400
    assert government.session.get(url, timeout=10).status_code == 405


def test_a_message_needs_a_token(government: Any) -> None:
    answer = requests.post(government.base + PATH, json=message(), headers={"Idempotency-Key": KEYS[0]}, timeout=10)
    assert answer.status_code == 401
    assert received(government) == []


def test_an_unavailable_receiver_takes_nothing(government: Any) -> None:
    government.admin("faults", faults="government_503:1")
    assert [send(government, KEYS[0], message()).status_code for _ in range(2)] == [503, 503]
    assert received(government) == []
    assert send(government, KEYS[0], message()).status_code == 202


def test_a_lost_receipt_is_had_by_sending_again(government: Any) -> None:
    government.admin("faults", faults="government_lost:1")
    assert send(government, KEYS[0], message()).status_code == 503
    taken = received(government)
    government.admin("faults", faults="")
    answer = send(government, KEYS[0], message())
    assert (answer.status_code, answer.json()["ma_nhan"]) == (202, taken[0]["ma_nhan"])
    assert received(government) == taken


@pytest.mark.parametrize(("fault", "status"), [("government_409", 409), ("government_422", 422)])
def test_a_receiver_that_refuses_everything(government: Any, fault: str, status: int) -> None:
    government.admin("faults", faults=fault)
    assert send(government, KEYS[0], message()).status_code == status
    assert received(government) == []
