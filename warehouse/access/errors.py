"""What can be wrong with an account."""

from collections.abc import Sequence
from difflib import get_close_matches

from connectors.errors import Abort, HubError


class Fault(Abort):
    """A person must give something else."""


class Refused(HubError):  # noqa: N818 - named by what happened
    """The credentials are not good. Never says which part is wrong."""

    def __init__(self) -> None:
        super().__init__(
            "Tên đăng nhập hoặc mật khẩu không đúng, hoặc tài khoản đã khoá",
            "Login or password is wrong, or the account is closed",
        )


class Throttled(HubError):  # noqa: N818 - as above
    """Too many failures: `after` seconds from now the next attempt is looked at."""

    def __init__(self, after: int) -> None:
        super().__init__(f"Sai quá nhiều lần; thử lại sau {after} giây", f"Too many failures; try again in {after} s")
        self.after = after


def unknown(vi: str, en: str, given: str, known: Sequence[str]) -> Fault:
    """There is no such thing; what comes nearest to it."""
    near = ", ".join(get_close_matches(given, known, n=3) or [*known[:12], *(["…"] if len(known) > 12 else [])])
    if not near:
        return Fault(f"Không có {vi} {given!r}; chưa có {vi} nào", f"there is no {en} {given!r}; there is none yet")
    return Fault(f"Không có {vi} {given!r}; có: {near}", f"there is no {en} {given!r}; there is {near}")
