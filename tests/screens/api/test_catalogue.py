"""What there is: fields, areas, organisations, periods, KPIs, sources, evidence, in both languages."""

import pytest

from tests.installation import CATALOGUE
from tests.screens.api.conftest import Get
from tests.screens.api.hub import DISTRICT, TOWN


@pytest.mark.parametrize(("lang", "name"), [("vi", "Cửa khẩu"), ("en", "Border gate")])
def test_the_fields_come_in_the_order_of_the_reports(get: Get, lang: str, name: str) -> None:
    fields = get("/domains", lang=lang).json()["data"]
    assert [field["position"] for field in fields] == list(range(1, 12))
    assert fields[2]["name"] == name
    assert "gate_vehicles" in [kpi["kpi"] for kpi in fields[2]["kpis"]]


def test_the_language_comes_from_the_address_then_from_the_client_then_is_vietnamese(get: Get) -> None:
    english, vietnamese = "Border gate", "Cửa khẩu"
    for headers, query, expected in (
        ({}, {}, vietnamese),
        ({"Accept-Language": "fr,en;q=0.8,vi;q=0.5"}, {}, english),
        ({"Accept-Language": "fr"}, {}, vietnamese),
        ({"Accept-Language": "en"}, {"lang": "vi"}, vietnamese),
    ):
        answer = get("/domains", headers=headers, **query)
        assert answer.json()["data"][2]["name"] == expected, (headers, query)
        assert answer.headers["Content-Language"] == ("en" if expected == english else "vi")


def test_areas_are_those_of_the_asked_day(get: Get) -> None:
    before = get("/areas", as_of="2023-06-30", parent=DISTRICT).json()["data"]
    assert {area["level"] for area in before} == {"commune"}
    assert TOWN in {area["area"] for area in before}
    assert {area["parent"] for area in before} == {DISTRICT}
    today = get("/areas", as_of="2025-07-01").json()["data"]
    assert {area["level"] for area in today} == {"province", "commune"}
    assert sum(area["level"] == "commune" for area in today) == 65
    assert get("/areas", as_of="2023-06-30", level="district").json()["data"][0]["valid_to"] == "2025-07-01"


def test_organisations_and_periods(get: Get) -> None:
    organisations = get("/organisations").json()["data"]
    assert [one["organisation"] for one in organisations] == sorted(one["organisation"] for one in organisations)
    assert {one["organisation"].rsplit(".", 1)[1] for one in organisations} == {"H37"}
    months = [period["period"] for period in get("/periods", freq="month").json()["data"]]
    assert months[:3] == ["2023-03", "2023-02", "2023-01"]


def test_a_kpi_tells_its_rule_and_the_values_of_its_breakdowns(get: Get) -> None:
    kpi = get("/kpis/online_dossier_rate", lang="en").json()["data"]
    assert (kpi["unit"], kpi["good"], kpi["field"], kpi["reads"]) == ("%", "up", "public_services", "dossiers")
    assert kpi["values"]["level"]["4"] == "Full online service"
    assert "area" in kpi["breakdowns"]
    assert "area" not in kpi["values"]
    assert [kpi["kpi"] for kpi in get("/kpis").json()["data"]] == sorted(CATALOGUE.definitions)
    own = [name for name, kpi in CATALOGUE.definitions.items() if kpi.field == "feedback"]
    assert [one["kpi"] for one in get("/kpis", field="feedback").json()["data"]] == sorted(own)


def test_sources_tell_who_is_late_the_worst_first(get: Get) -> None:
    sources = {source["source"]: source for source in get("/sources").json()["data"]}
    assert next(iter(sources)) == "press"
    assert sources["press"]["state"] == "blocked"
    assert (sources["gate"]["state"], sources["gate"]["covered_to"]) == ("late", "2023-03-31")
    assert sources["gate"]["late_by_hours"] > 24
    assert sources["security"]["state"] == "never"


@pytest.mark.parametrize(("source", "codes"), [("telecom", ["vnpt"]), ("post", [])])
def test_who_delivered_can_be_asked_of_one_source(get: Get, source: str, codes: list[str]) -> None:
    found = get("/quality/deliverers", source=source, lang="en").json()["data"]
    assert [one["deliverer"] for one in found] == codes
    assert [(one["name"], one["is_expected"], one["is_missing"]) for one in found] == [("VNPT", True, False)] * len(
        codes
    )


def test_runs_and_rule_results_can_be_narrowed(get: Get) -> None:
    runs = get("/quality/runs").json()["data"]
    assert [run["batch_id"] for run in runs] == sorted((run["batch_id"] for run in runs), reverse=True)
    (blocked,) = get("/quality/runs", status="blocked").json()["data"]
    assert (blocked["source"], blocked["first_day"]) == ("press", "2023-04-01")
    results = get("/quality/results", passed="false").json()["data"]
    assert [(result["rule"], result["failed"]) for result in results] == [("known_sentiment", 2)]
    assert get("/quality/results", batch=blocked["batch_id"]).json()["data"] == []


@pytest.mark.parametrize(("lang", "rule"), [("vi", "Quy tắc"), ("en", "Rule")])
def test_what_a_rule_wants_is_told_in_the_asked_language(get: Get, lang: str, rule: str) -> None:
    results = get("/quality/results", passed="false", lang=lang).json()["data"]
    assert [result["description"] for result in results] == [rule]
