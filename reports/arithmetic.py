"""Sums and quotients in one line, as a Vietnamese and an English reader write numbers."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from math import pi

from hub.translation import Text, msg
from hub.units import number_text, round_half_up
from kpis.figure import Reason

Token = Decimal | str | Reason
_SHOWN = 6
"""Terms of a sum that are written out before the rest is only counted."""


def line(*tokens: Token) -> Reason:
    """The tokens side by side: 8.015 ≠ 7.853 + 118 + 45 = 8.016."""
    return Text(_joined(map(_vi, tokens)), _joined(map(_en, tokens)))


def _joined(words: Iterable[str]) -> str:
    return " ".join(words).replace("( ", "(").replace(" )", ")").replace(" ;", ";")


def terms(values: list[Decimal]) -> list[Token]:
    """Terms with plus signs between; of many only the first ones."""
    shown: list[Token] = []
    for value in values[:_SHOWN]:
        shown += ["+", value] if shown else [value]
    if len(values) > _SHOWN:
        rest = len(values) - _SHOWN
        shown += ["+", msg("… ({rest} more)", rest=rest)]
    return shown


def legible(value: Decimal, decimals: int) -> Decimal:
    """A computed value with two digits more than were printed, as far as it has them."""
    return plain(round_half_up(value, decimals + 2))


def factor(value: Decimal) -> list[Token]:
    """`100 ×` before a quotient; nothing where the scale is 1."""
    if abs(float(value) * pi - 1) < 1e-9:
        return ["1/π ×"]
    return [] if value == 1 else [plain(value if value >= 1 else round(value, 4)), "×"]


def plain(value: Decimal) -> Decimal:
    """The number without zeros at its end."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def is_cut(value: Decimal, decimals: int, low: Decimal, high: Decimal) -> bool:
    """Whether a value from low to high gives it when further digits are dropped. Ask it where rounding does not."""
    one = Decimal(1).scaleb(-decimals)
    return low.quantize(one, ROUND_DOWN) <= value <= high.quantize(one, ROUND_DOWN)


def is_about(printed: Decimal, value: Decimal) -> bool:
    """Whether the value gives the printed one, rounded to its last digit but zeros (287.5 gives 300), within 5 %."""
    exponent = int(printed.normalize().as_tuple().exponent)
    rounded = value.quantize(Decimal(1).scaleb(exponent), ROUND_HALF_UP)
    return rounded == printed and abs(value - printed) <= abs(value) / 20


def _en(token: Token) -> str:
    if isinstance(token, Decimal):
        return number_text(token, "en")
    return token if isinstance(token, str) else token.en


def _vi(token: Token) -> str:
    if isinstance(token, Decimal):
        return number_text(token, "vi")
    return token if isinstance(token, str) else token.vi
