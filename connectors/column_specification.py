"""What a source's file says of one field of its records."""

import re
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.json_places import LONGEST_TEXT
from connectors.numbers import NumberFormat
from hub.errors import Invalid
from hub.translation import msg

Dimension = Literal["area", "organisation", "service", "channel", "gate", "operator", "platform"]
Scalar = str | int | float | bool
TEXT_LENGTH, KEY_LENGTH = 500, 200
"""Characters of the longest text, and of the longest key or code of a dimension, where no `max_length` is given."""
TIMES = ("date", "datetime", "month")
_FEW = 20
"""Whole numbers between `min` and `max` that are few values."""


class Column(NumberFormat, BaseModel):
    """One field of a record: where it is on the wire, what it becomes, what must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wire: str | None = None
    page: str | None = None
    """A value that the page (or the list of files) states once for all its records, instead of `wire`, or for those
    where that field is empty; `slice` is the last day that was asked for, `slice_start` the first."""
    type: Literal["text", "integer", "number", "boolean", "date", "datetime", "month"] = "text"
    format: str | None = None
    """strftime format of dates and times; without one they are ISO 8601."""
    unit: str | None = None
    label: str | None = None
    key: bool = False
    required: bool = False
    """It decides whether, when or how much a record counts: one without a valid value is refused."""
    lower: bool = False
    personal: Literal["drop", "hmac"] | None = None
    codes: dict[str, Scalar] = {}
    """Wire code → the hub's; the key "" gives the value of an empty field."""
    known: Dimension | None = None
    """The dimension of its codes. One that is not listed there counts, and is told."""
    pattern: str | None = None
    """Regular expression of the whole text."""
    max_length: int | None = Field(default=None, ge=1, le=LONGEST_TEXT // 2)
    """Characters of the longest text; without it KEY_LENGTH of a key or code of a dimension, TEXT_LENGTH of others."""
    future: bool = False
    """Whether a moment or day may lie after the time of reading, as a due date may."""
    min: float | None = None
    max: float | None = None
    fact: bool = True
    """False for a column that serves rules only."""
    changed_on: date | None = None
    """The day from which the source fills the column in another way on purpose: slices from then on are not compared
    with slices of before."""

    @model_validator(mode="after")
    def _consistent(self) -> "Column":
        if self.wire is None and self.page is None:
            raise Invalid(
                msg("give wire (a field of the record) or page (a value of the whole page)"),
            )
        if self.personal and self.page:
            raise Invalid(msg("personal is for fields of a record; a value of the whole page is kept as it came"))
        if self.personal == "hmac" and self.type != "text":
            raise Invalid(msg("an hmac is text; leave type out"))
        if self.personal is None and not self.label:
            raise Invalid(
                msg("label is missing: say in Vietnamese what the column is"),
            )
        if self.max_length and self.type != "text":
            raise Invalid(msg("max_length is for text; this column is {type}", type=self.type))
        if self.future and self.type not in TIMES:
            raise Invalid(msg("future is for moments and days; this column is {type}", type=self.type))
        self.check_thousands()
        try:
            re.compile(self.pattern or "")
        except (re.error, RecursionError) as error:
            raise Invalid(
                msg("pattern {pattern!r} is no regular expression: {error}", pattern=self.pattern, error=error)
            ) from None
        if self.key and self.personal == "drop":
            raise Invalid(
                msg("a key cannot be dropped; use personal = 'hmac'"),
            )
        return self

    @property
    def counted_by(self) -> Literal["value", "day"] | None:
        """What of the column has so few values that the commonest one says something: the values themselves, or the
        days of moments. None of other columns, and of whatever is about persons."""
        if self.personal:
            return None
        if self.type in TIMES:
            return "day"
        if self.codes or self.known or self.type == "boolean":
            return "value"
        is_short = self.type == "integer" and self.min is not None and self.max is not None
        return "value" if is_short and self.max - self.min < _FEW else None  # type: ignore[operator]
