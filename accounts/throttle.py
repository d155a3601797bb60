"""Throttle of sign-ins: each failure beyond a few doubles the wait. Failures are counted for a login at an address, for
a login at all addresses, and for an address at all logins.

A login's usual addresses, where it has signed in lately, do not wait for what others try elsewhere: nobody else can
keep a person out. An attempt is written as failed before the password is looked at, one at a time for a login and for
an address, so that a hundred guesses side by side wait as long as a hundred in a row. Unknown logins count like known
ones.
"""

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

import psycopg

from accounts.caller import Connection
from hub.errors import SignInBusy, TooManyAttempts

FREE_PER_PAIR, FREE_PER_LOGIN, FREE_PER_ADDRESS = 5, 20, 30
"""Failures before the first wait: in a day of a login at one address, in a day of a login at all addresses, in an hour
of an address, which a whole office may share, at all logins."""
LONGEST_WAIT = 900
_USUAL = "30 days"
"""For so long an address where the login has signed in is usual."""
_KEPT = "90 days"
_LOCK_SECONDS = 2

_PAIR = (
    "login_sha256 = %(login)s and address = %(address)s and at > clock_timestamp() - interval '1 day'"
    " and at > coalesce((select max(at) from access.login_attempt where login_sha256 = %(login)s"
    " and address = %(address)s and succeeded), '-infinity')"
)
_LOGIN = "login_sha256 = %(login)s and at > clock_timestamp() - interval '1 day'"
_ADDRESS = "address = %(address)s and at > clock_timestamp() - interval '1 hour'"


@dataclass(frozen=True)
class SignInAttempt:
    """An attempt that is written as failed until `succeeded` says otherwise."""

    attempt_id: int
    is_usual: bool
    """Whether the login has signed in from this address lately."""


def counted_as(login: str, address: str) -> tuple[str, str]:
    """Under what attempts of a login and of an address are counted: the login's hash, and the address or its
    network."""
    return _sha256(login.strip().lower()), network(address)


def begin(connection: Connection, login: str, address: str) -> SignInAttempt:
    """Record the attempt, and commit. Raises TooManyAttempts while it has to wait; SignInBusy when so many others are
    recorded at this moment that its turn does not come."""
    digest, place = counted_as(login, address)
    values = {"login": digest, "address": place}
    with connection.transaction():
        _lock(connection, digest, place)
        is_usual = connection.execute(
            "select 1 from access.login_attempt where login_sha256 = %(login)s and address = %(address)s and succeeded"
            f" and at > clock_timestamp() - interval '{_USUAL}' limit 1".encode(),
            values,
        ).fetchone()
        waits = [
            _wait(connection, _PAIR, values, FREE_PER_PAIR),
            _wait(connection, _ADDRESS, values, FREE_PER_ADDRESS),
        ]
        if not is_usual:
            waits.append(_wait(connection, _LOGIN, values, FREE_PER_LOGIN))
        if max(waits) > 0:
            raise TooManyAttempts(ceil(max(waits)))
        row = connection.execute(
            "insert into access.login_attempt (login_sha256, address) values (%(login)s, %(address)s)"
            " returning attempt_id",
            values,
        ).fetchone()
    connection.commit()
    assert row is not None  # noqa: S101 - an insert returns its row
    return SignInAttempt(int(row[0]), is_usual is not None)


def succeeded(connection: Connection, attempt: SignInAttempt) -> None:
    """Record that the password was right: earlier failures of the login at this address no longer count. Deletes old
    attempts."""
    connection.execute(f"delete from access.login_attempt where at < now() - interval '{_KEPT}'".encode())
    connection.execute("update access.login_attempt set succeeded = true where attempt_id = %s", [attempt.attempt_id])


def withdraw(connection: Connection, attempt: SignInAttempt) -> None:
    """Forget an attempt whose password nobody has looked at."""
    connection.execute("delete from access.login_attempt where attempt_id = %s", [attempt.attempt_id])


def _lock(connection: Connection, digest: str, place: str) -> None:
    """Hold the buckets of a login and an address until the transaction ends; the order is the same for everyone."""
    buckets = [bytes.fromhex(digest)[0], bytes.fromhex(_sha256(place))[0]]
    connection.execute(f"set local lock_timeout = '{_LOCK_SECONDS}s'".encode())
    try:
        connection.execute(
            "select from access.login_lock where bucket = any(%s) order by bucket for update", [sorted(set(buckets))]
        )
    except psycopg.errors.LockNotAvailable:
        raise SignInBusy(_LOCK_SECONDS) from None


def _wait(connection: Connection, condition: str, values: dict[str, str], free: int) -> float:
    row = connection.execute(
        "select count(*), extract(epoch from clock_timestamp() - max(at)) from access.login_attempt"
        f" where not succeeded and {condition}".encode(),
        values,
    ).fetchone()
    if row is None or row[0] < free:
        return 0
    failures, ago = row
    return float(min(2 ** min(failures - free, 20), LONGEST_WAIT)) - float(ago)


def network(address: str) -> str:
    """By what an address is counted: one of IPv6 by the /64 network, which a single customer has whole."""
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64] if address.isprintable() else ""
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((int(found) >> 64 << 64, 64)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode(errors="backslashreplace")).hexdigest()
