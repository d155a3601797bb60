"""Sessions of signed-in browsers. The browser holds a random token, the database its hash, so that a session can be
ended immediately.

Signing in has three steps, since hashing a password takes long and needs no connection: `begin`, then
`passwords.matches`, then `open_after`.

All functions take a connection of `connect(url, "accounts")`; `begin` commits, the others leave it to their caller.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from accounts import throttle
from accounts.caller import CALLER, Caller, Connection, caller
from accounts.throttle import SignInAttempt
from hub.errors import WrongCredentials

IDLE, LONGEST = timedelta(hours=2), timedelta(hours=12)
"""A session ends after so long without a request of its person, and after so long in any case."""

OPEN = f"s.ended_at is null and s.expires_at > now() and s.last_seen_at > now() - interval '{IDLE.seconds} seconds'"


@dataclass(frozen=True)
class NewSession:
    """A new session; the token is given to the browser and stored nowhere."""

    token: str
    caller: Caller


@dataclass(frozen=True)
class SignIn:
    """A sign-in that waits for its password to be looked at."""

    attempt: SignInAttempt
    account_id: int | None
    """None of an unknown login and of a disabled account."""
    password_hash: str | None


def begin(connection: Connection, login: str, address: str) -> SignIn:
    """Record an attempt to sign in. Raises TooManyAttempts after many failures.

    An unknown login, a disabled account and a wrong password take the same time and give the same answer.
    """
    attempt = throttle.begin(connection, login, address)
    own = login.strip().lower()
    row = connection.execute(
        "select account_id, password_hash from access.account where login = %s and disabled_at is null",
        [own if own.isprintable() else ""],
    ).fetchone()
    connection.commit()
    return SignIn(attempt, *(row or (None, None)))


def open_after(connection: Connection, sign_in: SignIn) -> NewSession:
    """Open the session of a sign-in whose password was right. Raises WrongCredentials when the account was disabled or
    its password changed meanwhile."""
    row = connection.execute(
        f"select {CALLER} from access.account as a"
        " where a.account_id = %s and a.password_hash = %s and a.disabled_at is null".encode(),
        [sign_in.account_id, sign_in.password_hash],
    ).fetchone()
    if row is None:
        raise WrongCredentials
    throttle.succeeded(connection, sign_in.attempt)
    who = caller(row)
    return NewSession(open_for(connection, who), who)


def open_for(connection: Connection, who: Caller) -> str:
    """Open a session for a known caller, such as one of the identity provider; its token."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        "insert into access.session (token_sha256, account_id, expires_at) values (%s, %s, now() + %s)",
        [_sha256(token), who.account_id, LONGEST],
    )
    return token


def resume(connection: Connection, token: str, *, by_itself: bool = False) -> Caller | None:
    """Who holds the token, with the rights that hold now; None without an open session. What a page asks `by_itself`
    keeps no session open: whoever left it is signed out."""
    row = connection.execute(
        f"select s.last_seen_at < now() - interval '1 minute', {CALLER} from access.session as s"
        " join access.account as a using (account_id)"
        f" where s.token_sha256 = %s and a.disabled_at is null and {OPEN}".encode(),
        [_sha256(token)],
    ).fetchone()
    if row is None:
        return None
    if row[0] and not by_itself:
        connection.execute("update access.session set last_seen_at = now() where token_sha256 = %s", [_sha256(token)])
    return caller(row[1:])


def end(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(
        "update access.session set ended_at = now() where token_sha256 = %s and ended_at is null", [_sha256(token)]
    )


def end_all(connection: Connection, account_id: int) -> int:
    """End every open session of an account; how many there were."""
    return connection.execute(
        f"update access.session as s set ended_at = now() where s.account_id = %s and {OPEN}".encode(), [account_id]
    ).rowcount


def csrf_token(token: str) -> str:
    """What a form of this session must send along; derived from the token, so that nothing more is stored."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def csrf_matches(token: str, sent: str) -> bool:
    """Whether a form belongs to this session."""
    return hmac.compare_digest(csrf_token(token).encode(), sent.encode())


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
