"""Authentication of a request: a signed-in browser, a machine with an API key, or a wall with its token."""

from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Request

from accounts import keys, sessions
from accounts.account_roles import Scope
from accounts.caller import Caller
from screens.database import Database
from screens.request_errors import forbidden, unauthenticated

SESSION_COOKIE = "ioc_session"
WALL_COOKIE = "ioc_wall"
"""Holds an API key with the scope wall: a browser on a wall signs in by it and by nothing else."""
OVER_HTTPS = "__Host-"
"""Begins the names of cookies that prove something where there is HTTPS: browsers take such a one from this very host
over HTTPS only, so that no other host of the domain can plant one (RFC 6265bis, 4.1.3.2)."""
_LONGEST_TOKEN = 200


def cookie_name(name: str, secure: bool) -> str:
    """What a cookie that proves something is called."""
    return f"{OVER_HTTPS}{name}" if secure else name


async def database(request: Request) -> Database:
    """Dependency: the process's connections. Async, since it needs no thread."""
    found: Database = request.app.state.database
    return found


def recognise(
    database: Database, request: Request, authorization: str | None, *, by_itself: bool = False
) -> Caller | None:
    """The caller behind a request; None without credentials, and for credentials that are not valid. Pages ask
    `by_itself` for news; all that they ask by a script says so in a header.

    An Authorization header decides alone where there is one, so that a machine never acts as a browser's person.
    """
    if authorization is not None:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not _can_be(key.strip()):
            return None
        with database.credentials() as connection:
            return keys.recognise(connection, key.strip())
    secure, by_itself = database.settings.secure_cookies, by_itself or "HX-Request" in request.headers
    session, wall = (request.cookies.get(cookie_name(name, secure), "") for name in (SESSION_COOKIE, WALL_COOKIE))
    if not (_can_be(session) or _can_be(wall)):
        return None
    with database.credentials() as connection:
        found = sessions.resume(connection, session, by_itself=by_itself) if _can_be(session) else None
        if found is None and _can_be(wall):
            found = keys.recognise(connection, wall)
            if found is not None and found.scopes != {"wall"}:
                return None
        return found


def is_loopback(client: str) -> bool:
    """Whether the client's address is this machine's own."""
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False


def _can_be(token: str) -> bool:
    return 0 < len(token) <= _LONGEST_TOKEN and token.isascii()


def known_caller(request: Request, database: Annotated[Database, Depends(database)]) -> Caller:
    """Dependency: the caller. Raises RequestError 401 without one."""
    found = recognise(database, request, request.headers.get("authorization"))
    if found is None:
        raise unauthenticated()
    return found


def require(caller: Caller, scope: Scope) -> None:
    """Raises RequestError 403 when the caller may not do that."""
    if not caller.may(scope):
        raise forbidden(scope)
