"""A hub in whose database every text of a source, a person or a file is hostile, whatever a load would make of it."""

import re
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from hub.texts import NOT_SHOWN
from tests.installation import refresh
from tests.kpis.facts import Facts
from tests.screens.pages import world
from warehouse.database import connect

COMMANDS = (
    "\x1b[31m\x1b]0;title\x07\x9b2J\x90\x08\x0b\x0c\r\x01\x7f\x85"
    "\u202e\u2066\u200b\u200f\u2060\ufeff\u2028\u2029\U000e0041"
)
"""What would command a terminal, turn the direction of reading, hide something or break a line."""
MARKUP = "[red]đỏ[/red][link=https://elsewhere.example]x[/link]:warning:"
FORGED = "\nERROR:root:forged"
HOSTILE = f"Ủy{COMMANDS}{MARKUP}{FORGED}"
FORBIDDEN = re.compile(NOT_SHOWN)
_TEXTS = {
    "access.account": ("name",),
    "access.api_key": ("name",),
    "landing.page": ("correlation_id", "request"),
    "ledger.batch": ("reason_vi", "reason_en"),
    "quality.rule_result": ("description_vi", "description_en"),
    "nation.observation": ("reason_vi", "reason_en"),
    "nation.province": ("name", "address", "failure_vi", "failure_en"),
    "warehouse.area_population": ("basis",),
    "warehouse.dim_area": ("name",),
    "warehouse.dim_field": ("name_vi", "name_en"),
    "warehouse.dim_gate": ("name_vi", "name_en"),
    "warehouse.dim_operator": ("name_vi", "name_en"),
    "warehouse.dim_organisation": ("name",),
    "warehouse.dim_province": ("name",),
    "warehouse.dim_service": ("name", "field_code", "field_name"),
    "warehouse.fact_dossier": ("dossier_code",),
    "warehouse.fact_feedback": ("field_code",),
    "warehouse.fact_vehicle": ("gate_code",),
    "warehouse.kpi_plan": ("basis",),
}
"""Table → columns of which no part of the hub needs to know the values."""


def fill(url: str) -> world.World:
    """The hub of the pages' tests, with refused records, messages and messages' answers, and then all texts hostile."""
    made = world.fill(url)
    with connect(url, "owner") as owner:
        _add(owner)
        for table, columns in _TEXTS.items():
            said = ", ".join(f"{column} = coalesce({column}, '') || %(hostile)s" for column in columns)
            owner.execute(f"update {table} set {said}".encode(), {"hostile": HOSTILE})
        owner.commit()
    refresh(url, "H37", world.KPIS)
    return made


def _add(owner: psycopg.Connection) -> None:
    facts = Facts(owner)
    facts.add("fact_document", [{"document_code": f"VB{HOSTILE}", "issued_at": "2023-06-01T08:00:00+07:00"}])
    failed = facts.publish("feedback.cases", world.DAYS, status="failed")
    blocked = facts.publish("press.articles", world.DAYS, status="blocked")
    delivered = facts.publish("telecom.subscribers", world.DAYS)
    facts.deliver(delivered, "operator_code", **{HOSTILE: 7})
    owner.execute(
        "update ledger.batch set reason_vi = '', reason_en = '' where batch_id in (%s, %s)", [failed, blocked]
    )
    owner.execute(
        "insert into quality.quarantine (batch_id, page_number, row_number, record_key, rules, record, offences)"
        " values (%s, 1, 1, %s, %s, %s, %s)",
        [
            failed,
            f"PA{HOSTILE}",
            Jsonb(["types"]),
            Jsonb({"record": {f"khoá{HOSTILE}": HOSTILE}}),
            Jsonb([{"rule": "types", "column": "received_at", "value": HOSTILE}]),
        ],
    )
    owner.execute(
        "insert into quality.rule_result (batch_id, rule_id, severity, expectation, executed, passed, evaluated,"
        " failed, description_vi, description_en) values (%s, 'types', 'reject', 'x', true, false, 9, 1, '', '')",
        [failed],
    )
    owner.execute("insert into nation.province (province_code, address, read_at) values ('H59', '', now())")
    owner.execute(
        "insert into nation.observation (province_code, kpi_id, first_day, last_day, revision, status,"
        " definition_version, recorded_at)"
        " values ('H59', 'gate_vehicles', '2023-06-01', '2023-06-30', 1, 'missing', 1, now())"
    )
    owner.execute("update quality.verdict set reasons = %s", [Jsonb([{"vi": HOSTILE, "en": HOSTILE}])])
    owner.execute("update landing.page set unknown_fields = %s", [Jsonb([HOSTILE])])
    owner.execute(
        "insert into quality.reconciliation (batch_id, measure, breakdown, first_day, last_day, source_value,"
        " hub_value, severity, equal, correlation_id) values (%s, 'gate_vehicles.vehicles', %s, '2023-01-31',"
        " '2023-01-31', 2, 3, 'warn', false, %s)",
        [delivered, HOSTILE, HOSTILE],
    )
    owner.execute(
        "insert into warehouse.unlisted_code values (%s, 'gate', 'vehicles', 'gate', %s, %s)",
        [facts.province_id, f"huu_nghi{HOSTILE}", failed],
    )
    owner.execute(
        "update ledger.incident set cause = %(hostile)s, what_vi = %(hostile)s, what_en = %(hostile)s,"
        " detail_vi = %(hostile)s, detail_en = %(hostile)s, assignee = %(hostile)s, state = 'assigned'",
        {"hostile": HOSTILE},
    )
    owner.execute(
        "insert into ledger.incident_event (incident_id, state, actor, assignee, reason)"
        " values (1, 'assigned', %(hostile)s, %(hostile)s, %(hostile)s)",
        {"hostile": HOSTILE},
    )
    owner.execute(
        "insert into ledger.alert (alert_id, province_id, channel, recipient, body, last_error_vi, last_error_en)"
        " values ('00000000-0000-4000-8000-000000000002', %s, 'mail', 'x', %s, %s, %s)",
        [facts.province_id, Jsonb({"subject": HOSTILE, "text": HOSTILE}), HOSTILE, HOSTILE],
    )
    seen = "2023-07-01T08:00:00+07:00"
    evidence = {"title": HOSTILE, "due_at": seen, "deadline": seen, "attempts": [], "outages": []}
    owner.execute(
        "insert into ledger.reminder (province_id, unit, source, feed, first_day, last_day, deadline, evidence)"
        " values (%s, %s, 'feedback', 'cases', '2023-06-01', '2023-06-01', %s, %s)",
        [facts.province_id, HOSTILE, seen, Jsonb(evidence | {"unit_name": {"vi": HOSTILE, "en": HOSTILE}})],
    )
    owner.execute(
        "insert into kpi.note (province_id, kpi_id, area_id, first_day, last_day, text, salt, author) select"
        " province_id, kpi_id, area_id, first_day, last_day, %s, '', %s from kpi.observation"
        " where kpi_id = 'gate_vehicles' limit 1",
        [HOSTILE, f"account:{HOSTILE}"],
    )
    owner.execute(
        "insert into kpi.government_message (message_id, province_id, kpi_id, first_day, last_day, observation_id,"
        " version, body, status, refusal, last_error_vi, last_error_en, attempts, sent_at, settled_at)"
        " select '00000000-0000-4000-8000-000000000001', province_id, kpi_id, first_day, last_day, observation_id, 1,"
        ' \'{"chi_tieu": [{"gia_tri": 2}], "ky": "2023-06"}\', \'refused\', %s, %s, %s, 1, now(), now()'
        " from kpi.observation where kpi_id = 'gate_vehicles' limit 1",
        [Jsonb([{"ma": HOSTILE, "ly_do": HOSTILE}]), HOSTILE, HOSTILE],
    )


def every_text(value: Any) -> str:
    """All texts of a JSON document, names of its members included."""
    if isinstance(value, dict):
        return " ".join([*map(every_text, value), *map(every_text, value.values())])
    return " ".join(map(every_text, value)) if isinstance(value, list) else str(value)
