"""The way in, and what went wrong."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Login:
    """The way in; `error` says what did not fit without saying whether the account exists."""

    action: str
    next: str = "/"
    login: str = ""
    error: str | None = None
    oidc_href: str | None = None
    oidc_name: str | None = None


@dataclass(frozen=True)
class ErrorPage:
    """What went wrong, where, and what to do; `reference` finds it in the log."""

    status: int
    what: str
    todo: str
    where: str | None = None
    reference: str | None = None
    detail: str | None = None
    """What exactly was wrong."""
