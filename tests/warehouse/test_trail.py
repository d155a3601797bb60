"""An entry of the trail stands in its act's transaction, says who did what to what, and is never changed."""

import json

import psycopg
import pytest
import rfc8785

from warehouse import trail
from warehouse.database import Role, connect


@pytest.mark.parametrize("role", ["loader", "accounts", "owner"])
def test_whoever_acts_writes_what_was_done(warehouse_url: str, role: Role) -> None:
    with connect(warehouse_url, role) as connection:
        number = trail.write(
            connection,
            "key",
            "account/trang-dinh/key/7",
            province="H37",
            actor=trail.account_actor("admin"),
            before={"scopes": ["figures"]},
            after={"revoked": True},
            reason="Thiết bị bị mất",
        )
        connection.commit()
    with connect(warehouse_url, "owner") as owner:
        row = owner.execute(
            "select body, act, actor, subject, province from ledger.entry where entry_id = %s", [number]
        ).fetchone()
    assert row is not None
    body = json.loads(row[0])
    assert row[0].encode() == rfc8785.dumps(body)
    assert row[1:] == ("key", "account:admin", "account/trang-dinh/key/7", "H37")
    assert (body["before"], body["after"], body["reason"]) == (
        {"scopes": ["figures"]},
        {"revoked": True},
        "Thiết bị bị mất",
    )
    assert body["version"]
    assert body["at"].endswith("+07:00")


def test_what_is_taken_back_leaves_no_entry(warehouse_url: str) -> None:
    with connect(warehouse_url, "loader") as connection:
        number = trail.write(connection, "load", "feed/dvc/dossiers")
        connection.rollback()
        row = connection.execute("select count(*) from ledger.entry where entry_id = %s", [number]).fetchone()
    assert row == (0,)


@pytest.mark.parametrize("role", ["loader", "accounts", "reader", "screens"])
@pytest.mark.parametrize("change", ["update ledger.entry set body = '{}'", "delete from ledger.entry"])
def test_no_role_of_the_hub_changes_or_deletes_an_entry(warehouse_url: str, role: Role, change: str) -> None:
    with connect(warehouse_url, role) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(change.encode())


def test_a_run_of_airflow_is_the_actor_of_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trail.process_actor().startswith("user:")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_ID", "dvc")
    monkeypatch.setenv("AIRFLOW_CTX_DAG_RUN_ID", "scheduled__2023-06-01")
    assert trail.process_actor() == "airflow:dvc/scheduled__2023-06-01"
