"""The errors of the hub, one tree. Each is named by how one recovers from it, or by what was asked wrongly:

    HubError                    told to a person in one clear line
    ├── Retry                   may pass by itself: try again later
    ├── Reject                  the data is refused; the last good state stays
    │   └── Blocked             a batch was judged unfit
    ├── Abort                   a person must change something first
    │   ├── Invalid             a value that a file or a setting may not have; a ValueError, too
    │   ├── InvalidAccount      an account, a key or a password that cannot be as given
    │   ├── WrongProvince       a province that the settings do not name (hub/province_settings.py)
    │   └── WrongQuestion       a question that cannot be asked
    ├── RequestError            a request to the web application that has another answer than the asked one
    └── SignInError             an attempt to sign in that opens no session
        ├── TooManyAttempts     the next attempt has to wait
        ├── SignInBusy          too many people sign in at this moment
        └── WrongCredentials    login or password is wrong, or the account is disabled

Each message says what is wrong, where, and what to do: tracebacks show it in English, a task's log in Airflow in both
languages, people in the one of their own. A message names no option and no parameter of one reader's
interface only, since the command line, the API and the pages all tell it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hub.texts import shown
from hub.translation import Language, Wording, msg


class HubError(Exception):
    """Anything the hub tells a person in one clear line."""

    def __init__(self, message: Wording) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return self.en

    @property
    def vi(self) -> str:
        return self.text("vi")

    @property
    def en(self) -> str:
        return self.text("en")

    def text(self, language: Language) -> str:
        """What is wrong and what to do, in the reader's language, as it may be shown."""
        return shown(self.message.text(language))


LONGEST_PAUSE = 3600.0
"""Seconds after which something is tried again at the latest, even if the other side asked for years."""


class Retry(HubError):  # noqa: N818 - named by recovery, not by kind
    """May pass by itself: try again later."""

    def __init__(self, message: Wording, after: float | None = None) -> None:
        super().__init__(message)
        self.after = None if after is None else min(max(after, 0.0), LONGEST_PAUSE)
        """Seconds that the other side asked to wait, at most LONGEST_PAUSE."""


class ExpiredToken(Retry):
    """The gateway no longer takes the token; the next try has a new one."""


class Reject(HubError):  # noqa: N818
    """The data is refused; the last good state stays. Who sent it must send it otherwise: an answer that is refused for
    what it holds speaks against its source, not against the hub."""


class Blocked(Reject):
    """All slices of a load were judged unfit, the first of them as batch `batch_id`. `account` says where their records
    went, `broken` which rules did not hold."""

    def __init__(
        self,
        message: Wording,
        batch_id: int,
        account: Mapping[str, object],
        broken: Sequence[Wording] = (),
        slices: int = 1,
    ) -> None:
        super().__init__(message)
        self.slices = slices
        self.batch_id = batch_id
        self.account = account
        self.broken = broken


class Abort(HubError):  # noqa: N818
    """A person must change something first: a setting, a specification, credentials, an argument."""


class WrongQuestion(Abort):
    """The question itself cannot be asked: an unknown name, a day that is none, a reversed range."""

    def __init__(self, message: Wording, parameter: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter
        """What of the question is wrong, as the API names it."""


class InvalidAccount(Abort):
    """An account, a key or a password that cannot be as given; a person must give something else."""


class Invalid(Abort, ValueError):  # noqa: N818
    """A value that a file or a setting may not have. Validators raise it, as the ValueError that they must raise, and
    the file's reader tells it with the place where it stands."""


class RequestError(HubError):
    """A request to the web application has another answer than the asked one, of this HTTP status.

    `code` names the kind for machines, `values` are what else they are told, `headers` go with the answer.
    """

    def __init__(self, message: Wording, status: int, code: str, **values: Any) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.values: Mapping[str, Any] = values
        self.headers: dict[str, str] = {}


class SignInError(HubError):
    """An attempt to sign in opens no session. The message never says which part of the credentials is wrong."""


class WrongCredentials(SignInError):  # noqa: N818 - named by what happened
    """Login or password is wrong, or the account is disabled: one answer for all three."""

    def __init__(self) -> None:
        super().__init__(msg("Login or password is wrong, or the account is disabled"))


class TooManyAttempts(SignInError):  # noqa: N818 - as above
    """Too many failures: the next attempt is looked at `after` seconds from now."""

    def __init__(self, after: int) -> None:
        super().__init__(msg("Too many failures; try again in {after} s", after=after))
        self.after = after


class SignInBusy(SignInError):  # noqa: N818 - as above
    """More people sign in at this moment than the hub looks at; the attempt does not count as a failure."""

    def __init__(self, after: int) -> None:
        super().__init__(msg("Too many people are signing in at this moment; try again in {after} s", after=after))
        self.after = after
