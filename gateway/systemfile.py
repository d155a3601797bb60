"""The form of ``worlds/<folder>/<system>.toml``: what one system tells in the three general forms, for the whole
history of its province. Unknown keys are errors. README.md, "Adding a system", has a commented example of each block.

Days are inclusive. A day is a key ``2022-08-08``, a range of days ``2022-01-01/2022-08-08``.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from gateway.worldfile import Count, Section, check_dirt

Weights = str | Annotated[dict[str, Annotated[float, msgspec.Meta(gt=0)]], msgspec.Meta(min_length=1)]
"""One text, or shares by text: a block's rows are dealt out in these proportions."""
Value = int | float | str
"""A number, or a text that begins with a bound: ``">5600"`` (more than), ``"<"`` (nearly), ``"~"`` (about)."""
Values = Annotated[dict[str, Value], msgspec.Meta(min_length=1)]
Span = tuple[date, date]
BOUNDS = "=><~"


class Block(Section, frozen=True, kw_only=True):
    """What the blocks of all forms share. ``area`` and ``organisation`` are codes of today, or name a list of places
    (``records/places.py``)."""

    kind: Weights = ""
    class_: Weights = msgspec.field(default="", name="class")
    area: Weights = ""
    organisation: Weights = ""


class Flow(Block, frozen=True, kw_only=True):
    """An indicator that adds up over time. Its rows of each range in ``totals`` sum to the total, and to no more digits
    than ``decimals``; a day, month or year outside all ranges goes on as the nearest range, from ``since`` on. A border
    of a range inside a month cuts that month's row in two. ``once``: one row a range and place, nothing else."""

    indicator: str
    grain: Literal["day", "month", "year", "once"]
    totals: Values
    decimals: Count = 0
    since: date | None = None


class Stock(Block, frozen=True, kw_only=True):
    """An indicator that tells a state. Its rows of each day in ``values`` sum to the value; in between they move on an
    uneven line, or wait for the next value (``step``); before the first day there are none, after the last one they
    stay. ``each``: the value is not dealt out but told of every place (a rate). ``once``: only on these days."""

    indicator: str
    grain: Literal["day", "month", "year", "once"]
    values: Values
    decimals: Count = 0
    step: bool = False
    each: bool = False


State = Literal["on_time", "late", "refused", "cancelled", "open", "overdue", "planned"]


class Cases(Block, frozen=True, kw_only=True):
    """Cases received in [from_day, to_day] by their state at its end, which is their last one: closed ones are closed
    in it, ``open`` ones are due after it or never, ``overdue`` ones were due in it, ``planned`` ones are due in it and
    not received. All are due ``due_hours`` after receipt, or at the end of one of ``due_days``, planned
    ones of any."""

    code: str
    from_day: date
    to_day: date
    states: dict[State, Count]
    channel: Weights = ""
    outcome: Weights = ""  # of done ones
    hours: tuple[float, float] = (1, 48)  # least and most from receipt to done, or from due to done late
    due_hours: float = 0
    due_days: tuple[date, ...] = ()
    around_the_clock: bool = False  # received at any hour of any day, not when offices are open
    quantity: Count | None = None  # of all cases together
    amount_vnd: Count | None = None
    step_vnd: Annotated[int, msgspec.Meta(ge=1)] = 1  # amounts are multiples of it


class Listed(Section, frozen=True):
    """A thing by itself; what is left out is dealt out as in its block."""

    code: str
    since: date | None = None  # left out: before the history begins
    until: date | None = None  # the last day of which it is told
    attributes: dict[str, str] = msgspec.field(default_factory=dict)
    kind: str | None = None
    class_: str | None = msgspec.field(default=None, name="class")
    area: str | None = None
    organisation: str | None = None
    status: str | None = None
    level: str | None = None


class Things(Block, frozen=True, kw_only=True):
    """Things that open and close so that there are exactly ``numbers`` of them (or of each status: the oldest ones have
    the first) on these days; ``replaced`` more close and open between two of them. Or those ``listed``, and no others.
    """

    code: str
    numbers: dict[str, Count | dict[str, Count]] = msgspec.field(default_factory=dict)
    listed: tuple[Listed, ...] = ()
    replaced: Count = 0
    status: Weights = ""
    level: Weights = ""
    quantity: Count | dict[str, Count] | None = None  # of each thing, or of all together by day
    attributes: dict[str, Weights] = msgspec.field(default_factory=dict)
    ends_known: bool = False  # the day of closing is told from the beginning, as of a licence


class Semester(Section, frozen=True, kw_only=True):
    """What the schools of a block have together in a semester; ``posts`` are those of teachers, ``missing_rooms`` are
    classrooms."""

    schools: Annotated[int, msgspec.Meta(ge=1)]
    standard: Count  # of national standard
    pupils: Count
    teachers: Count
    posts: Count
    missing_rooms: Count


class Schools(Section, frozen=True, kw_only=True):
    """Schools of one level, in the lists of semesters ``2022-2023/1``."""

    code: str
    level: Literal["MN", "TH", "THCS", "THPT"]
    area: Weights
    semesters: Annotated[dict[str, Semester], msgspec.Meta(min_length=1)]


class SystemFile(Section, frozen=True):
    """A system. ``text_numbers``: values of statistics are text, with dots for thousands and a comma for decimals.
    ``facilities`` are names by kind: its statistics are told as workbooks with a row a facility, and not otherwise."""

    title: str
    text_numbers: bool = False
    flow: tuple[Flow, ...] = ()
    stock: tuple[Stock, ...] = ()
    case: tuple[Cases, ...] = ()
    thing: tuple[Things, ...] = ()
    school: tuple[Schools, ...] = ()
    facilities: dict[str, str] = msgspec.field(default_factory=dict)
    dirt: dict[str, dict[str, Count]] = msgspec.field(default_factory=dict)


def read_systems(folder: Path) -> dict[str, SystemFile]:
    """The systems of ``folder`` by the names of their files, which are their ``he_thong``.

    Raises ValueError with one line that says what is wrong and where.
    """
    systems = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            systems[path.stem] = msgspec.toml.decode(path.read_text(encoding="utf-8"), type=SystemFile)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"{path}: {error}") from None
        check_dirt(str(path), systems[path.stem].dirt)
    if not systems:
        raise ValueError(f"{folder}: no system files; a world's `systems` names a folder of .toml files beside it")
    return systems


def span_of(text: str) -> Span:
    """``2022-01-01/2022-08-08``, or one day, as (first, last). Raises ValueError."""
    first, _, last = text.partition("/")
    try:
        span = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError as error:
        raise ValueError(f"{text}: {error}") from None
    if span[0] > span[1]:
        raise ValueError(f"{text}: it ends before it begins")
    return span


def number_of(value: Value, decimals: int) -> tuple[int, str]:
    """(units of the last decimal, bound) of a declared value. Raises ValueError."""
    text = str(value)
    bound, text = (text[0], text[1:]) if text[:1] in tuple(BOUNDS) else ("=", text)
    try:
        units = float(text) * 10**decimals
    except ValueError:
        raise ValueError(f"{value!r} is no number with one of {BOUNDS} before it") from None
    if units < 0 or abs(units - round(units)) > 1e-6:
        raise ValueError(f"{value!r} is negative or has more than {decimals} decimals")
    return round(units), bound
