"""Errors named by how one recovers from them. Each message says what is wrong, where, and what to do."""


class HubError(Exception):
    """Anything the hub tells a person in one clear line."""


class Retry(HubError):  # noqa: N818 - named by recovery, not by kind
    """May pass by itself: try again later."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
        """Seconds that the other side asked to wait."""


class Reject(HubError):  # noqa: N818
    """The data is refused; the last good state stays."""


class Abort(HubError):  # noqa: N818
    """A person must change something first: a setting, a specification, credentials, an argument."""
