"""Errors named by how one recovers from them. Each message says what is wrong, where, and what to do, in Vietnamese
and in English: tracebacks show the English one, a task's log in Airflow both, people the one of their language."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Language = Literal["vi", "en"]


class Text(NamedTuple):
    """What people read, in both languages."""

    vi: str
    en: str


class HubError(Exception):
    """Anything the hub tells a person in one clear line."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(vi, en)
        self.vi, self.en = vi, en

    def __str__(self) -> str:
        return self.en

    def text(self, language: Language) -> str:
        """What is wrong and what to do, in the reader's language."""
        return self.vi if language == "vi" else self.en


class Retry(HubError):  # noqa: N818 - named by recovery, not by kind
    """May pass by itself: try again later."""

    def __init__(self, vi: str, en: str, after: float | None = None) -> None:
        super().__init__(vi, en)
        self.after = after
        """Seconds that the other side asked to wait."""


class ExpiredToken(Retry):
    """The gateway no longer takes the token; the next try has a new one."""


class Reject(HubError):  # noqa: N818
    """The data is refused; the last good state stays."""


class Blocked(Reject):
    """A batch was judged unfit. `account` says where its records went, `broken` which rules did not hold."""

    def __init__(
        self, vi: str, en: str, batch_id: int, account: Mapping[str, object], broken: Sequence[Text] = ()
    ) -> None:
        super().__init__(vi, en)
        self.batch_id = batch_id
        self.account = account
        self.broken = broken


class Abort(HubError):  # noqa: N818
    """A person must change something first: a setting, a specification, credentials, an argument."""


class WrongQuestion(Abort):
    """The question itself cannot be asked: an unknown name, a day that is none, a reversed range."""

    def __init__(self, vi: str, en: str, parameter: str | None = None) -> None:
        super().__init__(vi, en)
        self.parameter = parameter
        """What of the question is wrong, as the API names it."""


class InvalidAccount(Abort):
    """An account, a key or a password that cannot be as given; a person must give something else."""


class WrongCredentials(HubError):  # noqa: N818 - named by what happened
    """The credentials are not good. Never says which part is wrong."""

    def __init__(self) -> None:
        super().__init__(
            "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đã khoá",
            "Login or password is wrong, or the account is closed",
        )


class TooManyAttempts(HubError):  # noqa: N818 - as above
    """Too many failures: `after` seconds from now the next attempt is looked at."""

    def __init__(self, after: int) -> None:
        super().__init__(f"Sai quá nhiều lần; thử lại sau {after} giây", f"Too many failures; try again in {after} s")
        self.after = after


class Invalid(Abort, ValueError):  # noqa: N818
    """A value that a file or a setting may not have. Validators raise it, as the ValueError that they must raise, and
    the file's reader tells it with the place where it stands."""
