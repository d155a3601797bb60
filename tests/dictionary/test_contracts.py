"""Data contracts: valid by the standard's own schema and library, one for each feed."""

import json
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

from connectors.specification import Source
from dictionary.contracts import yaml_of
from tests.installation import CATALOGUE
from warehouse.quality_dimensions import dimension_of

SCHEMA = Draft201909Validator(json.loads((files("open_data_contract_standard") / "schema.json").read_text("utf-8")))
FEEDS = [(source, name) for source in CATALOGUE.sources.values() for name in source.feeds]


def contract(source: str, feed: str) -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(yaml_of(CATALOGUE.sources[source], feed))
    return made


@pytest.mark.parametrize(("source", "name"), FEEDS, ids=lambda one: getattr(one, "name", one))
def test_the_contract_of_every_feed_is_valid(source: Source, name: str) -> None:
    text = yaml_of(source, name)
    made = yaml.safe_load(text)
    assert [error.message for error in SCHEMA.iter_errors(made)] == []
    assert made["apiVersion"] == "v3.1.0"
    assert OpenDataContractStandard.from_string(text).id == f"{source.name}.{name}"


def test_it_promises_every_column_and_tells_which_are_personal() -> None:
    columns = {one["name"]: one for one in contract("dvc", "dossiers")["schema"][0]["properties"]}
    assert set(columns) == set(CATALOGUE.sources["dvc"].feeds["dossiers"].columns)
    assert columns["applicant_name"]["classification"] == "personal"
    assert columns["dossier_code"]["classification"] == "internal"
    assert (columns["dossier_code"]["primaryKey"], columns["dossier_code"]["required"]) == (True, True)
    assert columns["dossier_code"]["businessName"] == "Mã hồ sơ"
    assert columns["dossier_code"]["physicalName"] == "MaHoSo"


def test_it_holds_the_rules_by_which_the_feed_is_judged() -> None:
    made = contract("dvc", "dossiers")["schema"][0]
    whole = {one["name"]: one["severity"] for one in made["quality"]}
    assert whole["rejected_share"] == "block"
    assert whole["ended_at:not_before_received_at"] == "reject"
    level = next(one for one in made["properties"] if one["name"] == "level")
    [bounds] = level["quality"]
    assert bounds["implementation"]["kwargs"] == {"column": "level", "min_value": 2, "max_value": 4}


def test_a_rule_is_of_the_same_dimension_as_on_the_pages_of_quality() -> None:
    """The standard calls validity conformity."""
    made = contract("dvc", "dossiers")["schema"][0]
    rules = [*made["quality"], *(rule for one in made["properties"] for rule in one.get("quality", []))]
    assert {one["name"]: one["dimension"].replace("conformity", "validity") for one in rules} == {
        one["name"]: dimension_of(one["name"]) for one in rules
    }


def test_it_says_when_a_delivery_is_due_and_who_answers_for_it() -> None:
    made = contract("dvc", "dossiers")
    promised = {one["property"]: one for one in made["slaProperties"]}
    assert promised["frequency"]["schedule"] == "30 0 * * *"
    assert (promised["latency"]["value"], promised["latency"]["unit"]) == (6, "h")
    assert made["team"]["members"] == [{"username": "so-thong-tin-va-truyen-thong", "role": "owner"}]
