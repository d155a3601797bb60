"""Numbers, units, periods, changes and ages as people here read them: 78,4 · 1.342 · Quý II/2023 · cách đây 2 giờ.

Decimals in, text out. Nothing here decides what a figure is; it only says it, and never says more than is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Literal

from hub.dates import MONTHS, ROMAN, day_text, period_text
from hub.periods import VIETNAM, Period
from hub.translation import msg_in
from hub.units import number_text
from kpis.definition import Good
from screens.texts import Language, label, say, unit_text

Direction = Literal["up", "down", "flat"]
Tone = Literal["good", "bad", "neutral"]
NOTHING = "–"
"""Stands where there is no value; a null is never 0."""
MINUS = "\N{MINUS SIGN}"
RATES = frozenset({"%", "per 100 people", "percentage points"})
"""Units whose figures have a decimal even when they are whole: 78,0."""
_CLOSE = Decimal(2)
_FINEST = 3
"""Decimals before `tỷ` and `triệu` at most."""
_BILLION, _MILLION = Decimal(10**9), Decimal(10**6)


def rough(value: Decimal) -> Decimal:
    """An estimate, no more exact than it is: three digits."""
    step = Decimal(1).scaleb(value.adjusted() - 2) if value else Decimal(1)
    return value.quantize(step, rounding=ROUND_HALF_UP) if step < 1 else (value / step).quantize(Decimal(1)) * step


def number(value: Decimal | int | None, language: Language, decimals: int | None = None) -> str:
    """The number with its language's marks: 1.342,5 or 1,342.5. Without `decimals` all that it has."""
    if value is None:
        return NOTHING
    value = Decimal(value)
    if decimals is not None:
        value = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    written = number_text(abs(value), language)
    return f"{MINUS}{written}" if value < 0 else written


def rate(value: Decimal | None, language: Language, decimals: int = 1) -> str:
    """A rate; one that is not quite 0 or 100 never reads as if it were."""
    if value is None:
        return NOTHING
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    if rounded not in (0, 100) or rounded == value:
        return number(rounded, language)
    least = Decimal("0.01")
    if abs(value) < least:
        return f"{MINUS if value < 0 else ''}<{number(least, language)}"
    return number(value.quantize(least, rounding=ROUND_DOWN if value < 100 else ROUND_UP), language)


def decimals_of(values: Sequence[Decimal]) -> int:
    """Of rates that stand beside each other: two where they lie so close that one would make them look equal."""
    return 2 if values and max(values) - min(values) <= _CLOSE else 1


def amount(value: Decimal | None, unit: str, language: Language, decimals: int = 1) -> str:
    """A figure without its unit: rates with one decimal, counts whole, anything else as exact as it is, to two."""
    if value is None:
        return NOTHING
    if unit in RATES:
        return rate(value, language, decimals)
    if value == value.to_integral_value():
        return number(value, language, 0)
    return number(value, language, 1 if abs(value) >= 100 else 2)


def compact(value: Decimal | None, unit: str, language: Language) -> str:
    """A figure for a screen that is read from afar: 10,9 tỷ; 29,1 triệu; 135.408."""
    if value is None:
        return NOTHING
    for size, key in ((_BILLION, "number.billion"), (_MILLION, "number.million")):
        scaled = (value / size).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        if abs(scaled) >= 1:
            whole = scaled == scaled.to_integral_value()
            return label(key, language, number=number(scaled, language, 0 if whole else 1))
    return amount(value, unit, language)


def stepped(value: Decimal, top: Decimal, step: Decimal, language: Language) -> str:
    """A value of an axis up to `top` as exact as its step: 10,905 tỷ beside 10,910 tỷ; 1.000.000.001 where words would
    need more than three decimals."""
    if value == 0:
        return number(value, language, 0)
    for size, key in ((_BILLION, "number.billion"), (_MILLION, "number.million")):
        decimals = _decimals(step / size)
        if top >= size and decimals <= _FINEST:
            return label(key, language, number=number(value / size, language, decimals))
    return number(value, language, _decimals(step))


def _decimals(step: Decimal) -> int:
    return max(0, -int(step.normalize().as_tuple().exponent))


def split(value: Decimal | None, unit: str, language: Language) -> tuple[str, str]:
    """A figure for a screen that is read from afar, the number apart from its words: 10,9 and tỷ đồng; 78,4 and %."""
    words, _, size = compact(value, unit, language).partition(" ")
    return words, f"{size} {unit_text(unit, language)}".strip()


def with_unit(value: Decimal | None, unit: str, language: Language, short: bool = False, decimals: int = 1) -> str:
    """A figure and its unit: 78,4%; 1.342 dịch vụ; 10,9 tỷ đồng."""
    if value is None:
        return NOTHING
    words = compact(value, unit, language) if short else amount(value, unit, language, decimals)
    return f"{words}%" if unit == "%" else f"{words} {unit_text(unit, language)}"


def goal(value: Decimal, unit: str, language: Language, bare: bool = False) -> str:
    """A target as it was set: 80%, not 80,0%; 950 tỷ đồng. `bare` leaves out a unit that the figure has just named."""
    if abs(value) >= _MILLION:
        words = compact(value, unit, language)
    else:
        words = number(value.normalize() if value % 1 else value.quantize(Decimal(1)), language)
    if unit == "%":
        return f"{words}%"
    return words if bare else f"{words} {unit_text(unit, language)}"


def day(value: date | None, language: Language) -> str:
    """30/06/2023, or 30 Jun 2023."""
    return NOTHING if value is None else day_text(value, language)


def moment(value: datetime | None, language: Language) -> str:
    """14:05 30/06/2023, in Vietnam's time."""
    if value is None:
        return NOTHING
    local = value.astimezone(VIETNAM)
    return f"{local:%H:%M} {day(local.date(), language)}"


period = period_text
"""Pages ask here for whatever they write."""


def short_period(first: date, last: date, language: Language) -> tuple[str, str]:
    """A period under an axis, in two lines: T6 and 2023. The second is empty where the first says all."""
    months, year = Period(first, last).months, str(first.year)
    if first == last:
        return _short_day(first, language), year
    if months == 12 and first.month == 1:
        return year, ""
    if months == 1:
        return msg_in("period", "{name}", month=first.month, name=MONTHS[first.month - 1]).text(language), year
    if months == 3 and first.month % 3 == 1:
        quarter = first.month // 3 + 1
        return msg_in("period", "Q{quarter}", roman=ROMAN[quarter], quarter=quarter).text(language), year
    if months == 6 and first.month in (1, 7):
        return (say("H1", language) if first.month == 1 else say("H2", language)), year
    return _short_day(last, language), str(last.year)


def _short_day(value: date, language: Language) -> str:
    return f"{value:%d/%m}" if language == "vi" else f"{value.day} {MONTHS[value.month - 1]}"


def age(since: datetime, now: datetime, language: Language) -> str:
    """How long ago: vừa xong, cách đây 2 giờ, cách đây 3 ngày. A clock that runs ahead of ours is 'just now'."""
    minutes = int((now - since).total_seconds() // 60)
    if minutes < 1:
        return say("just now", language)
    return say("{span} ago", language, span=_span(minutes, language))


def assumed_now(now: datetime | None, language: Language) -> str | None:
    """That another moment than the clock's is taken for now; None where it is not."""
    return (
        say("Simulated data · today is taken to be {day}", language, day=day(now.astimezone(VIETNAM).date(), language))
        if now
        else None
    )


def span(length: timedelta, language: Language) -> str:
    """A length of time in its largest unit: 45 phút, 2 giờ, 3 ngày."""
    return _span(max(int(length.total_seconds() // 60), 1), language)


def _span(minutes: int, language: Language) -> str:
    days = minutes // 1440
    sizes = (
        ("years", days // 365),
        ("months", days // 30 if days >= 60 else 0),
        ("days", days),
        ("hours", minutes // 60),
        ("minutes", minutes),
    )
    name, count = next((name, count) for name, count in sizes if count)
    return label(f"age.{name}" if count > 1 else f"age.one_{name}", language, count=number(count, language))


@dataclass(frozen=True)
class Delta:
    """A change in words, its arrow, and whether it is good news."""

    moved: str
    """`tăng 3,2 điểm %`, or that the two cannot be compared and why."""
    exact: str
    """The same with the difference in the figure's own unit: `tăng 8.974 hồ sơ (7,1%)`."""
    basis: str
    """`so với cùng kỳ`, or why there is no comparison."""
    direction: Direction | None
    """None where the change is not known."""
    tone: Tone
    beside: str = ""
    """What it is compared with: `6 tháng đầu năm 2022: 81,3%`."""

    @property
    def text(self) -> str:
        return f"{self.moved} {self.basis}".strip()

    @property
    def exact_text(self) -> str:
        return f"{self.exact} {self.basis}".strip()


def delta(
    difference: Decimal | None,
    unit: str,
    percent: Decimal | None,
    good: Good,
    basis: Literal["previous", "year_ago"],
    language: Language,
    reason: str | None = None,
    beside: str = "",
) -> Delta:
    """`tăng 3,2 điểm % so với cùng kỳ`. Growth in percent where there is one, else the difference in its unit;
    `beside` is the other period with its value."""
    if difference is None:
        return unknown(label(f"delta.with_{basis}", language), reason, language)
    basis_text = label(f"delta.{basis}", language)
    if difference == 0:
        same = say("unchanged", language)
        return Delta(same, same, basis_text, "flat", "neutral", beside)
    direction: Direction = "up" if difference > 0 else "down"
    tone: Tone = "neutral" if good == "none" else "good" if good == direction else "bad"
    moved, exact = (
        label(f"delta.{direction}", language, size=size)
        for size in (_size(difference, unit, percent, language), _exact(difference, unit, percent, language))
    )
    return Delta(moved, exact, basis_text, direction, tone, beside)


def unknown(beside: str, reason: str | None, language: Language) -> Delta:
    """That there is no comparison with `beside`, and why."""
    why = f"({reason[:1].lower()}{reason[1:]})" if reason else ""
    said = say("No comparison with {beside}", language, beside=beside)
    return Delta(said, said, why, None, "neutral")


def _size(difference: Decimal, unit: str, percent: Decimal | None, language: Language) -> str:
    if percent is not None:
        return f"{_seen(abs(percent), language)}%"
    if unit in RATES:
        return f"{_seen(abs(difference), language)} {unit_text(unit, language)}"
    return with_unit(abs(difference), unit, language, short=True)


def _exact(difference: Decimal, unit: str, percent: Decimal | None, language: Language) -> str:
    """The difference in the figure's own unit, and its growth in percent where there is one."""
    if unit == "percentage points":
        return label("delta.points", language, size=_seen(abs(difference), language))
    size = f"{_seen(abs(difference), language)} {unit_text(unit, language)}" if unit in RATES else None
    size = size or with_unit(abs(difference), unit, language)
    return f"{size} ({_seen(abs(percent), language)}%)" if percent is not None else size


def _seen(value: Decimal, language: Language) -> str:
    """One decimal; a change that would then read 0 is written as less than the smallest that can be shown."""
    least = Decimal("0.1")
    shown = value.quantize(least, rounding=ROUND_HALF_UP)
    return number(shown, language) if shown or not value else f"<{number(least, language)}"
