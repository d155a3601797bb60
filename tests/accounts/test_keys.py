"""API keys: what they may do, and how they end."""

import psycopg
import pytest

from accounts import directory, keys
from accounts.rights import Limits
from hub.errors import InvalidAccount
from tests.accounts.sign_in import stt


def test_a_key_acts_within_its_scopes_and_its_accounts_role(keeper: psycopg.Connection) -> None:
    directory.create(keeper, "leader", "Lãnh đạo", "viewer", Limits(1))
    leader = directory.find(keeper, "leader").account_id
    machine = keys.recognise(keeper, keys.create(keeper, leader, "máy", ["read", "rows"], 30))
    wall = keys.recognise(keeper, keys.create(keeper, leader, "màn hình", ["wall"], 30))
    assert machine is not None
    assert machine.scopes == {"read"}  # a viewer sees no rows, so neither does its key
    assert wall is not None
    assert wall.scopes == {"wall"}


@pytest.mark.parametrize(
    "over",
    [
        "update access.api_key set revoked_at = now()",
        "update access.api_key set expires_at = now()",
        "update access.account set disabled_at = now()",
    ],
)
def test_a_key_that_is_over_is_worthless_at_once(keeper: psycopg.Connection, over: str) -> None:
    key = keys.create(keeper, stt(keeper).account_id, "máy", ["read"], 30)
    assert keys.recognise(keeper, key)
    assert keys.recognise(keeper, key + "x") is None
    keeper.execute(over.encode())
    assert keys.recognise(keeper, key) is None


def test_a_key_is_revoked_by_how_it_begins(keeper: psycopg.Connection) -> None:
    key = keys.create(keeper, stt(keeper).account_id, "máy", ["read"], 30)
    other = keys.create(keeper, stt(keeper).account_id, "máy khác", ["read"], 30)
    listed = keys.every(keeper)
    assert [k.name for k in listed] == ["máy khác", "máy"]
    assert key.startswith(listed[1].prefix + "_")

    assert keys.revoke(keeper, listed[1].prefix) == listed[1].prefix
    assert keys.recognise(keeper, key) is None
    assert keys.recognise(keeper, other)
    with pytest.raises(InvalidAccount, match="no API key has that prefix"):
        keys.revoke(keeper, "ioc_00000000")


@pytest.mark.parametrize(
    ("scopes", "days", "told"),
    [
        ([], 30, "unknown scope"),
        (["write"], 30, "unknown scope 'write'; allowed: read, explain, rows, export, wall, metrics"),
        (["wall", "read"], 30, "a key for a wall has the scope wall and no other"),
        (["read"], 0, "valid for 1 to 730 days"),
        (["read"], 10_000, "valid for 1 to 730 days"),
    ],
)
def test_a_key_for_everything_or_for_ever_is_not_made(
    keeper: psycopg.Connection, scopes: list[str], days: int, told: str
) -> None:
    with pytest.raises(InvalidAccount, match=told):
        keys.create(keeper, stt(keeper).account_id, "máy", scopes, days)
