"""The connections of the screens, given out again and again."""

import pytest

from hub.errors import RequestError
from screens import database
from screens.database import Database, ScreenSettings
from tests.postgres import Postgres
from warehouse.database import connect


@pytest.fixture(scope="module")
def url(postgres: Postgres) -> str:
    return postgres.database()


def _session(own: Database) -> int:
    with own.credentials() as connection:
        [(number,)] = connection.execute("select pg_backend_pid()").fetchall()
        return int(number)


def _end(url: str, session: int) -> None:
    with connect(url, "owner") as owner:
        owner.execute("select pg_terminate_backend(%s, 10000)", [session])


def test_a_connection_that_was_lost_while_nobody_used_it_is_made_anew(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Database(ScreenSettings(url))
    session = _session(own)
    assert _session(own) == session
    _end(url, session)
    monkeypatch.setattr(database, "TRUSTED", 0.0)  # as after a while
    assert _session(own) != session
    own.close()


def test_one_that_is_lost_right_after_its_use_is_not_given_out_twice(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TRUSTED", 3600.0)
    own = Database(ScreenSettings(url))
    session = _session(own)
    _end(url, session)
    with pytest.raises(RequestError) as refused:
        _session(own)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
    assert _session(own) != session
    own.close()
