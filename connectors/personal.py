"""What looks personal: names of fields, and values, as they are written in Vietnam. It only points: whether a field is
about persons is for somebody to say who knows the source.

A name of a field tells by itself; values tell by their share, as an amount may have nine digits, too. Of values nothing
is kept but counts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from connectors.values import as_text
from hub.texts import clean, without_marks
from hub.translation import Message, msg

Kind = Literal["name", "identity_number", "telephone", "email", "address", "birth_date", "plate", "free_text"]
KINDS: Mapping[Kind, Message] = {
    "name": msg("a person's name"),
    "identity_number": msg("an identity number"),
    "telephone": msg("a telephone number"),
    "email": msg("an e-mail address"),
    "address": msg("an address"),
    "birth_date": msg("a date of birth"),
    "plate": msg("a number plate"),
    "free_text": msg("free text, which may name persons"),
}
MASK = "•••"
"""Stands for what is not shown."""
_LOOKED_AT = 400
"""Characters of a value that are looked at; more than are ever shown of one."""
_DEEPEST, _MOST_FIELDS = 4, 500
"""Levels of objects within a record, and fields of it, that are looked at."""
_ADULT = timedelta(days=18 * 365)

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_COUNTED = re.compile(r"^(so|sl|tong|count|number|ty_le|ma|loai|co|is|has)_")
"""Begins the names of counts, codes and flags, which name no person."""
_NOT_A_PLACE = re.compile(r"(^|_)(ip|mac|web|url)(_|$)")
_WORDS: Mapping[Kind, str] = {
    "identity_number": "cccd|cmnd|cmt(nd)?|so_?giay_?to(_.*)?|(so_)?can_?cuoc(_.*)?|so_?dinh_?danh(_.*)?"
    "|so_?ho_?chieu|(so_)?ho_?chieu|passport(_no|_number)?|identity(_(no|number|card))?|citizen_?id|ma_?so_?bhxh"
    "|ma_?the_?bhyt",
    "telephone": "sdt|so_?dt|(so_)?dien_?thoai(_.*)?|phone(_.*)?|telephone|tel|msisdn|zalo",
    "email": "e_?mail|thu_?dien_?tu",
    "birth_date": "(ngay|nam)_?(thang_?nam_?)?sinh|birth(day|_?date|_?year)?|date_?of_?birth|dob",
    "address": "dia_?chi(_.*)?|address|noi_?o|(noi_?)?(thuong|tam)_?tru|ho_?khau|cho_?o|que_?quan|residence",
    "plate": "bien_?(so|kiem_?soat)(_xe)?|bks|plate(_number)?",
    "name": "ho_?(va_?)?ten(_.*)?|full_?name|nguoi_.*|chu_?(ho|ho_?so|so_?huu|xe|phuong_?tien|the|tai_?khoan)"
    "|(lai|tai)_?xe|driver|(ten_)?(benh_?nhan|cong_?dan|khach(_?hang)?|hoc_?sinh|sinh_?vien|can_?bo)|ten_chu_.*"
    "|applicant(_name)?|(card_?)?holder_name|citizen(_name)?|customer(_name)?|patient(_name)?|contact(_name)?"
    "|sender(_name)?|signer(_name)?|(first|last|middle|person)_?name|hoten|surname",
    "free_text": "noi_?dung(_.*)?|tieu_?de|trich_?yeu|ghi_?chu|mo_?ta|y_?kien|subject|content|notes?|comments?"
    "|description|message",
}
_FIELDS = {kind: re.compile(rf"(?:^|_)(?:{words})(?:_|$)") for kind, words in _WORDS.items()}

_SURNAMES = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Đinh|Đoàn|Trịnh|Trương|Lương|Nông|Đàm|Triệu"
    "|Phùng|Lâm|Lưu|Tạ|Thái|Quách|Hứa|Vương|Giàng|Sùng|Vàng|Thào|Lò|Quàng|Lường|Hoa|Bế|Đào|Kiều|Nghiêm|Thạch|Tô|Từ"
)
_SHORT_SURNAMES = "Lý|Mai|Cao|Chu|Mã|Vi|Hà|La|Kim|Sơn|Danh|Ma|Khổng|Ông|Ninh|Tống|Đồng|Văn"
"""Those that are common words, too: they need two more names."""
_WORD = r"(?:\s+[^\W\d_]+)"
_UPPER = r"(?:\s+[A-ZÀ-ỸĐ][^\W\d_]*)"


def _names(words: str, least: int) -> str:
    """Names of persons with so many words behind a surname at least: written as names, in capitals, without signs."""
    both = f"{words}|{words.upper()}|{without_marks(words)}|{without_marks(words).upper()}"
    return rf"(?:{both}){_UPPER}{{{least},5}}"


_NAME_IN_TEXT = re.compile(rf"(?<!\w)(?:{_names(_SURNAMES, 1)}|{_names(_SHORT_SURNAMES, 2)})(?!\w)")
_WHOLE_NAME = re.compile(
    rf"{_names(_SURNAMES, 1)}|{_names(_SHORT_SURNAMES, 2)}|(?i:(?:{_SURNAMES}){_WORD}{{2,5}})",
)
_IN_TEXT: Mapping[Kind, re.Pattern[str]] = {
    "email": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]"),
    "telephone": re.compile(
        r"(?<![\d.,])(?:(?:\+?84|0)[ .-]?[35789](?:[ .-]?\d){8}|02(?:[ .-]?\d){9}"
        r"|\(0\d{2,3}\)(?:[ .-]?\d){6,8}|0[235789]\d{1,2}([,/])\d{2,4}(?:\1\d{2,4}){1,3})(?!\d)"
    ),
    "identity_number": re.compile(
        r"(?<!\d)0(?:0[1-9]|[1-8]\d|9[0-6])(?:[ .-]?\d{3}){3}(?!\d)|(?<![\w-])(?<!\d[.,])\d{9}(?![\w-]|[.,]\d)"
    ),
    "birth_date": re.compile(r"(?<!\w)(?i:sinh|s/n)\s*(?i:ngày|năm|:)?\s*(?:\d{1,2}[/.-]\d{1,2}[/.-])?\d{4}(?!\d)"),
    "plate": re.compile(r"(?<!\w)\d{2}[A-Z]{1,2}\d?[- ]?\d{3}\.?\d{2}(?!\w)"),
    "address": re.compile(
        r"(?i:(?<!\w)(?:số(?:\s+nhà)?|ngõ|ngách|hẻm|đường|phố|thôn|bản|xóm|ấp|khối|tổ(?:\s+dân\s+phố)?)\s+[^,;]{1,60}"
        r"[,;]\s*[^,;]{0,60}?(?<!\w)(?:xã|phường|thị\s+trấn|huyện|quận|thị\s+xã|thành\s+phố|tỉnh|tp|p|q|tx|tt)"
        r"(?:\.|\s))|^\d{1,4}[A-Za-z]?(?:/\d+)*\s+[^,\d]{2,60},"
    ),
    "name": _NAME_IN_TEXT,
}
_SURE: Mapping[Kind, float] = {"identity_number": 0.5, "name": 0.3, "address": 0.3, "plate": 0.3}
"""Share of a field's values from which such a kind is told; of others one value is enough."""
_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})|(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True)
class Finding:
    """Why a field looks personal: by its name where `values` is 0, else so many of its `given` values are such."""

    kind: Kind
    values: int
    given: int


def field_kind(name: str) -> Kind | None:
    """What a field's name says that it holds about persons; of a nested one the names above it count, too."""
    words = plain_name(name)
    found = next((kind for kind, pattern in _FIELDS.items() if pattern.search(words)), None)
    if (found == "name" and _COUNTED.match(words)) or (found == "address" and _NOT_A_PLACE.search(words)):
        return None
    return found


def plain_name(name: str) -> str:
    """A field's name as words of small letters: "SoDienThoai" and "Số điện thoại" are so_dien_thoai."""
    return "_".join(_BETWEEN.split(without_marks(_CAPITAL.sub("_", clean(name)[:200])).lower())).strip("_")


def text_kind(text: str) -> Kind | None:
    """What a text has within it about a person."""
    return next((kind for kind, pattern in _IN_TEXT.items() if pattern.search(text)), None)


def masked(value: Any, longest: int = 60) -> Any:
    """A value as it may be shown: a text with something personal in it is not, any other one up to its first
    characters."""
    if not isinstance(value, str):
        return value
    text = clean(value[: max(longest, _LOOKED_AT)])
    if text_kind(text) or _WHOLE_NAME.fullmatch(text):
        return MASK
    return text if len(text) <= longest else f"{text[:longest]}…"


@dataclass
class FieldLook:
    """What was seen of a field's values."""

    given: int = 0
    _kinds: Counter[Kind] = field(default_factory=Counter)
    _dates: list[date] = field(default_factory=list)

    def note(self, value: Any) -> None:
        """Looks at a value."""
        text = as_text(value)[:_LOOKED_AT]
        if not text:
            return
        self.given += 1
        if isinstance(value, bool | float):
            return
        if (day := _day(text)) is not None:
            self._dates.append(day)
        elif kind := _whole_kind(text):
            self._kinds[kind] += 1

    def finding(self, name: str, *, is_number: bool = False) -> Finding | None:
        """Why the field of that name looks personal; None where it does not. An identity number cannot be told from a
        number that counts or measures (`is_number`)."""
        if by_name := field_kind(name):
            return Finding(by_name, 0, self.given)
        for kind, count in self._kinds.most_common():
            if count >= self.given * _SURE.get(kind, 0) and not (is_number and kind == "identity_number"):
                return Finding(kind, count, self.given)
        return Finding("birth_date", len(self._dates), self.given) if self._are_births() else None

    def _are_births(self) -> bool:
        """Days over many years, of which most are those of grown people."""
        days = sorted(self._dates)
        if len(days) < 5 or len(days) < 0.8 * self.given:
            return False
        return days[len(days) // 2] < date.today() - _ADULT and days[-1] - days[0] > _ADULT  # noqa: DTZ011 - years


def fields_of(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The single values of a record by dotted name, those of objects and lists within it, too."""
    waiting: list[tuple[str, Any, int]] = [(str(name), value, 1) for name, value in record.items()][::-1]
    seen = 0
    while waiting and seen < _MOST_FIELDS:
        name, value, depth = waiting.pop()
        if isinstance(value, dict | list):
            parts = value.items() if isinstance(value, dict) else (("", part) for part in value[:_MOST_FIELDS])
            if depth < _DEEPEST:
                inner = [(f"{name}.{part}" if part else name, v, depth + 1) for part, v in parts]
                waiting += inner[:_MOST_FIELDS][::-1]
            continue
        seen += 1
        yield name, value


def _whole_kind(text: str) -> Kind | None:
    """The kind of a value: a name only where it is nothing else."""
    found = text_kind(text)
    if _WHOLE_NAME.fullmatch(text):
        return "name"
    return None if found == "name" else found


def _day(text: str) -> date | None:
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in (found[1] or found[6], found[2] or found[5], found[3] or found[4]))
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None
