"""Inputs of published figures have a value by key, whatever provinces share the hub."""

from warehouse.approved_inputs import reference_inputs
from warehouse.database import connect


def test_a_code_that_two_provinces_have_is_two_keys(warehouse_url: str) -> None:
    with connect(warehouse_url, "owner") as owner:
        owner.execute(
            "insert into warehouse.dim_organisation (province_id, code, tier, name, sort_key, is_inferred)"
            " select province_id, '000.00.01', tier, 'Sở', 'so', false from warehouse.dim_province join (values"
            " ('H37', 'province'), ('H59', 'district')) as v (code, tier) using (code)"
        )
        found = reference_inputs(owner)["dim_organisation"]
        owner.rollback()
    assert (found["H37 000.00.01 tier"], found["H59 000.00.01 tier"]) == ("province", "district")
