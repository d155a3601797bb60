"""The interface is what docs/openapi.json says, and clients that were written to it go on working."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from screens.api.docs import openapi
from screens.app import create_app
from screens.database import ScreenSettings
from tests.screens.api.breaking import breaking
from tests.screens.api.conftest import Get

FILE = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        json.dumps(openapi(create_app(ScreenSettings("postgresql+psycopg://localhost/none"))))
    )
    return found


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return found


def test_no_change_breaks_a_client(made: dict[str, Any], kept: dict[str, Any]) -> None:
    assert breaking(kept, made) == [], "make it /api/v2, or leave what clients use as it was"


def test_the_committed_description_is_the_present_one(made: dict[str, Any], kept: dict[str, Any]) -> None:
    assert made == kept, "run `python -m screens.api.describe` and look at the difference"


def test_everything_is_described(made: dict[str, Any]) -> None:
    for path, methods in made["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            assert operation["tags"], path
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (path, parameter["name"])
            if path.startswith("/api/"):
                assert {tuple(way) for way in operation["security"]} == {("key",), ("session",), ("wall",)}, path
                assert {"304", "401", "403", "404", "422", "503"} <= set(operation["responses"]), path
                assert "application/problem+json" in operation["responses"]["422"]["content"]
    assert made["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_the_description_and_its_pages_are_served_from_here(get: Get, made: dict[str, Any]) -> None:
    assert get("/openapi.json", "nobody").json() == made


CHANGES = {
    "GET /api/v1/kpis is gone": lambda api: api["paths"].pop("/api/v1/kpis"),
    "GET /api/v1/kpis: parameter field is gone": lambda api: api["paths"]["/api/v1/kpis"]["get"].update(
        parameters=[p for p in api["paths"]["/api/v1/kpis"]["get"]["parameters"] if p["name"] != "field"]
    ),
    "GET /api/v1/kpis: parameter kind is required and new": lambda api: api["paths"]["/api/v1/kpis"]["get"][
        "parameters"
    ].append({"name": "kind", "in": "query", "required": True}),
    "Observation.value is gone": lambda api: api["components"]["schemas"]["Observation"]["properties"].pop("value"),
    "Observation.revision has another type": lambda api: api["components"]["schemas"]["Observation"][
        "properties"
    ].update(revision={"type": "string"}),
    "GET /api/v1/kpis: parameter field is required now": lambda api: next(
        p for p in api["paths"]["/api/v1/kpis"]["get"]["parameters"] if p["name"] == "field"
    ).update(required=True),
    "Observation.status may be estimated, too": lambda api: api["components"]["schemas"]["Observation"]["properties"][
        "status"
    ]["enum"].append("estimated"),
    "GET /api/v1/areas: parameter level no longer takes commune": lambda api: next(
        p for p in api["paths"]["/api/v1/areas"]["get"]["parameters"] if p["name"] == "level"
    )["schema"]["anyOf"][0]["enum"].remove("commune"),
}


@pytest.mark.parametrize("told", CHANGES)
def test_a_breaking_change_is_told_in_words(kept: dict[str, Any], told: str) -> None:
    changed = copy.deepcopy(kept)
    CHANGES[told](changed)
    assert breaking(kept, changed) == [told]


def test_what_is_added_breaks_nobody(kept: dict[str, Any]) -> None:
    changed = copy.deepcopy(kept)
    changed["paths"]["/api/v1/more"] = changed["paths"]["/api/v1/kpis"]
    changed["components"]["schemas"]["Observation"]["properties"]["more"] = {"type": "string"}
    assert breaking(kept, changed) == []
