"""The way in, and what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from screens.view_models.page import Link


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
    actions: Sequence[Link] = ()
    detail: str | None = None
    """What exactly was wrong."""
