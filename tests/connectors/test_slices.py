"""An interval is asked for in pieces that cover each of its days once."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.paging.styles import PLACEHOLDERS
from connectors.slices import Slice, cut
from connectors.template import fill, placeholders
from hub.periods import VIETNAM

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DAYS, st.integers(0, 400), st.sampled_from(["interval", "day", "P1D", "P7D", "P31D"]))
def test_pieces_cover_every_day_once(first: date, length: int, style: str) -> None:
    last = first + timedelta(days=length)
    covered = [
        piece.first + timedelta(days=number)
        for piece in cut(first, last, style)
        for number in range((piece.last - piece.first).days + 1)
    ]
    assert covered == [first + timedelta(days=number) for number in range(length + 1)]


@given(DAYS, st.integers(0, 400))
def test_months_are_those_that_end_in_the_interval_and_are_whole(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    ends = [first + timedelta(days=n) for n in range(length + 1) if (first + timedelta(days=n + 1)).day == 1]
    pieces = list(cut(first, last, "month"))
    assert [piece.last for piece in pieces] == ends
    assert all(piece.first == piece.last.replace(day=1) for piece in pieces)


def test_a_piece_ends_where_the_next_begins() -> None:
    said = Slice(date(2023, 1, 31), date(2023, 2, 28)).placeholders()
    assert said == {
        "start": datetime(2023, 1, 31, tzinfo=VIETNAM),
        "end": datetime(2023, 3, 1, tzinfo=VIETNAM),
        "last": date(2023, 2, 28),
        "school_year": "2022-2023",
        "semester": "2",
    }


@pytest.mark.parametrize(
    ("month", "school_time"),
    [
        (date(2022, 8, 31), ("2021-2022", "2")),
        (date(2022, 9, 30), ("2022-2023", "1")),
        (date(2022, 12, 31), ("2022-2023", "1")),
        (date(2023, 1, 31), ("2022-2023", "2")),
        (date(2023, 8, 31), ("2022-2023", "2")),
    ],
)
def test_the_summer_belongs_to_the_school_year_before_it(month: date, school_time: tuple[str, str]) -> None:
    said = Slice(month.replace(day=1), month).placeholders()
    assert (said["school_year"], said["semester"]) == school_time


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{start:%Y%m%d%H%M%S}", "20230131000000"),
        ("{last:%d/%m/%Y}", "28/02/2023"),
        ("{last}", "2023-02-28"),
        ("{start}", "2023-01-31T00:00:00+07:00"),
        ("{page}", 3),
        ("{school_year}", "2022-2023"),
        ("trang {page} của {province}", "trang 3 của H37"),
        ("cố định", "cố định"),
    ],
)
def test_a_placeholder_is_filled(text: str, filled: object) -> None:
    values = {**Slice(date(2023, 1, 31), date(2023, 2, 28)).placeholders(), "page": 3, "province": "H37"}
    assert fill({"a": text}, values) == {"a": filled}


def test_what_has_no_value_is_not_asked() -> None:
    assert fill({"cursor": "{cursor}", "since": "{since}"}, {"cursor": None, "since": "x"}) == {"since": "x"}


def test_placeholders_are_found_by_name() -> None:
    assert placeholders("{start:%Y} {page}") == {"start", "page"}
    assert {"page", "offset", "cursor", "since"} <= PLACEHOLDERS
