"""The Government is told each figure once, each revision in its order, whatever breaks on the way."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import psycopg
import pytest

from government import outbox as sender
from government.outbox import follow
from government.sending import send
from hub.errors import Abort, Retry, WrongQuestion
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from tests.connectors.stub import Asked, Reply, says, stub
from tests.government.receiver import JUNE, Outbox, Receiver
from tests.installation import refresh
from tests.pipeline.hub import Hub
from tests.pipeline.operators import BIG, SMALL, deliver
from warehouse import ledger
from warehouse.database import connect

ROOT = Path(__file__).resolve().parents[2]
MAY = Period(date(2023, 1, 1), date(2023, 5, 31))


def test_a_figure_is_told_as_the_interface_asks_and_its_receipt_is_kept(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(93.367, "online_dossier_rate", status="official")
    sending = send(outbox.installation)
    assert [sent.receipt for sent in sending.answered] == ["BN-1"]
    [call] = receiver.calls
    body = json.loads(call.body)
    made = datetime.fromisoformat(body.pop("lap_luc"))
    assert made.utcoffset() is not None
    assert body == {
        "tinh": "20",
        "ky": "2023-06",
        "chi_tieu": [
            {
                "ma": "online_dossier_rate",
                "gia_tri": 93.37,
                "don_vi": "%",
                "tu": "2023-01-01",
                "den": "2023-06-30",
                "trang_thai": "chinh_thuc",
                "phien_ban": 1,
            }
        ],
    }
    assert (call.method, call.path) == ("POST", "/iocqg/v1/chi-tieu")
    assert {"Authorization", "X-Correlation-Id", "Idempotency-Key"} <= set(call.headers)
    assert outbox.messages("status", "version", "receipt", "attempts") == [("accepted", 1, "BN-1", 1)]


def test_counts_are_told_exactly_and_states_by_their_code(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(1234567)
    send(outbox.installation)
    assert [(told["gia_tri"], told["trang_thai"]) for told in receiver.told] == [(1234567, "so_bo")]


def test_a_period_whose_last_month_has_not_begun_is_not_told(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(3, data_as_of=date(2023, 5, 31))
    assert not send(outbox.installation).answered
    outbox.observe(4, data_as_of=date(2023, 6, 1))
    assert len(send(outbox.installation).answered) == 1


def test_who_is_no_longer_the_only_sender_sends_no_more(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5, period=MAY)
    outbox.observe(6)

    def answer(asked: Asked) -> Reply:
        with connect(outbox.url, "owner") as owner:
            owner.execute(
                "select pg_terminate_backend(pid, 10000) from pg_locks where relation = 'ledger.lock'::regclass"
                " and granted and pid <> pg_backend_pid()"
            )
        return receiver.take(asked)

    with stub(answer) as there:
        installation = Installation(outbox.installation.settings.model_copy(update={"gateway_url": there.url}))
        with pytest.raises(Retry, match="what was not kept is sent again"):
            send(installation)
    assert len(receiver.kept) == 1
    send(outbox.installation)
    assert [told["gia_tri"] for told in receiver.told] == [5, 6]


def test_nothing_new_sends_nothing(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    send(outbox.installation)
    assert send(outbox.installation).answered == []
    assert len(receiver.calls) == 1


def test_a_revision_goes_as_the_next_version(outbox: Outbox, receiver: Receiver) -> None:
    for value in (5, 6):
        outbox.observe(value)
        send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(5, 1), (6, 2)]


def test_a_figure_that_became_official_is_told_again(outbox: Outbox, receiver: Receiver) -> None:
    for status in ("provisional", "official"):
        outbox.observe(5, status=status)
        send(outbox.installation)
    assert [told["trang_thai"] for told in receiver.told] == ["so_bo", "chinh_thuc"]


def test_a_revision_that_says_the_same_once_rounded_is_not_told(outbox: Outbox, receiver: Receiver) -> None:
    for value in (93.371, 93.369):
        outbox.observe(value, "online_dossier_rate")
        send(outbox.installation)
    assert [told["phien_ban"] for told in receiver.told] == [1]
    assert outbox.messages("status") == [("accepted",), ("superseded",)]


def test_of_revisions_that_wait_only_the_newest_is_told(outbox: Outbox, receiver: Receiver) -> None:
    for value in (5, 6, 7):
        outbox.observe(value)
    send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(7, 1)]
    assert outbox.messages("status") == [("superseded",), ("superseded",), ("accepted",)]


def test_indicators_and_months_have_versions_of_their_own(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5, period=MAY)
    outbox.observe(6)
    outbox.observe(7, "telecom_revenue")
    send(outbox.installation)
    assert [(told["ma"], told["den"], told["phien_ban"]) for told in receiver.told] == [
        ("gate_vehicles", "2023-05-31", 1),
        ("gate_vehicles", "2023-06-30", 1),
        ("telecom_revenue", "2023-06-30", 1),
    ]


def test_a_figure_that_is_missing_is_not_told_and_takes_back_what_waited(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    outbox.observe(None)
    send(outbox.installation)
    assert receiver.calls == []
    assert outbox.messages("status") == [("superseded",)]


def test_a_busy_receiver_is_asked_again_with_the_same_key_and_body(
    outbox: Outbox, receiver: Receiver, waits: list[float]
) -> None:
    outbox.observe(5)
    receiver.first = [says({}, 503), says({}, 429, Retry_After="7")]
    send(outbox.installation)
    assert outbox.messages("status") == [("accepted",)]
    assert len({(call.headers["Idempotency-Key"], call.body) for call in receiver.calls}) == 1
    assert len({call.headers["X-Correlation-Id"] for call in receiver.calls}) == len(receiver.calls) == 3
    assert 7 in waits


def test_without_an_answer_a_message_stays_on_its_way_and_goes_before_newer_ones(
    outbox: Outbox, receiver: Receiver
) -> None:
    outbox.observe(5)
    receiver.first = [says({}, 503)] * 6
    assert "503" in str(send(outbox.installation).unanswered[0])
    assert outbox.messages("status", "attempts") == [("sending", 1)]
    english, vietnamese = outbox.messages("last_error_en", "last_error_vi")[0]
    assert "HTTP 503" in english
    assert "gateway trả về HTTP 503" in vietnamese
    outbox.observe(6)
    send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(5, 1), (6, 2)]
    assert outbox.messages("status", "attempts", "last_error_en") == [("accepted", 2, None), ("accepted", 1, None)]


def test_one_indicator_without_an_answer_holds_up_no_other(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5, period=MAY)
    outbox.observe(6)
    receiver.first = [says({}, 500)] * 6
    sending = send(outbox.installation)
    assert (len(sending.answered), len(sending.unanswered)) == (1, 1)
    assert [told["den"] for told in receiver.told] == ["2023-06-30"]


def test_a_receiver_that_is_down_is_not_asked_for_every_message(outbox: Outbox, receiver: Receiver) -> None:
    for last in (date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 31), date(2023, 4, 30)):
        outbox.observe(5, period=Period(JUNE.first, last))
    receiver.first = [says({}, 503)] * 99
    assert len(send(outbox.installation).unanswered) == 3


def test_a_refusal_is_kept_with_its_reason_and_not_tried_again(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [says({"loi": [{"ma": "gate_vehicles", "ly_do": "vượt ngưỡng"}]}, 422)]
    assert [sent.reasons for sent in send(outbox.installation).refused] == [
        [{"ma": "gate_vehicles", "ly_do": "vượt ngưỡng"}]
    ]
    assert send(outbox.installation).answered == []
    assert outbox.messages("status", "refusal") == [("refused", [{"ma": "gate_vehicles", "ly_do": "vượt ngưỡng"}])]
    outbox.observe(4)
    send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(4, 1)]


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (409, {}, "Idempotency-Key đã dùng cho một nội dung khác"),
        (400, {"loi": "ky không đúng"}, "ky không đúng"),
        (422, ["?"], "HTTP 422"),
    ],
)
def test_every_way_to_refuse_is_told(
    outbox: Outbox, receiver: Receiver, status: int, answer: object, told: str
) -> None:
    outbox.observe(5)
    receiver.first = [says(answer, status)]
    assert send(outbox.installation).refused[0].reasons == [{"ma": "", "ly_do": told}]


def test_an_answer_without_a_receipt_is_none(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [says({}, 202)]
    assert "without ma_nhan" in str(send(outbox.installation).unanswered[0])
    assert outbox.messages("status") == [("sending",)]


def test_a_receiver_that_refuses_the_hub_itself_is_told_at_once(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    receiver.first = [says({}, 403)]
    with pytest.raises(Abort, match="may not"):
        send(outbox.installation)
    assert outbox.messages("status", "attempts") == [("sending", 1)]


def test_a_kill_between_sending_and_keeping_the_receipt_is_harmless(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    said = outbox.settings
    program = (
        "import os, signal; from government import outbox; from government.sending import send;"
        "from hub.installation import Installation;"
        "outbox.accept = lambda *_: os.kill(os.getpid(), signal.SIGKILL); send(Installation.open().with_gateway())"
    )
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("IOC_")},
        "IOC_WAREHOUSE_URL": outbox.url,
        "IOC_GATEWAY_URL": said.gateway_url,
        "IOC_CLIENT_ID": said.client_id,
        "IOC_CLIENT_SECRET": said.client_secret.get_secret_value(),
        "IOC_HMAC_KEY": said.hmac_key.get_secret_value(),
        "IOC_PROVINCE": said.province,
        "IOC_AREA": said.area,
    }
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, check=False).returncode == -9
    assert len(receiver.told) == 1
    assert outbox.messages("status") == [("sending",)]
    outbox.observe(6)
    send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(5, 1), (6, 2)]
    assert outbox.messages("receipt", "attempts") == [("BN-1", 2), ("BN-2", 1)]


def test_what_became_of_a_message_is_in_the_trail_once_though_two_have_its_answer(outbox: Outbox) -> None:
    outbox.observe(5)
    said = outbox.settings
    with connect(outbox.url, "loader") as loader:
        province_id = ledger.province_id(loader, said.province, said.area)
        message = sender.begin(loader, province_id, said.province, "gate_vehicles", JUNE, said.area)
        assert message is not None
        for _ in range(2):
            sender.accept(loader, message, "BN-1")
        sender.refuse(loader, message, [])
        entries = loader.execute(
            "select province, body::jsonb -> 'after' ->> 'status' from ledger.entry where act = 'message' order by 2"
        ).fetchall()
    assert entries == [("H37", "accepted"), ("H37", "sending")]


def test_a_refresh_that_began_before_a_sending_is_not_disturbed_by_it(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    with connect(outbox.url, "loader") as refresh:
        refresh.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        refresh.execute("select count(*) from kpi.government_message")
        send(outbox.installation)
        outbox.observe_in(refresh, 6)
    send(outbox.installation)
    assert [(told["gia_tri"], told["phien_ban"]) for told in receiver.told] == [(5, 1), (6, 2)]


def test_two_senders_side_by_side_send_once(outbox: Outbox, receiver: Receiver) -> None:
    for period in (MAY, JUNE):
        outbox.observe(5, period=period)
    with ThreadPoolExecutor(2) as pool:
        sendings = list(pool.map(send, [outbox.installation] * 2))
    assert sum(len(sending.answered) for sending in sendings) == len(receiver.calls) == 2
    assert outbox.messages("attempts") == [(1,), (1,)]


def test_which_indicators_are_told_is_a_setting(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    outbox.observe(8, "digital_certificates", queued=False)
    chosen = outbox.settings.model_copy(update={"government_kpis": ("digital_certificates",)})
    send(Installation(chosen))
    assert [told["ma"] for told in receiver.told] == ["digital_certificates"]
    send(Installation(chosen))
    assert len(receiver.calls) == 1
    with pytest.raises(WrongQuestion, match="digital_certificate"):
        send(Installation(outbox.settings.model_copy(update={"government_kpis": ("digital_certificate",)})))


def test_only_figures_since_january_are_told_of_an_indicator_that_is_new(outbox: Outbox, receiver: Receiver) -> None:
    for period in (JUNE, Period(date(2023, 6, 1), date(2023, 6, 30)), Period(date(2022, 1, 1), date(2023, 6, 30))):
        outbox.observe(5, period=period, queued=False)
    outbox.observe(None, period=MAY, queued=False)
    send(outbox.installation)
    assert [(told["tu"], told["den"]) for told in receiver.told] == [("2023-01-01", "2023-06-30")]


def test_the_government_may_have_an_address_of_its_own(outbox: Outbox, receiver: Receiver) -> None:
    outbox.observe(5)
    elsewhere = outbox.settings.model_copy(update={"gateway_url": "http://127.0.0.1:9", "government_url": receiver.url})
    assert len(send(Installation(elsewhere)).answered) == 1


def test_a_figure_without_one_operator_is_never_told_as_official(outbox: Outbox, receiver: Receiver) -> None:
    hub, now = Hub(outbox.url, outbox.settings.state, receiver.url), datetime(2024, 1, 1, tzinfo=VIETNAM)
    january, february = date(2023, 1, 1), date(2023, 2, 1)

    def told(month: date, *operators: str) -> list[tuple[str, str]]:
        deliver(hub, month, *operators, feed="revenue")
        refresh(outbox.url, "H37", ["telecom_revenue"], now, follow(["telecom_revenue"]))
        send(outbox.installation)
        return [(said["den"], said["trang_thai"]) for said in receiver.told]

    first = [("2023-01-31", "chinh_thuc")]
    assert told(january, BIG, SMALL) == first
    assert told(february, BIG) == [*first, ("2023-02-28", "so_bo")]
    assert told(february, BIG, SMALL) == [*first, ("2023-02-28", "so_bo"), ("2023-02-28", "chinh_thuc")]
