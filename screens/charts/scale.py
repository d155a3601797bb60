"""From values to places on a picture: round ticks and straight lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Scale:
    """A straight scale from low…high to the pixels start…end, with its ticks."""

    low: Decimal
    high: Decimal
    start: float
    end: float
    ticks: tuple[Decimal, ...]

    def place(self, value: Decimal) -> float:
        """Where the value lies."""
        return self.start + float((value - self.low) / (self.high - self.low)) * (self.end - self.start)


def nice_step(width: Decimal, count: int) -> Decimal:
    """The smallest round step that needs at most `count` steps for the width."""
    rough = width / count
    power = Decimal(1).scaleb(rough.adjusted())
    return next(step * power for step in _STEPS if step * power >= rough)


def limits_of(unit: str, values: Sequence[Decimal]) -> tuple[Decimal | None, Decimal | None]:
    """What an axis may not pass: 0 and 100 of percentages, unless a value does."""
    within = unit == "%" and min(values) >= 0 and max(values) <= 100
    return (Decimal(0), Decimal(100)) if within else (None, None)


def nice_scale(
    values: list[Decimal],
    start: float,
    end: float,
    count: int = 4,
    floor: Decimal | None = None,
    top: Decimal | None = None,
) -> Scale:
    """A scale over the values that ends on round ticks.

    It begins at 0 unless all values lie close together far from it, where a line from 0 would hide their movement.
    `floor` and `top` are limits that figures cannot pass, such as 0 and 100 of a rate.
    """
    low, high = min(values), max(values)
    if low >= 0 and low < high * Decimal("0.6"):
        low = Decimal(0)
    if low == high:
        pad = abs(high) / 10 or Decimal(1)
        low, high = low - pad, high + pad
    if floor is not None:
        low = max(low, floor)
    if top is not None:
        high = min(high, top)
    if low >= high:
        low = high - 1
    step = nice_step(high - low, count)
    first = (low / step).to_integral_value(ROUND_FLOOR) * step
    last = (high / step).to_integral_value(ROUND_CEILING) * step
    ticks = tuple(first + step * index for index in range(int((last - first) / step) + 1))
    return Scale(first, last, start, end, ticks)
