"""Errors named by how one recovers from them. Each message says what is wrong, where, and what to do, in Vietnamese
and in English: tracebacks show the English one, a task's log in Airflow both, people the one of their language."""

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


class Reject(HubError):  # noqa: N818
    """The data is refused; the last good state stays."""


class Abort(HubError):  # noqa: N818
    """A person must change something first: a setting, a specification, credentials, an argument."""


class Invalid(Abort, ValueError):  # noqa: N818
    """A value that a file or a setting may not have. Validators raise it, as the ValueError that they must raise, and
    the file's reader tells it with the place where it stands."""
