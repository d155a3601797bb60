"""A field's values say what its column is, as far as they have one reading only."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.column_specification import Column
from connectors.guesses import guess, reads_all

FORMS: list[tuple[list[Any], tuple[str, str | None, str | None]]] = [
    (["2023-06-01", "2023-06-02"], ("date", None, None)),
    (["01/06/2023", "13/06/2023"], ("date", "%d/%m/%Y", None)),
    (["30-06-2023"], ("date", "%d-%m-%Y", None)),
    (["20230601", "20230602"], ("date", "%Y%m%d", None)),
    (["20230601083000"], ("datetime", "%Y%m%d%H%M%S", None)),
    (["2023-06-01T08:00:00", "2023-06-01T08:00:00+07:00"], ("datetime", None, None)),
    (["30/06/2023 14:05"], ("datetime", "%d/%m/%Y %H:%M", None)),
    (["14:05 30/06/2023"], ("datetime", "%H:%M %d/%m/%Y", None)),
    (["06/2023"], ("month", "%m/%Y", None)),
    (["2023-01"], ("month", "%Y-%m", None)),
    ([1, 2, 3], ("integer", None, None)),
    (["1", "23"], ("integer", None, None)),
    (["1.234.567", "12"], ("integer", None, ".")),
    (["1,234,567"], ("integer", None, ",")),
    (["12,5", "3,25"], ("number", None, ".")),
    (["1.234,56"], ("number", None, ".")),
    (["1.5", "2.25"], ("number", None, None)),
    ([0.5, 2], ("number", None, None)),
    ([True, False], ("boolean", None, None)),
    (["true", "FALSE"], ("boolean", None, None)),
    (["0123", "0456"], ("text", None, None)),
    (["31/02/2023"], ("text", None, None)),
    (["12/31/2023"], ("text", None, None)),
    (["a", "b"], ("text", None, None)),
]


@pytest.mark.parametrize(("values", "form"), FORMS, ids=lambda value: str(value)[:30])
def test_a_form_is_the_one_that_reads_every_value(values: list[Any], form: tuple[str, str | None, str | None]) -> None:
    found = guess("gia_tri", values)
    assert (found.type, found.format, found.thousands) == form
    assert found.doubt is None


@pytest.mark.parametrize("values", [["1.234", "2.345"], ["1,234"], ["12,345", "1,234"], ["1.234", "5"]])
def test_what_may_be_thousands_or_decimals_is_in_doubt(values: list[str]) -> None:
    assert guess("so", values).doubt == "thousands"


def test_days_of_which_none_is_above_twelve_are_read_as_here_and_in_doubt() -> None:
    found = guess("ngay", ["01/06/2023", "05/07/2023"])
    assert (found.format, found.doubt) == ("%d/%m/%Y", "day_first")
    assert guess("ngay", ["05/05/2023"]).doubt == "day_first"


def test_few_values_that_come_again_are_codes() -> None:
    assert guess("cap", ["TH", "THCS", "TH"] * 4).codes == ("TH", "THCS")
    assert guess("trang_thai", ["1", "2"] * 6).codes == ("1", "2")
    assert guess("so_luong", ["1", "2"] * 6).codes == ()
    assert guess("ghi", [str(n) + "x" for n in range(40)]).codes == ()


def test_a_field_that_looks_personal_is_nothing_else() -> None:
    found = guess("truong", ["Nguyễn Văn An", "Lê Thị Bích"] * 4)
    assert found.personal is not None
    assert found.codes == ()


def test_empty_nested_and_unique_fields_are_told() -> None:
    assert guess("a", [None, ""]).doubt == "empty"
    assert guess("a", [{"b": 1}, None]).is_nested
    assert guess("a", ["x", "y"]).is_unique
    assert not guess("a", ["x", "y", None]).is_unique
    assert not guess("a", ["x"]).is_unique, "one record shows nothing"


def test_a_known_column_reads_all_or_not() -> None:
    column = Column.model_validate({"wire": "a", "label": "a", "codes": {"A": "a", "": "b"}})
    assert reads_all(column, ["A", None, ""])
    assert not reads_all(column, ["A", "C"])
    day = Column.model_validate({"wire": "a", "label": "a", "type": "date"})
    assert reads_all(day, ["2023-01-01", None])
    assert not reads_all(day, ["1/1/2023"])


VALUES = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates().map(str)),
    st.from_regex(r"[0-9]{1,3}([.,][0-9]{3}){0,3}", fullmatch=True),
    st.from_regex(r"[0-3][0-9]/[01][0-9]/20[0-9]{2}", fullmatch=True),
)


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_a_guess_without_doubt_reads_what_it_was_made_of(values: list[Any]) -> None:
    found = guess("gia_tri", values)
    if found.doubt or found.personal or found.is_nested or found.type == "text":
        return
    said = {"type": found.type, "format": found.format, "thousands": found.thousands}
    column = Column.model_validate({"wire": "x", "label": "x", **said})
    assert reads_all(column, values)
