"""How numbers are written on the wire, and how they are read.

What has one meaning is accepted, what is ambiguous is refused. With `thousands = "."`:

    wire                                   integer          number
    1.234, 12.345.678                      1234, 12345678   the same
    1 234 (any blank), 1'234, 1’234        1234             1234
    1234, +5, −5, 007, １２３ (full width)  1234, 5, -5, 7, 123  the same
    1.234,00                               1234             1234
    1.234,56, 1234,5                       refused          1234.56, 1234.5
    1,234                                  refused          refused: a decimal or a thousand
    0.984, 01.500                          refused          refused: no group begins with 0
    1.23, 1.234.5, 1234.567, 1..234        refused          refused: groups have three digits
    1.234 567, 1.234'567                   refused          refused: two signs between groups
    (1.234), 5-, -, –                      refused          refused: minus, a footnote or nothing
    1e3, 1E+06                             refused          refused: a spreadsheet has dropped digits
    0x1f, 1_000, ٣, 93%, 5 tỷ              refused          refused

Without `thousands` there are no groups: 1.234 is the number 1.234 and no integer; 7.0 is the integer 7, 7.000 is none;
a number may have an exponent (1e3), as JSON writes it. Blanks around a number never matter. A JSON number that is whole
(3.0) is that integer; another one is none, and in a column with `thousands` no number either.
"""

import re
from decimal import Decimal

from pydantic import BaseModel, Field

from hub.errors import Invalid
from hub.translation import msg

_OTHER_GROUPS = (" ", "'", "’")


class NumberFormat(BaseModel):
    """The keys of a column that say how its numbers are written."""

    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    """What stands between groups of three digits: "10.915" is ten thousand where it is "."."""

    def plain(self, *, integer: bool) -> tuple[str, list[tuple[str, str]]]:
        """The regular expression that a number must match, and the replacements (of a regular expression, by a text)
        that make it one like "-1234.5e6", or "1234" of integers."""
        if not self.thousands:
            form = r"\d+(\.0{1,2})?" if integer else r"\d+(\.\d+)?([eE][+-]?\d+)?"
            return f"^[+-]?({form})$", [(r"^\+", ""), *([(r"\..*$", "")] if integer else [])]
        decimal = re.escape("," if self.thousands != "," else ".")
        signs = dict.fromkeys((self.thousands, *_OTHER_GROUPS))
        groups = "|".join(rf"({re.escape(sign)}\d{{3}})+" for sign in signs)
        grouped = rf"[1-9]\d{{0,2}}({groups})"
        if integer:
            form = rf"(\d+|{grouped})({decimal}0{{1,2}})?"
        else:
            fraction = rf"\d+({decimal}(\d{{1,2}}|\d{{4,}}))?|\d{{4,}}{decimal}\d{{3}}"
            form = rf"{fraction}|{grouped}({decimal}\d+)?"
        dropped = "".join(re.escape(sign) for sign in signs)
        ending = (rf"{decimal}.*$", "") if integer else (decimal, ".")
        return f"^[+-]?({form})$", [(rf"^\+|[{dropped}]", ""), ending]

    def written(self, number: float) -> float | str:
        """A fraction that needs no reading, such as a cell's, as it is read for that number: with groups, three digits
        behind a decimal sign would be ambiguous."""
        if not self.thousands:
            return number
        whole, _, fraction = format(Decimal(repr(number)), "f").partition(".")
        return f"{whole}{',' if self.thousands != ',' else '.'}{fraction:0<4}"

    def check_thousands(self) -> None:
        """Raises Invalid for a sign that is part of numbers themselves."""
        if self.thousands and (self.thousands.isalnum() or self.thousands in "+-"):
            raise Invalid(msg("thousands {sign!r} cannot stand between digits", sign=self.thousands))
