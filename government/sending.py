"""Sends what waits in the outbox to the Government's operations centre, or sends again what it had accepted."""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
import psycopg

from connectors.client import Answer, Gateway
from government import outbox
from government.outbox import Connection, OutboxMessage
from hub.errors import HubError, Retry
from hub.installation import Installation
from hub.settings import Settings
from hub.translation import msg
from kpis.catalogue import Catalogue
from warehouse import ledger, locks, migrate
from warehouse.database import connect, fault, warehouse_url

PATH = "/iocqg/v1/chi-tieu"
_ANSWERS = frozenset({202, 400, 409, 422})
_PATIENCE = 3
"""Messages without an answer before the other side is taken to be down."""


@dataclass(frozen=True)
class Sent:
    """A message that was answered; `reasons` say why it was refused."""

    message: OutboxMessage
    receipt: str | None
    reasons: list[dict[str, str]]


@dataclass
class Sending:
    """What became of the messages of a province."""

    answered: list[Sent]
    unanswered: list[Retry]
    """Why others got no answer. They stay on their way, and the next sending goes on with them."""

    @property
    def refused(self) -> list[Sent]:
        return [sent for sent in self.answered if sent.receipt is None]


def send(installation: Installation) -> Sending:
    """Send all that waits for a province, oldest period first, each indicator's versions in their order.

    Running it again, side by side or after a kill at any point, is harmless: a message is fixed before it is sent, and
    sent again as it was until an answer is kept. Raises Abort when the receiver refuses the hub itself, Retry when the
    database breaks off.
    """
    settings = installation.settings
    kpis = outbox.indicators(Catalogue.of(installation), settings.government_kpis)
    with _alone(settings) as (connection, guard, province_id):
        outbox.catch_up(connection, province_id, kpis)
        connection.commit()
        return _send_all(connection, guard, settings, province_id, kpis)


def resend(installation: Installation, first: date, last: date) -> Sending:
    """Send again what was accepted of periods that end from `first` to `last`, for a receiver that lost its memory.

    Each message goes as it went before, key and number included: one that is still known there changes nothing. A
    refusal is reported and leaves the message as it was; after one without an answer its later versions wait. Raises as
    `send` does.
    """
    settings = installation.settings
    sending, lost = Sending([], []), set()
    receiver = _receiver(settings)
    with _alone(settings) as (connection, guard, _):
        for message in outbox.accepted(connection, settings.province, first, last):
            of = (message.kpi, message.period)
            if of in lost:
                continue
            locks.check(guard)
            try:
                sent = _send_one(receiver, message)
            except Retry as error:
                sending.unanswered.append(error)
                lost.add(of)
                if len(lost) == _PATIENCE:
                    break
                continue
            if sent.receipt is not None:
                outbox.accept_again(connection, message, sent.receipt)
            sending.answered.append(sent)
    return sending


@contextmanager
def _alone(settings: Settings) -> Iterator[tuple[Connection, Connection, int]]:
    """A connection of the province's only sender, the guard by which it is that, and the province's key."""
    url = warehouse_url(settings)
    migrate.check(url)
    try:
        with closing(connect(url, "loader")) as connection, closing(connect(url, "loader")) as guard:
            province_id = ledger.province_id(connection, settings.province, settings.area)
            with locks.hold(guard, f"government/{province_id}"):  # the next sender finds what this one left
                yield connection, guard, province_id
    except psycopg.Error as error:
        found = fault(error)
        assert found is not None  # noqa: S101 - of every error of psycopg
        raise type(found)(msg("{fault}; what was not kept is sent again", fault=found.message)) from error


def _receiver(settings: Settings) -> Gateway:
    url, secret = settings.government_url or settings.gateway_url, settings.client_secret.get_secret_value()
    return Gateway(url, settings.client_id, secret, settings.gateway_timeout, ca=settings.gateway_ca)


def _send_all(
    connection: Connection, guard: Connection, settings: Settings, province_id: int, kpis: Collection[str]
) -> Sending:
    receiver, sending = _receiver(settings), Sending([], [])
    for kpi, period in outbox.open_periods(connection, province_id, kpis):
        while message := outbox.begin(connection, province_id, settings.province, kpi, period, settings.area):
            locks.check(guard)
            try:
                sent = _send_one(receiver, message)
            except HubError as error:
                outbox.postpone(connection, message, error)
                if not isinstance(error, Retry):
                    raise
                sending.unanswered.append(error)
                break
            if sent.receipt is not None:
                outbox.accept(connection, message, sent.receipt)
            else:
                outbox.refuse(connection, message, sent.reasons)
            sending.answered.append(sent)
        if len(sending.unanswered) == _PATIENCE:
            break
    return sending


def _send_one(receiver: Gateway, message: OutboxMessage) -> Sent:
    answer = receiver.call(
        "POST", PATH, body=message.body, accept=_ANSWERS, headers={"Idempotency-Key": str(message.message_id)}
    )
    body = _read(answer)
    if answer.status not in (200, 202):
        return Sent(message, None, _reasons(answer.status, body))
    if not isinstance(body, dict) or not body.get("ma_nhan"):
        raise Retry(
            msg(
                "POST {path}: HTTP {status} without ma_nhan [{correlation_id}]",
                path=PATH,
                status=answer.status,
                correlation_id=answer.correlation_id,
            ),
        )
    return Sent(message, str(body["ma_nhan"]), [])


def _read(answer: Answer) -> Any:
    try:
        return msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        return None


def _reasons(status: int, body: Any) -> list[dict[str, str]]:
    """What was refused and why, as {"ma", "ly_do"}; the bare status where the answer does not say."""
    faults = body.get("loi") if isinstance(body, dict) else None
    if isinstance(faults, str):
        faults = [{"ly_do": faults}]
    if not isinstance(faults, list):
        faults = []
    reasons = [
        {"ma": str(fault.get("ma") or ""), "ly_do": str(fault.get("ly_do") or "")[:500]}
        for fault in faults
        if isinstance(fault, dict)
    ]
    if status == 409 and not reasons:
        reasons = [{"ma": "", "ly_do": "Idempotency-Key đã dùng cho một nội dung khác"}]
    return reasons or [{"ma": "", "ly_do": f"HTTP {status}"}]
