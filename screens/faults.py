"""What can go wrong for somebody who asks, in both languages, with the HTTP status that says it to machines.

A thing that the caller may not see is not found: nobody learns from an answer whether it exists.
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from screens.texts import Language


class Fault(Exception):  # noqa: N818 - a fault of a request, told to whoever asked
    """An answer that is not the asked one. `code` names the kind for machines; `extra` are further members."""

    def __init__(self, status: int, code: str, vi: str, en: str, **extra: Any) -> None:
        super().__init__(en)
        self.status, self.code, self.vi, self.en = status, code, vi, en
        self.extra: Mapping[str, Any] = extra
        self.headers: dict[str, str] = {}

    def text(self, language: Language) -> str:
        """What is wrong and what to do."""
        return self.vi if language == "vi" else self.en


def unauthenticated() -> Fault:
    """Nobody known asks. Never says which part of the credentials is wrong."""
    fault = Fault(
        401,
        "unauthenticated",
        "Cần đăng nhập, hoặc gửi khoá: Authorization: Bearer <khoá>. Khoá hết hạn hoặc bị thu hồi không còn dùng được",
        "Sign in, or send a key: Authorization: Bearer <key>. A key that expired or was revoked no longer counts",
    )
    fault.headers["WWW-Authenticate"] = 'Bearer realm="ioc"'
    return fault


def forbidden(scope: str) -> Fault:
    """The caller is known, but may not do this with anything at all."""
    return Fault(
        403,
        "forbidden",
        f"Tài khoản hoặc khoá này không có quyền {scope}; hãy hỏi người quản trị",
        f"this account or key does not have the scope {scope}; ask an administrator",
        scope=scope,
    )


def not_found(vi: str, en: str, given: object, known: Sequence[str] = ()) -> Fault:
    """There is no such thing for this caller; what comes nearest to it among those that there are."""
    near = get_close_matches(str(given), known, n=3)
    also_vi, also_en = (f"; gần giống: {', '.join(near)}", f"; near it: {', '.join(near)}") if near else ("", "")
    return Fault(
        404,
        "not-found",
        f"Không có {vi} {given!r} trong phạm vi của bạn{also_vi}",
        f"there is no {en} {given!r} within your rights{also_en}",
    )


def wrong(parameter: str, vi: str, en: str) -> Fault:
    """A parameter that cannot be meant so."""
    fault = {"parameter": parameter, "vi": vi, "en": en}
    return Fault(422, "invalid-parameters", f"{parameter}: {vi}", f"{parameter}: {en}", errors=[fault])


def unavailable(after: int = 5) -> Fault:
    """The database does not answer now."""
    fault = Fault(
        503,
        "unavailable",
        f"Cơ sở dữ liệu chưa trả lời; thử lại sau {after} giây",
        f"the database does not answer now; try again in {after} s",
    )
    fault.headers["Retry-After"] = str(after)
    return fault
