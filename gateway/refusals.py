"""Answers that a failing fault puts in the place of the right one."""

import zlib
from collections.abc import Iterator
from email.utils import formatdate
from time import time

from gateway.sources import dvc, ioffice
from gateway.sources.cuakhau import cursor_gone
from gateway.tokens import Tokens, invalid_token
from gateway.wire import Answer, Request, json_answer

OVERSIZE_BYTES = 200_000_000
_CHUNK = b"0" * 1_000_000


def refusal(name: str, request: Request, tokens: Tokens) -> Answer | None:
    """The answer of fault ``name``, or None when the fault spoils the right answer instead."""
    if name in ("token_revoked", "dvc_session", "ioffice_code_401"):
        tokens.revoke(request)
    match name:
        case "token_revoked":
            return invalid_token()
        case "busy_429":
            as_date = len(request.signature) % 2 == 0
            wait = formatdate(time() + 1, usegmt=True) if as_date else "1"
            return Answer(429, b'{"loi":"busy"}', headers={"Retry-After": wait}, keep=False)
        case "error_503" | "government_503":
            return unavailable()
        case "error_500":
            return Answer(500, b"java.lang.NullPointerException", content_type="text/plain", keep=False)
        case "dvc_busy":
            return dvc.body_error("-99", "Hệ thống đang bận")
        case "dvc_session":
            return dvc.body_error("-1", "Phiên làm việc không hợp lệ")
        case "ioffice_code_500" | "ioffice_code_429" | "ioffice_code_401":
            return ioffice.body_error(request, int(name[-3:]))
        case "html_error":
            page = "<!DOCTYPE html><html><body><h1>Cổng đang bảo trì</h1></body></html>"
            return Answer(200, page.encode(), content_type="text/html; charset=utf-8", keep=False)
        case "redirect_elsewhere":
            return Answer(302, b"", headers={"Location": "http://elsewhere.invalid/"}, keep=False)
        case "cursor_gone":
            return cursor_gone()
    return None


def unavailable() -> Answer:
    """503 without a reason."""
    return Answer(503, b"Service Unavailable", content_type="text/plain", keep=False)


def forbidden() -> Answer:
    """The client may not read this feed, or the province has none such."""
    answer = json_answer(403, {"loi": "không có quyền đọc nguồn này"})
    answer.keep = False
    return answer


def zeros(zipped: bool) -> Iterator[bytes]:
    """An oversize body, in pieces."""
    count = OVERSIZE_BYTES // len(_CHUNK)
    if not zipped:
        yield from (_CHUNK for _ in range(count))
        return
    packer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for _ in range(count):
        if piece := packer.compress(_CHUNK):
            yield piece
    yield packer.flush()
