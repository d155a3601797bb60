"""A hub with a year and a half of four KPIs, evidence behind them, and three people who look at it."""

from dataclasses import dataclass
from datetime import date

import psycopg

from accounts import directory, keys, rights
from tests.installation import refresh
from tests.kpis.facts import Facts
from warehouse.database import connect

DAYS = (date(2021, 12, 31), date(2023, 6, 30))
KPIS = ("online_dossier_rate", "gate_vehicles", "feedback_resolved_rate", "phone_density")
PASSWORD = "một mật khẩu đủ dài 2023"
LEADER, AUDITOR, ENGINEER, DISTRICT, OFFICE = "lanh.dao", "kiem.toan", "ky.su", "trang.dinh", "so.tttt"
OWN_DISTRICT, OTHER_DISTRICT = "180", "178"
"""Tràng Định, which the account DISTRICT is limited to, and the city."""
OWN_ORGANISATION = "000.00.11.H37"
UNLISTED = "<b>kiosk</b>"
STRANGE = "<script>document.title='broken in'</script>"
"""A record's own text, as hostile as it can be."""


@dataclass(frozen=True)
class World:
    """Where it is, and the token of its wall."""

    url: str
    wall_token: str

    def publish(self, vehicles: int) -> None:
        """News from the gates: checked, published, refreshed."""
        with connect(self.url, "owner") as owner:
            facts = Facts(owner)
            batch = _batch(owner, facts, "gate.vehicles", 1)
            _vehicles(owner, facts, batch, "2023-06-29", vehicles, f"news-{batch}")
            owner.commit()
        refresh(self.url, "H37", ["gate_vehicles"])


def fill(url: str) -> World:
    """Facts by the month, their batches with pages and checks, observations, accounts."""
    with connect(url, "owner") as owner:
        facts = Facts(owner)
        batches = {
            feed: _batch(owner, facts, feed, 3)
            for feed in ("dvc.dossiers", "gate.vehicles", "feedback.cases", "telecom.subscribers")
        }
        facts.add("fact_dossier", [{"received_at": "2023-06-01T08:00:00+07:00", "field": "Hộ tịch"}])
        _unlisted_channel(owner, facts, batches["dvc.dossiers"])
        owner.execute(_DOSSIERS, {"own": facts.province_id, "batch": batches["dvc.dossiers"]})
        _vehicles(owner, facts, batches["gate.vehicles"], "2022-01-01", 5000, "2022")
        _vehicles(owner, facts, batches["gate.vehicles"], "2023-01-01", 3100, "2023")
        owner.execute(_FEEDBACK, {"own": facts.province_id, "batch": batches["feedback.cases"]})
        owner.execute(_SUBSCRIBERS, {"own": facts.province_id, "batch": batches["telecom.subscribers"]})
        facts.publish("press.articles", (date(2023, 6, 1), date(2023, 6, 30)), status="blocked")
        _incident(owner, facts)
        owner.commit()
        owner.execute("analyze")  # as the server does by itself after a load, a minute later
        owner.commit()
    refresh(url, "H37", KPIS)
    with connect(url, "owner") as owner:
        return World(url, _people(owner))


def _unlisted_channel(owner: psycopg.Connection, facts: Facts, batch: int) -> None:
    """A dossier of before all figures, whose channel no list has."""
    facts.add("fact_dossier", [{"received_at": "2021-01-04T08:00:00+07:00", "channel_code": UNLISTED}])
    owner.execute(
        "insert into warehouse.unlisted_code (province_id, source, feed, dimension, code, batch_id)"
        " values (%s, 'dvc', 'dossiers', 'channel', %s, %s)",
        [facts.province_id, UNLISTED, batch],
    )


def _incident(owner: psycopg.Connection, facts: Facts) -> None:
    owner.execute(
        "insert into ledger.incident (province_id, kind, cause, source, feed, kpis, what_vi, what_en, detail_vi,"
        " detail_en) values (%s, 'blocked', 'blocked/press/articles/2023-06-01/2023-06-30', 'press', 'articles',"
        " array['positive_press_rate', 'gate_vehicles'], %s, %s, %s, %s)",
        [facts.province_id, f"Bị chặn {STRANGE}", f"Blocked {STRANGE}", STRANGE, STRANGE],
    )
    owner.execute("insert into ledger.incident_event (incident_id, state, actor) values (1, 'new', 'user:ioc@hub')")


def _batch(owner: psycopg.Connection, facts: Facts, feed: str, pages: int) -> int:
    """A published batch as a load leaves it: its account, pages, rules and verdict."""
    batch = facts.publish(feed, DAYS, date(2022, 1, 1))
    owner.execute("update ledger.batch set fetched = 9, loaded = 8, quarantined = 1 where batch_id = %s", [batch])
    for page in range(1, pages + 1):
        owner.execute(
            "insert into landing.page (batch_id, page_number, wire_sha256, landed_sha256, correlation_id, request,"
            " records, wire_bytes, fetched_at) values (%s, %s, %s, %s, %s, %s, 3, 1000, now())",
            [batch, page, f"{page}" * 64, f"{page + 4}" * 64, f"call-{batch}-{page}", f"GET /v1/x?page={page}"],
        )
    for rule, passed in (("key:unique", True), ("area_code:known", False)):
        owner.execute(
            "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
            " failed, description_vi, description_en) values (%s, %s, 'reject', 'expect_x', true, %s, 9, %s, %s, %s)",
            [batch, rule, passed, 0 if passed else 1, f"Quy tắc {STRANGE}", f"Rule {STRANGE}"],
        )
    owner.execute(
        "insert into quality.verdict (batch_id, passed, declared_rules, executed_rules, reasons)"
        " values (%s, true, 2, 2, '[]')",
        [batch],
    )
    return batch


_COMMUNES = (
    "(select a.area_id, row_number() over (order by a.code) as place, d.code as district from warehouse.dim_area as a"
    " join warehouse.dim_area as d on d.area_id = a.parent_id where a.level = 'commune' and a.valid_to is not null"
    f" and d.code in ('{OWN_DISTRICT}', '{OTHER_DISTRICT}', '181', '183') and d.level = 'district')"
)
_DOSSIERS = f"""
    insert into warehouse.fact_dossier (province_id, dossier_code, organisation_id, service_id, area_id, channel_code,
        level, status_code, received_at, updated_at, batch_id, page_number)
    select %(own)s, 'H37-' || c.place || '-' || n, o.organisation_id, s.service_id, c.area_id,
        case when (n * 7 + c.place) %% 11 < 7 + n / 25 then 'online' else 'direct' end, 3 + n %% 2, 'returned',
        timestamptz '2022-01-03 08:00+07' + n * interval '131 hours', now(), %(batch)s, 1 + n %% 3
    from {_COMMUNES} as c cross join generate_series(0, 98) as n
    join lateral (select organisation_id from warehouse.dim_organisation where province_id = %(own)s
        and code = case when n %% 3 = 0 then '{OWN_ORGANISATION}' else '000.00.12.H37' end) as o on true
    join lateral (select service_id from warehouse.dim_service where province_id = %(own)s limit 1) as s on true
"""
_FEEDBACK = f"""
    insert into warehouse.fact_feedback (province_id, case_code, field_code, area_id, received_at, status_code,
        updated_at, batch_id, page_number)
    select %(own)s, 'PA-' || c.place || '-' || n, case when n %% 2 = 0 then 'GIAO_THONG' else 'MOI_TRUONG' end,
        c.area_id, timestamptz '2022-01-03 08:00+07' + n * interval '40 days',
        case when (n + c.place) %% 3 = 0 then 'in_progress' else 'resolved' end, now(), %(batch)s, 1
    from {_COMMUNES} as c cross join generate_series(0, 12) as n
"""
_SUBSCRIBERS = f"""
    insert into warehouse.fact_subscriber (province_id, month_end_day, operator_code, area_id, kind, smartphone,
        subscribers, submission, batch_id, page_number)
    select %(own)s, (m + interval '1 month - 1 day')::date, p.code, c.area_id, 'mobile_phone', true,
        6000 + 12 * extract(month from age(m, '2021-12-01'))::int + c.place * 10, 1, %(batch)s, 1
    from {_COMMUNES} as c cross join generate_series(timestamp '2021-12-01', '2023-06-01', '1 month') as m
    cross join (values ('vnpt'), ('viettel')) as p (code)
"""


def _vehicles(owner: psycopg.Connection, facts: Facts, batch: int, first: str, count: int, name: str) -> None:
    owner.execute(
        "insert into warehouse.fact_vehicle (province_id, declaration_code, seq, gate_code, direction, declared_online,"
        " declared_at, processed_at, status_code, batch_id, page_number) select %s, %s || '-' || n, 1,"
        " case when n %% 4 = 0 then 'tan_thanh' else 'huu_nghi' end,"
        " case when n %% 3 = 0 then 'import' else 'export' end,"
        " true, d, d, 'processed', %s, 1 from generate_series(1, %s) as n"
        " cross join lateral (select least(%s::timestamptz + n * interval '100 minutes',"
        " '2023-06-30 20:00+07') as d) as at",
        [facts.province_id, name, batch, count, first],
    )


def _people(owner: psycopg.Connection) -> str:
    for login, name, role, limits in (
        (LEADER, "Lãnh đạo tỉnh", "viewer", rights.find_limits(owner, "H37")),
        (AUDITOR, "Kiểm toán", "auditor", rights.find_limits(owner, "H37")),
        (ENGINEER, "Kỹ sư dữ liệu", "engineer", rights.find_limits(owner, "H37")),
        (DISTRICT, "Huyện Tràng Định", "department", rights.find_limits(owner, "H37", f"{OWN_DISTRICT}@2023-06-30")),
        (OFFICE, "Sở Thông tin", "department", rights.find_limits(owner, "H37", None, [OWN_ORGANISATION])),
    ):
        directory.create(owner, login, name, role, limits, PASSWORD)  # type: ignore[arg-type]
    wall = keys.create(owner, directory.find(owner, LEADER).account_id, "tường", ["wall"], 9)
    owner.commit()
    return wall
