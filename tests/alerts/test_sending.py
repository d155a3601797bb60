"""Alerts go out by a real mail server and a real HTTP receiver: once, in Vietnamese, signed, and never lost."""

import asyncio
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from alerts import outbox, texts
from alerts.causes import blocked_slices
from alerts.mail import Mail
from alerts.recipients import Recipient
from alerts.settings import AlertSettings
from alerts.watch import note
from alerts.webhook import Webhook
from hub.errors import Abort, Retry
from hub.translation import msg
from tests.alerts.world import FEEDBACK, NOON, Ledger, day
from tests.installation import FOLDER
from tests.postgres import Postgres
from warehouse.database import connect

OFFICE = "truc@ioc.example.vn"
KEY = "một khoá của webhook"


class Server:
    """A mail server's word on each recipient, and what it took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"

    async def handle_RCPT(self, _s: Any, _e: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, _s: Any, _e: Any, envelope: Any) -> str:  # noqa: N802
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        await asyncio.sleep(0)
        return "250 taken"


class Listening(Controller):
    """A mail server on a port that is its own from the beginning."""

    def __init__(self, handler: Server) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        super().__init__(handler, *self._listener.getsockname())

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self._listener)


@pytest.fixture
def server() -> Iterator[tuple[Server, AlertSettings]]:
    there = Server()
    controller = Listening(there)
    controller.start()
    yield (
        there,
        AlertSettings(
            installation=FOLDER,
            smtp_host="127.0.0.1",
            smtp_port=controller.port,
            smtp_security="none",
            sender="ioc@langson.example.vn",
            webhook_secret=SecretStr(KEY),
        ),
    )
    controller.stop()


class Hook:
    """A webhook's receiver."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                hook.calls.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)))
                self.send_response(hook.status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ioc"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def hook() -> Iterator[Hook]:
    there = Hook()
    yield there
    there.server.shutdown()


class Hub:
    """A hub with one blocked slice, and the round of sending."""

    def __init__(self, url: str, settings: AlertSettings, *addresses: str) -> None:
        self.url, self.settings = url, settings
        self.told = [Recipient(address, (), (), "") for address in addresses]
        with connect(url, "owner") as owner:
            ledger = Ledger(owner)
            self.province = ledger.situation().province
            ledger.batch(FEEDBACK, day(1), day(3), "blocked", reason=("BÍ MẬT", "SECRET"))
            note(ledger.situation(), settings, self.told, NOON)
            owner.commit()

    def send(self) -> outbox.Delivery:
        channels: dict[str, outbox.Channel] = {"mail": Mail(self.settings), "webhook": Webhook(self.settings)}
        with closing(connect(self.url, "loader")) as connection:
            connection.execute("update ledger.alert set next_at = now() where status = 'waiting'")
            connection.commit()
            return outbox.deliver(connection, self.province, self.told, channels)

    def states(self) -> list[str]:
        with connect(self.url, "reader") as connection:
            return [row[0] for row in connection.execute("select status from serving.alerts order by created_at")]


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    with postgres.copied(postgres.database()) as made:
        yield made


def test_a_mail_says_what_happened_what_it_does_and_what_to_do(url: str, server: tuple[Server, AlertSettings]) -> None:
    there, settings = server
    hub = Hub(url, settings, OFFICE)
    assert len(hub.send().sent) == 1
    assert hub.send().sent == []
    [mail] = there.mails
    assert (mail["From"], mail["To"]) == (settings.sender, OFFICE)
    assert mail["Subject"] == "IOC Lạng Sơn: Lô bị chặn"
    assert mail["Message-ID"].endswith("@langson.example.vn>")
    assert mail["Auto-Submitted"] == "auto-generated"
    text = mail.get_content()
    for said in (
        "Số liệu Phản ánh",
        "từ 01/06/2023 đến 03/06/2023 bị giữ lại",
        "Chỉ tiêu: Tỷ lệ phản ánh, kiến nghị đã xử lý.",
        "Cần làm: Xem `ioc quality show` của lô",
    ):
        assert said in text
    assert "BÍ MẬT" not in text, "why a batch was blocked may quote what a source sent"


def test_no_address_rests_in_the_database(url: str, server: tuple[Server, AlertSettings]) -> None:
    Hub(url, server[1], OFFICE)
    with connect(url, "owner") as owner:
        for table in ("ledger.alert", "ledger.alert_incident", "ledger.entry"):
            found = owner.execute(f"select count(*) from {table} as t where t::text like '%%truc@%%'".encode())
            assert found.fetchone() == (0,)


def test_a_server_that_is_not_there_loses_no_mail(url: str, server: tuple[Server, AlertSettings]) -> None:
    there, settings = server
    hub = Hub(url, settings.model_copy(update={"smtp_port": 9}), OFFICE)
    assert [str(error) for error in hub.send().failures] == [
        "Mail server 127.0.0.1:9 took no mail (ConnectionRefusedError)"
    ]
    there.answer = "451 later"
    hub.settings = settings
    assert len(hub.send().failures) == 1
    there.answer = "250 OK"
    assert len(hub.send().sent) == 1
    assert (len(there.mails), hub.states()) == (1, ["sent"])


def test_a_recipient_who_is_refused_for_good_is_kept_as_refused(url: str, server: tuple[Server, AlertSettings]) -> None:
    there, settings = server
    there.answer = "550 no such user \x1b[31m"
    hub = Hub(url, settings, OFFICE)
    assert len(hub.send().refused) == 1
    assert (hub.send().refused, hub.states()) == ([], ["refused"])


def test_who_is_no_longer_listed_is_told_nothing(url: str, server: tuple[Server, AlertSettings]) -> None:
    hub = Hub(url, server[1], OFFICE)
    hub.told = []
    assert hub.send().sent == []
    assert (server[0].mails, hub.states()) == ([], ["unlisted"])


def test_a_webhook_is_signed_json_and_the_same_each_time(
    url: str, server: tuple[Server, AlertSettings], hook: Hook
) -> None:
    hook.status = 503
    hub = Hub(url, server[1], hook.url)
    assert len(hub.send().failures) == 1
    hook.status = 204
    assert len(hub.send().sent) == 1
    (first, body), (second, again) = hook.calls
    assert body == again
    assert first["idempotency-key"] == second["idempotency-key"] == json.loads(body)["alert_id"]
    seconds, digest = (part.partition("=")[2] for part in second["x-ioc-signature"].split(","))
    assert digest == hmac.new(KEY.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    [incident] = json.loads(body)["incidents"]
    assert (incident["kind"], incident["kpis"]) == ("blocked", ["feedback_resolved_rate"])
    assert incident["what"]["vi"].startswith("Số liệu Phản ánh")


def test_a_webhook_follows_no_redirect(url: str, server: tuple[Server, AlertSettings], hook: Hook) -> None:
    hook.status = 302
    assert len(Hub(url, server[1], hook.url).send().failures) == 1
    assert len(hook.calls) == 1


def test_without_a_server_or_a_key_mails_and_calls_wait(url: str, hook: Hook) -> None:
    hub = Hub(url, AlertSettings(installation=FOLDER), OFFICE, hook.url)
    failures = hub.send().failures
    assert [type(error) for error in failures] == [Abort, Abort]
    assert hub.states() == ["waiting", "waiting"]


def test_alerts_that_fail_again_and_again_hold_up_no_other(ledger: Ledger) -> None:
    dead, office = Recipient("https://dead.example.vn", (), (), ""), Recipient(OFFICE, (), (), "")
    province = ledger.situation().province

    def fail(_address: str, _alert: outbox.Alert) -> None:
        raise Retry(msg("not now"))

    def deliver() -> outbox.Delivery:
        ledger.connection.execute("update ledger.alert set next_at = now() where status = 'waiting'")
        channels: dict[str, outbox.Channel] = {"mail": lambda *_: None, "webhook": fail}
        return outbox.deliver(ledger.connection, province, [dead, office], channels)

    for _ in range(3):
        outbox.enqueue(ledger.connection, province, dead, {})
    ledger.connection.execute("update ledger.alert set created_at = created_at - interval '1 hour'")
    assert len(deliver().failures) == 3
    mail = outbox.enqueue(ledger.connection, province, office, {})
    assert deliver().sent == [mail]


def test_all_that_is_found_at_once_is_one_alert(ledger: Ledger) -> None:
    for number in range(1, 4):
        ledger.batch(FEEDBACK, day(number), status="blocked")
    told = [Recipient(OFFICE, (), (), ""), Recipient("https://x.example", ("late",), (), "")]
    note(ledger.situation(), AlertSettings(installation=FOLDER), told, NOON)
    [(body,)] = ledger.connection.execute("select body from ledger.alert").fetchall()
    assert body["subject"] == "IOC Lạng Sơn: 3 sự cố mới"
    assert len(body["incidents"]) == 3
    assert len(list(blocked_slices(ledger.situation()))) == 3


def test_an_address_that_stands_in_two_lines_is_told_once_of_all_that_either_wants(ledger: Ledger) -> None:
    for feed in (FEEDBACK, "press.articles"):
        ledger.batch(feed, day(1), status="blocked")
    told = [
        Recipient(OFFICE, ("blocked",), ("feedback",), ""),
        Recipient(OFFICE, ("blocked",), (), ""),
        Recipient(OFFICE, ("late",), (), ""),
    ]
    note(ledger.situation(), AlertSettings(installation=FOLDER), told, NOON)
    [(body,)] = ledger.connection.execute("select body from ledger.alert").fetchall()
    assert [one["kind"] for one in body["incidents"]] == ["blocked", "blocked"]


def test_a_flood_is_cut_and_says_so(ledger: Ledger) -> None:
    assert texts.MOST == 50
    for feed in (FEEDBACK, "press.articles"):
        for number in range(1, 31):
            ledger.batch(feed, day(number), status="blocked")
    told = [Recipient(OFFICE, (), (), "")]
    note(ledger.situation(), AlertSettings(installation=FOLDER), told, NOON)
    [(body,)] = ledger.connection.execute("select body from ledger.alert").fetchall()
    assert "Và 10 sự cố khác" in body["text"]
