"""Values of slices are data: whatever a value holds, it comes back from the text in which slices are kept and asked."""

import csv
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import WrongQuestion
from hub.periods import Period
from kpis.question import Question
from kpis.slices import parse_slices, slices_text
from kpis.targets import TargetRow, read_targets
from tests.installation import CATALOGUE

VALUES = st.text(st.sampled_from(";=|%_25374BCD ") | st.characters(codec="utf-8"), max_size=12)
NAMES = st.from_regex(r"\A[a-z][a-z0-9_]{0,8}\Z")


def _is_trimmed(value: str) -> bool:
    """Cells of a table lose the blanks at their ends, and control characters have no place in them."""
    return value == value.strip() and value.isprintable()


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=4).map(tuple), max_size=4))
def test_any_slices_come_back_from_their_text(slices: dict[str, tuple[str, ...]]) -> None:
    text = slices_text(slices)
    assert parse_slices(text) == slices
    assert slices_text(parse_slices(text)) == text


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=4).map(tuple), min_size=1, max_size=4))
def test_separators_are_only_those_of_the_form(slices: dict[str, tuple[str, ...]]) -> None:
    """By which SQL, too, can take the text apart."""
    parts = slices_text(slices).split(";")
    assert [part.partition("=")[0] for part in parts] == sorted(slices)
    assert [len(part.partition("=")[2].split("|")) for part in parts] == [len(slices[name]) for name in sorted(slices)]


@pytest.mark.parametrize(
    ("slices", "text"),
    [
        ({}, ""),
        ({"channel": ("online",)}, "channel=online"),
        ({"level": ("3", "4"), "channel": ("online",)}, "channel=online;level=3|4"),
        ({"field": ("100 % sạch",)}, "field=100 % sạch"),
        ({"field": ("Đất đai; môi trường",)}, "field=Đất đai%3B môi trường"),
        ({"field": ("a|b=c", "%3B", "")}, "field=a%7Cb%3Dc|%253B|%_"),
    ],
)
def test_a_text_is_escaped_only_where_it_must_be(slices: dict[str, tuple[str, ...]], text: str) -> None:
    assert slices_text(slices) == text
    assert parse_slices(text) == slices


@pytest.mark.parametrize("text", ["channel", "=online", "channel=", "level=3|", "a=1;b"])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(WrongQuestion, match="not of the form"):
        parse_slices(text)


@given(
    st.dictionaries(
        st.sampled_from(["channel", "level"]),
        st.lists(VALUES.filter(_is_trimmed), min_size=1, max_size=3).map(tuple),
        min_size=1,
    )
)
def test_a_target_is_found_under_the_slices_that_it_is_for(
    tmp_path_factory: pytest.TempPathFactory, slices: dict[str, tuple[str, ...]]
) -> None:
    path, figure = tmp_path_factory.mktemp("targets") / "targets.csv", ("H37", "online_dossier_rate", "rate")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([TargetRow.model_fields, (*figure, slices_text(slices), 2023, 80, "%", "")])
    [(*found, breakdown, year)] = read_targets(path, CATALOGUE.definitions)
    assert (*found, parse_slices(breakdown), year) == (*figure, slices, 2023)


def test_a_question_keeps_its_slices_as_values_and_writes_them_in_one_way() -> None:
    question = Question("x", Period(date(2023, 1, 1), date(2023, 1, 31)), "H37", slices={"field": ["a;b", "c=|"]})
    assert dict(question.slices) == {"field": ("a;b", "c=|")}
    assert question.breakdown == "field=a%3Bb|c%3D%7C"
