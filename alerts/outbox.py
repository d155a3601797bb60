"""The outbox of alerts: written in the transaction of the incidents that they tell, sent afterwards.

Sending holds the alert's row until its end is committed, and others skip a row that is held: two who send at once never
send the same alert, and a process that is killed leaves it waiting. An alert that was taken over by the other side, but
whose end could not be committed (the process died, or the database broke off, in between), is sent once more, with the
same Message-ID or Idempotency-Key and the same content: receivers can tell. The other order would lose alerts.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from alerts.recipients import Recipient
from hub.errors import HubError, Reject
from warehouse.serving import Connection, Province

_PATIENCE = 3
"""Alerts without success before a round of sending ends: the other side is taken to be down."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Alert:
    """What is sent: its identity and its content never change."""

    alert_id: uuid.UUID
    created_at: datetime
    body: Mapping[str, Any]


Channel = Callable[[str, Alert], None]
"""Sends an alert to an address. Raises Reject when the other side will never take it, another HubError when it may."""


@dataclass
class Delivery:
    """What became of the alerts of a round."""

    sent: list[uuid.UUID] = field(default_factory=list)
    refused: list[uuid.UUID] = field(default_factory=list)
    failures: list[HubError] = field(default_factory=list)


def enqueue(
    connection: Connection,
    province: Province,
    recipient: Recipient,
    body: Mapping[str, Any],
    incidents: Sequence[int] = (),
) -> uuid.UUID:
    """Puts in an alert, within the caller's transaction. An incident is told to a recipient once: the database refuses
    a second time."""
    alert = uuid.uuid4()
    connection.execute(
        "insert into ledger.alert (alert_id, province_id, channel, recipient, body) values (%s, %s, %s, %s, %s)",
        [alert, province.province_id, recipient.channel, recipient.key, Jsonb(body)],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into ledger.alert_incident (incident_id, recipient, alert_id) values (%s, %s, %s)",
            [(incident, recipient.key, alert) for incident in incidents],
        )
    return alert


def deliver(
    connection: Connection,
    province: Province,
    recipients: Sequence[Recipient],
    channels: Mapping[str, Channel],
    *,
    seconds: float = 20.0,
    stopping: Callable[[], bool] = lambda: False,
) -> Delivery:
    """Sends what waits, for about so many seconds at most, those with the fewest attempts first, of these the oldest;
    each alert is settled by itself.

    What failed waits longer each time, up to an hour, and is never given up. The connection is in no transaction.
    """
    listed = {one.key: one for one in recipients}
    delivery, ends = Delivery(), time.monotonic() + seconds
    while time.monotonic() < ends and not stopping() and len(delivery.failures) < _PATIENCE:
        with connection.transaction():
            connection.execute("set local idle_in_transaction_session_timeout = 0")  # the other side may be slow
            if not _deliver_one(connection, province, listed, channels, delivery):
                break
    return delivery


def _deliver_one(
    connection: Connection,
    province: Province,
    listed: Mapping[str, Recipient],
    channels: Mapping[str, Channel],
    delivery: Delivery,
) -> bool:
    """Whether there was one."""
    row = connection.execute(
        "select alert_id, created_at, body, channel, recipient from ledger.alert where province_id = %s"
        " and status = 'waiting' and next_at <= clock_timestamp() order by attempts, created_at, alert_id"
        " limit 1 for update skip locked",
        [province.province_id],
    ).fetchone()
    if row is None:
        return False
    alert, recipient = Alert(*row[:3]), listed.get(row[4])
    if recipient is None:
        _settle(connection, alert, "unlisted")
        return True
    try:
        channels[row[3]](recipient.address, alert)
    except Reject as error:
        _settle(connection, alert, "refused", error)
        delivery.refused.append(alert.alert_id)
    except HubError as error:
        connection.execute(
            "update ledger.alert set attempts = attempts + 1, last_error_vi = %s, last_error_en = %s,"
            " next_at = clock_timestamp() + least(%s * power(2, least(attempts, 10)), %s) where alert_id = %s",
            [error.vi, error.en, _FIRST_WAIT, _LONGEST_WAIT, alert.alert_id],
        )
        delivery.failures.append(error)
    else:
        _settle(connection, alert, "sent")
        delivery.sent.append(alert.alert_id)
    return True


def _settle(connection: Connection, alert: Alert, status: str, error: HubError | None = None) -> None:
    connection.execute(
        "update ledger.alert set status = %s, attempts = attempts + 1, last_error_vi = %s, last_error_en = %s,"
        " settled_at = clock_timestamp() where alert_id = %s",
        [status, error.vi if error else None, error.en if error else None, alert.alert_id],
    )
