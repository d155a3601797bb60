"""What is wrong with a file or with settings, in words: where, and what is allowed there."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from hub.errors import Invalid
from hub.translation import Text, Wording, join, msg

Place = tuple[int | str, ...]
_UNKNOWN = msg("unknown key; see CONTRIBUTING.md")
_VIETNAMESE = {
    "string_type": "phải là văn bản",
    "string_pattern_mismatch": "phải khớp mẫu {pattern}",
    "int_type": "phải là số nguyên",
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "float_type": "phải là số",
    "float_parsing": "phải là số",
    "bool_type": "phải là true hoặc false",
    "bool_parsing": "phải là true hoặc false",
    "list_type": "phải là danh sách",
    "tuple_type": "phải là danh sách",
    "dict_type": "phải là một bảng",
    "model_type": "phải là một bảng",
    "greater_than": "phải lớn hơn {gt}",
    "greater_than_equal": "phải từ {ge} trở lên",
    "less_than": "phải nhỏ hơn {lt}",
    "less_than_equal": "không được quá {le}",
    "too_short": "phải có ít nhất {min_length} phần tử",
    "too_long": "có nhiều nhất {max_length} phần tử",
    "string_too_short": "phải có ít nhất {min_length} ký tự",
    "string_too_long": "dài quá {max_length} ký tự",
    "date_type": "phải là ngày YYYY-MM-DD",
    "date_parsing": "phải là ngày YYYY-MM-DD",
    "date_from_datetime_parsing": "phải là ngày YYYY-MM-DD",
    "time_delta_parsing": "phải là khoảng thời gian ISO 8601, ví dụ PT6H",
}
"""The faults that people make, by pydantic's names. It tells them in English itself, and rarer ones in English only."""


def describe(error: ValidationError, unknown: Callable[[Place], Wording] = lambda _: _UNKNOWN) -> Wording:
    """Every fault of a validated file in one line. `unknown` says what to write instead of a key that there is not."""
    faults = [_placed(fault, unknown) for fault in error.errors()]
    return join(faults)


def _placed(fault: Any, unknown: Callable[[Place], Wording]) -> Wording:
    kind = fault.get("ctx", {}).get("discriminator", "").strip("'")  # the key that says which keys there are
    where = ".".join(str(part) for part in (*fault["loc"], *([kind] if kind else [])))
    said = unknown(fault["loc"]) if fault["type"] == "extra_forbidden" else words(fault)
    return msg("{where}: {said}", where=where, said=said) if where else said


def words(fault: Any) -> Wording:
    """What is wrong, without the place."""
    kind, values, english = fault["type"], fault.get("ctx", {}), fault["msg"].removeprefix("Value error, ")
    if isinstance(raised := values.get("error"), Invalid):
        return raised.message
    if kind == "missing":
        return msg("is missing")
    if kind == "literal_error":
        expected = values["expected"].replace(" or ", " hoặc ")
        return Text(f"phải là {expected}", english)
    if kind == "union_tag_invalid":
        *others, last = values["expected_tags"].split(", ")
        expected = ", ".join(others)
        return msg("Input should be {expected} or {last}", expected=expected, last=last)
    if kind == "union_tag_not_found":
        return msg("is missing")
    vietnamese = _VIETNAMESE.get(kind)
    return Text(vietnamese.format(**values) if vietnamese else f"không hợp lệ: {english}", english)
