"""Passwords: argon2id, with the same work whether or not there is a hash to compare with."""

import secrets
from functools import cache

from pwdlib import PasswordHash

from hub.errors import InvalidAccount
from hub.translation import msg

SHORTEST, LONGEST = 12, 256
"""Characters; hashing a long one costs the server work."""


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe())


def hashed(password: str, login: str = "") -> str:
    """The hash to keep. Raises InvalidAccount for a password that is easily guessed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidAccount(
            msg("a password must have {shortest} to {longest} characters", shortest=SHORTEST, longest=LONGEST),
        )
    if len(set(password)) < 5 or (login and login in password.lower()):
        raise InvalidAccount(
            msg("the password is easily guessed: few different characters, or the login in it"),
        )
    return _hasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password of that hash. Without a hash it takes as long, and is not."""
    given = password[: LONGEST + 1].encode(errors="backslashreplace").decode()  # a lone surrogate is no text
    right = _hasher().verify(given, kept or _nobodys())
    return right and kept is not None


def initial() -> str:
    """An initial password, shown once."""
    return secrets.token_urlsafe(12)
