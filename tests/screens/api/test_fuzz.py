"""Anything at all may be asked: no answer is a fault of the hub, and every answer is as the description says."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from screens.api.docs import openapi
from screens.app import create_app
from screens.database import ScreenSettings
from tests.screens.api.hub import KPIS, World

SCHEMA = schemathesis.openapi.from_dict(openapi(create_app(ScreenSettings("postgresql+psycopg://localhost/none"))))
OPERATIONS: dict[str, Any] = {}
for found in SCHEMA.get_all_operations():
    operation: Any = found.ok()  # type: ignore[union-attr]
    if not operation.path.endswith("/events"):  # which has no end
        OPERATIONS[operation.label] = operation
REAL: dict[str, list[Any]] = {
    "province": ["H37", "H59"],
    "area": ["20", "178", "05971", "9"],
    "parent": ["20", "178"],
    "period": ["2023-01", "2023-Q1", "2023", "2023-02-ytd", "2031-02"],
    "where": [["channel=online"], ["organisation=000.00.11.H37"], ["level=3|4"], ["area=20"]],
    "by": ["area", "channel", "organisation", "gate"],
    "measure": ["received", "growth", "rate"],
    "from": ["2023-01-01", "2022-12-31"],
    "to": ["2023-03-31", "2023-02-14"],
    "as_of": ["2023-03-31", "2026-01-01", "2099-01-01"],
    "batch": [1, 2],
    "cursor": [""],
}
"""Values that exist, so that the fuzzer comes past the door; a third of what it asks is wholly its own."""


@pytest.mark.parametrize("label", OPERATIONS)
def test_no_request_makes_the_hub_fail(served: str, world: World, label: str) -> None:
    operation = OPERATIONS[label]
    known = [parameter.name for parameter in operation.query.items if parameter.name in REAL]
    with requests.Session() as session:

        @settings(
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=_cases(operation), real=st.sampled_from([True, True, False]), data=st.data())
        def ask(case: Any, real: bool, data: st.DataObject) -> None:
            if real and "kpi" in (case.path_parameters or {}):
                case.path_parameters["kpi"] = data.draw(st.sampled_from(KPIS))
            if real and known:
                chosen = data.draw(st.lists(st.sampled_from(known), max_size=4, unique=True))
                case.query = {name: data.draw(st.sampled_from(REAL[name])) for name in chosen}
            case.cookies = {}
            caller = data.draw(st.sampled_from(["whole", "whole", "whole", "hub", "town", "office", "press", "nobody"]))
            case.headers = {name: text for name, text in (case.headers or {}).items() if name != "Authorization"}
            answer = case.call(base_url=served, session=session, headers=world.headers[caller], timeout=20)
            case.validate_response(
                answer,
                checks=[
                    not_a_server_error,
                    status_code_conformance,
                    content_type_conformance,
                    response_schema_conformance,
                ],
            )

        ask()


def _cases(operation: Any) -> st.SearchStrategy[Any]:
    modes = [operation.as_strategy(generation_mode=GenerationMode.POSITIVE)]
    if operation.query.items:
        modes.append(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    return st.one_of(modes)
