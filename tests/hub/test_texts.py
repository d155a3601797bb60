"""A text has one form, however it was typed, copied or padded."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.texts import clean


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
