"""A text has one form, however it was typed, copied or padded."""

import json
import unicodedata
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.texts import clean, composed, shown, shown_in_json, shown_in_line, without_marks


@pytest.mark.parametrize(
    "written",
    [
        "PA-1",
        "PA-1 ",
        "\u00a0PA-1\u202f",
        "PA\u200b-1",
        "\ufeffPA-1",
        "PA-1\r\n",
        "PA\u00ad-1",
        "\u202aPA-1\u202c",
        "\u2060PA-1\ufe0f",
        "PA-1\x1a",
        "\ufffePA-1\uffff",
        "\u3000PA-1\u2028",
    ],
    ids=ascii,
)
def test_what_nobody_sees_makes_no_other_text(written: str) -> None:
    assert clean(written) == "PA-1"


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("Đất  đai;\tmôi\u00a0\u00a0trường", "Đất đai; môi trường"),
        ("Hà\r\nNội", "Hà Nội"),
        (unicodedata.normalize("NFD", "Phường Đề Thám"), "Phường Đề Thám"),
        ("a\u200b\u0301", "á"),
        ("a\uffffb", "a\ufffdb"),
        ("a\x07b", "a\ufffdb"),
        ("a\U0001fffeb", "a\ufffdb"),
        ("", ""),
        (" \u200b ", ""),
        ("😀 ok", "😀 ok"),
        ("HUU_NGHI", "HUU_NGHI"),
    ],
    ids=ascii,
)
def test_a_text_has_one_form(written: str, one: str) -> None:
    assert clean(written) == one


@given(st.text())
def test_the_one_form_stays_as_it_is(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("category", ["Cc", "Cf", "Cs", "Zl", "Zp"])
def test_no_control_or_format_character_is_shown(category: str) -> None:
    every = (char for char in map(chr, range(0x110000)) if unicodedata.category(char) == category)
    assert {char for char in every if shown(char) == char} == KEPT.get(category, set())


KEPT = {
    "Cc": set("\t\n"),
    "Cf": set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"),
}
"""Category → what is shown of it: of format characters the signs that Arabic, Syriac and Kaithi write around a number
or a name, which are seen."""


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_vietnamese_texts_are_shown_as_they_are(form: Literal["NFC", "NFD"]) -> None:
    text = unicodedata.normalize(form, "Thuỷ Nguyên, Đắk Lắk: 1\u202f234,5 km² – “Tỷ lệ”; ế ộ ữ ỵ")
    assert shown(text) == shown_in_line(text) == shown_in_json(text) == text


def test_what_is_not_shown_has_a_stand_in() -> None:
    assert shown("a\x1b[31m\u202eb\n\tc\r\ud800") == "a\ufffd[31m\ufffdb\n\tc\ufffd\ufffd"
    assert shown_in_line("a\nb") == "a\ufffdb"


@given(st.recursive(st.text(st.characters()), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_a_program_reads_from_json_what_was_put_in(value: Any) -> None:
    document = shown_in_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == json.loads(json.dumps(value))
    assert document == shown(document)


@given(st.text(st.sampled_from("aộo\u0302\u0323\u0f72\u0f71\u1100\u1161\u11a8한"), max_size=40), st.integers(30, 200))
def test_a_long_text_is_composed_as_a_short_one(text: str, times: int) -> None:
    long = f"a{text}" * times
    assert composed(long) == unicodedata.normalize("NFC", long)


def test_a_text_of_marks_alone_is_composed_piece_by_piece() -> None:
    """As one piece these took a quarter of an hour."""
    assert len(composed("\u0f72\u0f71" * 150_000)) == 300_000


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Đình Lập", "Dinh Lap"), ("Ủy ban Nguyễn", "Uy ban Nguyen"), ("đường", "duong"), ("abc", "abc")],
)
def test_vietnamese_is_written_without_its_marks(text: str, plain: str) -> None:
    assert without_marks(text) == plain
    assert without_marks(unicodedata.normalize("NFD", text)) == plain
