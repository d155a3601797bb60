"""The outbox to the Government's operations centre: what is to be sent, what was sent, and what it answered.

A message tells one indicator's figure from 1 January to a month's end, for the whole province. It is written in the
transaction of the observation that it tells, so that neither can be without the other. Its version and body are fixed
before the first attempt and never change after: sending it again, after whatever went wrong, is the same message.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from hub.periods import VIETNAM, Period, standard_period
from hub.translation import Wording
from hub.units import round_half_up
from kpis.catalogue import Catalogue
from kpis.definition import Definition
from kpis.refresh import Follow
from kpis.revisions import Revision
from warehouse import trail
from warehouse.serving import Province

Connection = psycopg.Connection[Any]

DECIMALS = 2
"""Of a value that is sent, as reports print it; a whole number stays one. A revision that this hides is not sent."""
STATES = {"provisional": "so_bo", "official": "chinh_thuc"}
YEAR_TO_DATE = (
    "extract(doy from o.first_day) = 1 and extract(year from o.first_day) = extract(year from o.last_day)"
    " and extract(day from o.last_day + 1) = 1"
)


@dataclass(frozen=True)
class OutboxMessage:
    """A message on its way: `message_id` is its idempotency key."""

    message_id: uuid.UUID
    province: str
    kpi: str
    period: Period
    version: int
    body: dict[str, Any]


def indicators(catalogue: Catalogue, wanted: Collection[str] | None) -> list[str]:
    """KPIs whose figures are sent: those asked for, or those that their definitions mark.

    Raises WrongQuestion for an id that is no KPI's.
    """
    if wanted is None:
        return [kpi.id for kpi in catalogue.definitions.values() if kpi.government]
    return [catalogue.find(kpi).id for kpi in dict.fromkeys(wanted)]


def enqueue(connection: Connection, observation_id: int, province_id: int, kpi_id: str, period: Period) -> None:
    """Put an observation into the outbox, within the caller's transaction. It only adds: a sender that works at the
    same time is not disturbed, and finds out itself what has been superseded. A missing value is nothing that the
    Government's interface could take, and of a period whose last month has not begun there is nothing to tell yet."""
    connection.execute(
        "insert into kpi.government_message (message_id, province_id, kpi_id, first_day, last_day, observation_id)"
        " select %s, %s, %s, %s, %s, observation_id from kpi.observation"
        " where observation_id = %s and value is not null and data_as_of >= date_trunc('month', last_day)",
        (uuid.uuid4(), province_id, kpi_id, period.first, period.last, observation_id),
    )


def follow(indicators: Collection[str]) -> Follow:
    """For `kpis.refresh`: puts new figures of a year to a month's end into the outbox, in their transaction."""

    def enqueue_new(
        connection: Connection, province: Province, definition: Definition, changes: Sequence[Revision]
    ) -> None:
        for change in changes if definition.id in indicators else ():
            if change.period == standard_period("ytd", change.period.last):
                enqueue(connection, change.observation_id, province.province_id, definition.id, change.period)

    return enqueue_new


def catch_up(connection: Connection, province_id: int, kpis: Collection[str]) -> None:
    """Put in what is known of indicators whose latest word never came to the outbox, since which ones are sent is a
    setting that changes."""
    for observation_id, kpi, first, last in connection.execute(
        "select distinct on (o.kpi_id, o.first_day, o.last_day) o.observation_id, o.kpi_id, o.first_day, o.last_day"
        " from kpi.observation as o join warehouse.dim_area as a using (area_id)"
        " where o.province_id = %s and o.kpi_id = any(%s) and o.breakdown = '' and a.level = 'province'"
        f" and {YEAR_TO_DATE} order by o.kpi_id, o.first_day, o.last_day, o.revision desc",
        (province_id, list(kpis)),
    ).fetchall():
        newest = connection.execute(
            "select max(observation_id) from kpi.government_message"
            " where province_id = %s and kpi_id = %s and first_day = %s and last_day = %s",
            (province_id, kpi, first, last),
        ).fetchone()
        if not newest or newest[0] is None or newest[0] < observation_id:
            enqueue(connection, observation_id, province_id, kpi, Period(first, last))


def open_periods(connection: Connection, province_id: int, kpis: Collection[str]) -> list[tuple[str, Period]]:
    """Indicators and periods of which something is to be sent, the oldest period first. What is on its way is settled
    even where the indicator is no longer one of `kpis`."""
    rows = connection.execute(
        "select distinct kpi_id, first_day, last_day from kpi.government_message where province_id = %s"
        " and (status = 'sending' or status = 'waiting' and kpi_id = any(%s)) order by last_day, first_day, kpi_id",
        (province_id, list(kpis)),
    ).fetchall()
    return [(kpi, Period(first, last)) for kpi, first, last in rows]


def begin(
    connection: Connection, province_id: int, province: str, kpi: str, period: Period, area: str
) -> OutboxMessage | None:
    """The next message of an indicator and period, ready to be sent and committed as such; None when there is none.

    One whose answer is not known yet comes before all newer ones. What waits and is no longer the hub's word is
    superseded. A new one gets the version after the last accepted one; if it says what that one said, nothing is sent.
    """
    key = (province_id, kpi, period.first, period.last)
    of_period = "province_id = %s and kpi_id = %s and first_day = %s and last_day = %s"
    try:
        row = connection.execute(
            "update kpi.government_message set attempts = attempts + 1, sent_at = clock_timestamp()"
            f" where {of_period} and status = 'sending' returning message_id, version, body",
            key,
        ).fetchone()
        if row:
            return OutboxMessage(row[0], province, kpi, period, row[1], row[2])
        connection.execute(
            "update kpi.government_message as m set status = 'superseded', settled_at = clock_timestamp()"
            " from kpi.observation as o where o.observation_id = m.observation_id and m.province_id = %s"
            " and m.kpi_id = %s and m.first_day = %s and m.last_day = %s and m.status = 'waiting'"
            " and exists (select from kpi.observation as newer where newer.province_id = o.province_id"
            " and newer.kpi_id = o.kpi_id and newer.first_day = o.first_day and newer.last_day = o.last_day"
            " and newer.area_id = o.area_id and newer.breakdown = o.breakdown and newer.revision > o.revision)",
            key,
        )
        waiting = connection.execute(
            "select m.message_id, o.value, o.status, d.body ->> 'unit' from kpi.government_message as m"
            " join kpi.observation as o using (observation_id)"
            " join kpi.definition as d on d.kpi_id = o.kpi_id and d.version = o.definition_version"
            " where m.province_id = %s and m.kpi_id = %s and m.first_day = %s and m.last_day = %s"
            " and m.status = 'waiting' order by m.observation_id desc limit 1",
            key,
        ).fetchone()
        if waiting is None:
            return None
        message_id, value, status, unit = waiting
        last = connection.execute(
            "select version, body -> 'chi_tieu' -> 0 from kpi.government_message"
            f" where {of_period} and status = 'accepted' order by version desc limit 1",
            key,
        ).fetchone()
        version = last[0] + 1 if last else 1
        indicator = _indicator(kpi, period, value, status, unit, version)
        if last and last[1] == indicator | {"phien_ban": last[0]}:
            connection.execute(
                "update kpi.government_message set status = 'superseded', settled_at = clock_timestamp()"
                " where message_id = %s",
                (message_id,),
            )
            return None
        body = _body(area, period, indicator)
        connection.execute(
            "update kpi.government_message set status = 'sending', version = %s, body = %s, attempts = 1,"
            " sent_at = clock_timestamp() where message_id = %s",
            (version, Jsonb(body), message_id),
        )
        message = OutboxMessage(message_id, province, kpi, period, version, body)
        _write(connection, message, {"status": "sending", "value": str(indicator["gia_tri"])})
        return message
    finally:
        connection.commit()


def _indicator(kpi: str, period: Period, value: Decimal, status: str, unit: str, version: int) -> dict[str, Any]:
    rounded = round_half_up(value, DECIMALS)
    return {
        "ma": kpi,
        "gia_tri": int(rounded) if rounded == rounded.to_integral_value() else float(rounded),
        "don_vi": unit,
        "tu": period.first.isoformat(),
        "den": period.last.isoformat(),
        "trang_thai": STATES[status],
        "phien_ban": version,
    }


def _body(area: str, period: Period, indicator: dict[str, Any]) -> dict[str, Any]:
    made = datetime.now(VIETNAM).isoformat(timespec="seconds")
    return {"tinh": area, "ky": f"{period.last:%Y-%m}", "lap_luc": made, "chi_tieu": [indicator]}


def accept(connection: Connection, message: OutboxMessage, receipt: str) -> None:
    """Keep the receipt."""
    _settle(connection, message, "accepted", receipt, None)


def refuse(connection: Connection, message: OutboxMessage, reasons: list[dict[str, str]]) -> None:
    """Keep why it was refused: {"ma", "ly_do"} each. It is not sent again; a new observation makes a new message."""
    _settle(connection, message, "refused", None, reasons)


def _settle(
    connection: Connection,
    message: OutboxMessage,
    status: str,
    receipt: str | None,
    reasons: list[dict[str, str]] | None,
) -> None:
    settled = connection.execute(
        "update kpi.government_message set status = %s, receipt = %s, refusal = %s, last_error_vi = null,"
        " last_error_en = null, settled_at = clock_timestamp() where message_id = %s and status = 'sending'",
        (status, receipt, None if reasons is None else Jsonb(reasons), message.message_id),
    )
    if settled.rowcount:
        refused: list[trail.Json] = [dict(reason) for reason in reasons or ()]
        _write(connection, message, {"status": status, "receipt": receipt, "refusal": refused})
    connection.commit()


def _write(connection: Connection, message: OutboxMessage, after: dict[str, trail.Json]) -> None:
    """The entry of the trail of what became of a message."""
    period = {"from": message.period.first.isoformat(), "to": message.period.last.isoformat()}
    trail.write(
        connection,
        "message",
        f"government/{message.kpi}",
        province=message.province,
        after={"message": str(message.message_id), "version": message.version, **period, **after},
    )


def accepted(connection: Connection, province: str, first: date, last: date) -> list[OutboxMessage]:
    """What was accepted of periods that end from `first` to `last`, each indicator's versions in their order."""
    rows = connection.execute(
        "select m.message_id, m.kpi, m.first_day, m.last_day, m.version, m.body from serving.government_messages as m"
        " join serving.provinces as p using (province_id) where p.province = %s and m.status = 'accepted'"
        " and m.last_day between %s and %s order by m.last_day, m.first_day, m.kpi, m.version",
        (province, first, last),
    ).fetchall()
    return [OutboxMessage(id_, province, kpi, Period(*days), version, body) for id_, kpi, *days, version, body in rows]


def accept_again(connection: Connection, message: OutboxMessage, receipt: str) -> None:
    """Keep the receipt that a message got when it was told again: it is the one that the other side knows."""
    kept = connection.execute(
        "update kpi.government_message set receipt = %s, attempts = attempts + 1, sent_at = clock_timestamp()"
        " where message_id = %s",
        (receipt, message.message_id),
    )
    if kept.rowcount:
        _write(connection, message, {"status": "sent again", "receipt": receipt})
    connection.commit()


def postpone(connection: Connection, message: OutboxMessage, error: Wording) -> None:
    """Keep why no answer came; the message stays on its way, and is sent again as it is."""
    connection.execute(
        "update kpi.government_message set last_error_vi = %s, last_error_en = %s where message_id = %s",
        (error.vi, error.en, message.message_id),
    )
    connection.commit()
