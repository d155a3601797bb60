"""How things stand with each indicator and period: what the Government was told, and what it will be told."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from psycopg.types.json import Jsonb

from government.outbox import DECIMALS, STATES, YEAR_TO_DATE, Connection


@dataclass(frozen=True)
class Standing:
    """How things stand with an indicator and period.

    `state` is the newest message's (waiting, sending, accepted or refused), `unchanged` where it waits but says what
    was accepted last, `missing` where the newest word has no value and nothing was sent, `early` where the data do not
    reach the period's last month, `unsent` where it has not come to the outbox. `value` is what was sent, or will be.
    """

    kpi: str
    last_day: date
    state: str
    version: int | None
    value: Decimal | None
    receipt: str | None
    refusal: list[dict[str, str]] | None
    last_error_vi: str | None
    last_error_en: str | None
    attempts: int
    since: datetime


def standings(connection: Connection, province: str, kpis: Collection[str]) -> list[Standing]:
    """Every indicator and year-to-date period of which the hub has a figure or the Government was told."""
    rows = connection.execute(
        "with word as (select o.* from serving.kpi_observations as o join serving.provinces as p using (province_id)"
        " where p.province = %(province)s and o.kpi = any(%(kpis)s) and o.is_latest and o.breakdown = ''"
        f" and o.area = p.area and {YEAR_TO_DATE}),"
        " newest as (select distinct on (m.kpi, m.first_day, m.last_day) m.* from serving.government_messages as m"
        " join serving.provinces as p using (province_id) where p.province = %(province)s and m.status <> 'superseded'"
        " and not (m.status = 'waiting' and exists (select from word where word.kpi = m.kpi"
        " and word.first_day = m.first_day and word.last_day = m.last_day and word.revision > m.revision))"
        " order by m.kpi, m.first_day, m.last_day, m.observation_id desc),"
        " last as (select distinct on (m.kpi, m.first_day, m.last_day) m.kpi, m.first_day, m.last_day,"
        " m.body #> '{chi_tieu,0}' as said from serving.government_messages as m"
        " join serving.provinces as p using (province_id) where p.province = %(province)s and m.status = 'accepted'"
        " order by m.kpi, m.first_day, m.last_day, m.version desc)"
        " select kpi, last_day, case when m.status = 'waiting' and (last.said ->> 'gia_tri')::numeric"
        " = round(o.value::numeric, %(decimals)s) and last.said ->> 'trang_thai' = %(states)s::jsonb ->> o.status"
        " and last.said ->> 'don_vi' = (select d.unit from serving.kpi_definitions as d"
        " where d.kpi = o.kpi and d.version = o.definition_version) then 'unchanged'"
        " else coalesce(m.status, case when o.value is null then 'missing'"
        " when o.data_as_of is null or o.data_as_of < date_trunc('month', o.last_day) then 'early'"
        " else 'unsent' end) end,"
        " m.version, coalesce((m.body #>> '{chi_tieu,0,gia_tri}')::numeric, m.value, o.value), m.receipt, m.refusal,"
        " m.last_error_vi, m.last_error_en, coalesce(m.attempts, 0),"
        " coalesce(m.settled_at, m.created_at, o.recorded_at)"
        " from word as o full join newest as m using (kpi, first_day, last_day)"
        " left join last using (kpi, first_day, last_day)"
        " where kpi = any(%(kpis)s) or m.status = 'sending' order by last_day, first_day, kpi",
        {"province": province, "kpis": list(kpis), "decimals": DECIMALS, "states": Jsonb(STATES)},
    ).fetchall()
    return [Standing(*row) for row in rows]
