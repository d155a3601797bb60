"""Everything that goes wrong, as RFC 9457 problems in the caller's language; no traceback reaches anyone."""

import logging
import secrets
from typing import Any
from urllib.parse import unquote

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from hub.errors import WrongQuestion
from screens.faults import Fault
from screens.headers import ALWAYS
from screens.language import of_answer
from screens.texts import LANGUAGES

log = logging.getLogger(__name__)
PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
_TITLES = {
    401: ("Cần đăng nhập", "Sign in first"),
    403: ("Không có quyền", "Not within your rights"),
    404: ("Không tìm thấy", "Not found"),
    405: ("Không dùng được phương thức này", "Method not allowed"),
    422: ("Tham số không hợp lệ", "Invalid parameters"),
    500: ("Lỗi của hệ thống", "A fault of the hub"),
    503: ("Tạm thời chưa trả lời được", "Cannot answer now"),
}


class WrongParameter(BaseModel):
    """One parameter that cannot be meant so."""

    parameter: str = Field(description="Name of the parameter", examples=["from"])
    detail: str = Field(description="What is wrong, in the asked language", examples=["phải là ngày YYYY-MM-DD"])


class Problem(BaseModel):
    """RFC 9457 problem details. `type` names the kind for machines, `detail` tells people what to do."""

    type: str = Field(examples=["urn:ioc:problem:not-found"])
    title: str = Field(examples=["Không tìm thấy"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Không có chỉ tiêu 'x' trong phạm vi của bạn"])
    instance: str = Field(description="Path that was asked", examples=["/api/v1/kpis/x"])
    errors: list[WrongParameter] | None = Field(None, description="Faults by parameter, for status 422")
    scope: str | None = Field(None, description="Scope that is missing, for status 403")
    reference: str | None = Field(None, description="Finds the fault in the hub's log, for status 500")


class NotModified(Exception):  # noqa: N818 - an answer, not a mistake
    """The client has this answer already."""

    def __init__(self, headers: dict[str, str]) -> None:
        super().__init__()
        self.headers = headers


def problem(request: Request, fault: Fault, reference: str | None = None) -> Response:
    """The fault as an answer."""
    language = of_answer(request)
    place = LANGUAGES.index(language)
    said: dict[str, Any] = {
        "type": f"urn:ioc:problem:{fault.code}",
        "title": _TITLES.get(fault.status, _TITLES[500])[place],
        "status": fault.status,
        "detail": fault.text(language),
        "instance": request.url.path,
    }
    if "errors" in fault.extra:
        said["errors"] = [
            {"parameter": error["parameter"], "detail": error[language]} for error in fault.extra["errors"]
        ]
    said |= {name: value for name, value in fault.extra.items() if name != "errors"}
    if reference:
        said["reference"] = reference
    headers = {"Content-Language": language, "Vary": "Accept-Language, Authorization, Cookie", **fault.headers}
    return Response(msgspec.json.encode(said), fault.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let `app` answer all faults so; pages have a page for theirs."""
    app.add_exception_handler(Fault, _fault)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(WrongQuestion, _wrong_question)
    app.add_exception_handler(Exception, _unexpected)


def _answer(request: Request, fault: Fault, reference: str | None = None) -> Response:
    if request.url.path.startswith(PREFIX) or "text/html" not in request.headers.get("accept", ""):
        return problem(request, fault, reference)
    from screens.pages.faults import fault_page  # noqa: PLC0415 - pages build on the API's parts

    return fault_page(request, fault, reference)


def _fault(request: Request, error: Exception) -> Response:
    assert isinstance(error, Fault)  # noqa: S101 - registered for it
    if error.status == 503:
        log.warning("%s %s: %s", request.method, request.url.path, _cause(error))
    return _answer(request, error)


def _cause(error: Exception) -> str:
    return f"{type(error.__cause__).__name__}: {error.__cause__}" if error.__cause__ else str(error)


def _not_modified(_request: Request, error: Exception) -> Response:
    assert isinstance(error, NotModified)  # noqa: S101 - as above
    return Response(None, 304, error.headers)


_SAID = {
    "missing": ("bắt buộc phải có", "is required"),
    "extra_forbidden": ("không có tham số này", "there is no such parameter"),
    "date_from_datetime_parsing": ("phải là ngày YYYY-MM-DD", "must be a day, YYYY-MM-DD"),
    "date_parsing": ("phải là ngày YYYY-MM-DD", "must be a day, YYYY-MM-DD"),
    "int_parsing": ("phải là số nguyên", "must be a whole number"),
    "bool_parsing": ("phải là true hoặc false", "must be true or false"),
    "greater_than_equal": ("phải từ {ge} trở lên", "must be {ge} or more"),
    "less_than_equal": ("không được quá {le}", "must be {le} or less"),
    "literal_error": ("phải là một trong: {expected}", "must be one of {expected}"),
    "string_too_long": ("dài quá {max_length} ký tự", "is longer than {max_length} characters"),
    "string_too_short": ("không được để trống", "must not be empty"),
    "too_long": ("có quá {max_length} giá trị", "has more than {max_length} values"),
}


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    faults = []
    for found in error.errors():
        name = next((str(part) for part in found["loc"][1:] if isinstance(part, str)), str(found["loc"][0]))
        vi, en = _SAID.get(found["type"], ("không hợp lệ: {msg}", "is not valid: {msg}"))
        values = {"msg": found["msg"], **{key: str(value) for key, value in found.get("ctx", {}).items()}}
        local = {**values, "expected": values.get("expected", "").replace(" or ", " hoặc ")}  # the library's own word
        faults.append({"parameter": name, "vi": vi.format(**local), "en": en.format(**values)})
    return _answer(request, several(faults))


def several(faults: list[dict[str, str]]) -> Fault:
    """One fault of many parameters."""
    vi, en = ("; ".join(f"{fault['parameter']}: {fault[language]}" for fault in faults) for language in LANGUAGES)
    return Fault(422, "invalid-parameters", vi, en, errors=faults)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    path = unquote(request.url.path)[:200]
    if error.status_code == 405:
        fault = Fault(405, "method", f"{request.method} không dùng được ở đây", f"{request.method} cannot be used here")
    elif error.status_code == 404:
        fault = Fault(404, "not-found", f"Không có đường dẫn {path}", f"there is no path {path}")
    else:
        fault = Fault(error.status_code, "http", str(error.detail), str(error.detail))
    fault.headers |= dict(error.headers or {})
    return _answer(request, fault)


def _wrong_question(request: Request, error: Exception) -> Response:
    assert isinstance(error, WrongQuestion)  # noqa: S101 - as above
    vi, en = (text.replace("--", "") for text in (error.vi, error.en))
    fault = Fault(422, "wrong-question", f"Không trả lời được câu hỏi này: {vi}", f"this cannot be asked: {en}")
    return _answer(request, fault)


def _unexpected(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(6)
    log.error("%s %s failed, reference %s", request.method, request.url.path, reference, exc_info=error)
    fault = Fault(
        500,
        "internal",
        f"Hệ thống gặp lỗi; báo người quản trị mã {reference}",
        f"the hub made a mistake; tell its administrator the reference {reference}",
    )
    answer = _answer(request, fault, reference)
    answer.headers.update(ALWAYS | {"Cache-Control": "no-store"})  # made outside of all middleware
    return answer
