"""Accounts: their logins, names and subjects at the identity provider."""

from collections.abc import Callable

import psycopg
import pytest

from accounts import directory, keys, sessions
from accounts.rights import Limits
from hub.errors import InvalidAccount
from tests.accounts.sign_in import RIGHT, stt


@pytest.mark.parametrize("odd", ["a\0b", "a\x1b[2J", "\ud800", "a\nb"])
def test_what_an_administrator_gives_has_no_control_characters(keeper: psycopg.Connection, odd: str) -> None:
    gives: list[Callable[[], object]] = [
        lambda: directory.create(keeper, odd, "Tên", "viewer", Limits(1)),
        lambda: directory.create(keeper, "one", odd, "viewer", Limits(1)),
        lambda: directory.create(keeper, "one", "Tên", "viewer", Limits(1), RIGHT + odd),
        lambda: directory.create(keeper, "one", "Tên", "viewer", Limits(1), None, odd),
        lambda: directory.set_password(keeper, stt(keeper), RIGHT + odd, by_user=True),
        lambda: directory.set_subject(keeper, stt(keeper), odd),
        lambda: directory.find(keeper, odd),
        lambda: keys.create(keeper, stt(keeper).account_id, odd, ["read"], 1),
    ]
    for give in gives:
        with pytest.raises(InvalidAccount):
            give()
    assert directory.find_by_subject(keeper, odd) is None


def test_the_identity_provider_knows_an_account_by_its_subject(keeper: psycopg.Connection) -> None:
    directory.set_subject(keeper, stt(keeper), "subject-7")
    who = directory.find_by_subject(keeper, "subject-7")
    assert who is not None
    assert sessions.resume(keeper, sessions.open_for(keeper, who)) == who
    assert directory.find_by_subject(keeper, "subject-8") is None
    directory.disable(keeper, stt(keeper))
    assert directory.find_by_subject(keeper, "subject-7") is None


def test_logins_and_subjects_are_one_accounts_alone(keeper: psycopg.Connection) -> None:
    with pytest.raises(InvalidAccount, match="login 'stt' already belongs to another account"):
        directory.create(keeper, "Stt", "Khác", "viewer", Limits(1))
    keeper.rollback()
    directory.set_subject(keeper, stt(keeper), "subject-7")
    with pytest.raises(InvalidAccount, match="oidc_subject 'subject-7' already belongs to another account"):
        directory.create(keeper, "other", "Khác", "viewer", Limits(1), None, "subject-7")
    keeper.rollback()
    for login in ("", "a", "có dấu", "a b", "-a", "x" * 64):
        with pytest.raises(InvalidAccount, match="must have 2 to 63"):
            directory.create(keeper, login, "Khác", "viewer", Limits(1))
    with pytest.raises(InvalidAccount, match="there is no account 'sttt'; there is stt"):
        directory.find(keeper, "sttt")
