"""Single values that an answer states of itself: counts, yes or no, names. Each is read for its one meaning, or not."""

import re
from collections.abc import Collection, Iterable
from typing import Any

from hub.texts import clean

_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


TOTAL_LABEL = (
    r"(?i)^(tổng cộng.*|(tổng số|tổng|cộng)( ?\(.*\)| (toàn|huyện|thành phố|thị xã|mục|nhóm|phần)( .*)?)?"
    r"|tong cong|tong so|tong|(grand |sub-? ?)?total|[∑Σ])[ :.]*$"
)
"""Regular expression of the clean text by which a row of totals is known."""
_TOTAL_LABEL = re.compile(TOTAL_LABEL)
_LARGE = r" ?[:(.-]* ?((nghìn|ngàn|triệu|tr\.? ?đ|tỷ|tỉ|thousand|million|billion)\b|1[.,]?000(?!\d))"
_SCALE = re.compile(
    rf"(đơn vị tính|đvt|dvt|unit){_LARGE}|đơn vị{_LARGE}(?= ?(đồng|đ\b|vn[dđ]|người|lượt|[).;]|$))", re.IGNORECASE
)
"""An organisation may be called so, too: "Đơn vị: Triệu Phong"."""


def whole(value: Any) -> int | None:
    """A whole number of at most 15 digits, from 3, 3.0 or "3"; None for anything else."""
    if isinstance(value, float) and value.is_integer():
        value = int(value) if abs(value) < 1e15 else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**15 else None
    text = clean(value)
    return int(text) if _WHOLE.fullmatch(text) else None


def flag(value: Any) -> bool | None:
    """Yes or no, from true, 1, "true" or "1" and their opposites; None for anything else."""
    return _FLAGS.get(as_text(value).lower())


def as_text(value: Any) -> str:
    """A code or name as text: 3 and 3.0 are "3"; "" for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**300 else ""
    return clean(value) if isinstance(value, str) else ""


def folded(text: str) -> str:
    """A label as labels are compared: without letter case, and without what stands behind it."""
    return clean(text).rstrip(" :.").casefold()


def scale(titles: Iterable[str]) -> str | None:
    """What titles say of numbers that are given in thousands, millions or more, as "Đơn vị tính: nghìn"; None else."""
    return next((found[0] for title in titles if (found := _SCALE.search(clean(title)))), None)


def reads_like_total(text: str, codes: Collection[str] = ()) -> bool:
    """Whether a text is what a row of totals is called; `codes` (folded) are never."""
    if text[:1].isdigit():
        return False
    return _TOTAL_LABEL.search(clean(text)) is not None and folded(text) not in codes
