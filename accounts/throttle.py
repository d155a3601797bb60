"""Throttle of sign-ins: each failure beyond a few doubles the wait, for a login and for an address.

An attempt is written as failed before the password is looked at, one at a time for a login, so that a hundred guesses
side by side wait as long as a hundred in a row. Unknown logins count like known ones.
"""

import hashlib
from math import ceil

from accounts.caller import Connection
from hub.errors import TooManyAttempts
from warehouse.locks import transaction_lock

FREE_PER_LOGIN, FREE_PER_ADDRESS = 5, 30
"""Failures before the first wait: of a login in a day, of an address, which a whole office may share, in an hour."""
LONGEST_WAIT = 900
_KEPT = "90 days"

_FAILURES = (
    "select count(*), extract(epoch from clock_timestamp() - max(at)) from access.login_attempt"
    " where {column} = %(value)s and not succeeded and at > clock_timestamp() - interval '{window}'"
)
_SINCE_SUCCESS = (
    " and at > coalesce((select max(at) from access.login_attempt where login_sha256 = %(value)s and succeeded),"
    " '-infinity')"
)


def begin(connection: Connection, login: str, address: str) -> int:
    """Record the attempt, and commit. Raises TooManyAttempts while the login or the address has to wait."""
    digest = hashlib.sha256(login.strip().lower().encode()).hexdigest()
    with connection.transaction():
        transaction_lock(connection, f"login/{digest}", f"address/{address}")
        waits = (
            _wait(connection, "login_sha256", digest, FREE_PER_LOGIN),
            _wait(connection, "address", address, FREE_PER_ADDRESS),
        )
        if max(waits) > 0:
            raise TooManyAttempts(ceil(max(waits)))
        row = connection.execute(
            "insert into access.login_attempt (login_sha256, address) values (%s, %s) returning attempt_id",
            [digest, address],
        ).fetchone()
    connection.commit()
    assert row is not None  # noqa: S101 - an insert returns its row
    return int(row[0])


def succeeded(connection: Connection, attempt: int) -> None:
    """Record that the password was right: earlier failures of the login no longer count. Deletes old attempts."""
    connection.execute(f"delete from access.login_attempt where at < now() - interval '{_KEPT}'".encode())
    connection.execute("update access.login_attempt set succeeded = true where attempt_id = %s", [attempt])


def _wait(connection: Connection, column: str, value: str, free: int) -> float:
    of_login = column == "login_sha256"
    ask = _FAILURES.format(column=column, window="1 day" if of_login else "1 hour")
    row = connection.execute((ask + (_SINCE_SUCCESS if of_login else "")).encode(), {"value": value}).fetchone()
    if row is None or row[0] < free:
        return 0
    failures, ago = row
    return float(min(2 ** min(failures - free, 20), LONGEST_WAIT)) - float(ago)
