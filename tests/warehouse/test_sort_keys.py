"""Vietnamese names in dictionary order by plain bytes."""

import random

from warehouse.sort_keys import sort_key


def test_letters_come_before_tones_and_tones_in_their_order() -> None:
    ordered = [
        "An",
        "Ăn",
        "Ân",
        "Ba",
        "Bà",
        "Bả",
        "Bã",
        "Bá",
        "Bạ",
        "Bạ Chín",
        "Bác",
        "Da",
        "Đa",
        "Em",
        "Êm",
        "Oa",
        "Ôn",
        "Ơn",
        "Un",
        "Ưn",
        "Yên",
    ]
    shuffled = ordered[:]
    random.Random(1).shuffle(shuffled)

    assert sorted(shuffled, key=sort_key) == ordered


def test_numbers_sort_by_value() -> None:
    assert sorted(["Phường 10", "Phường 2", "Phường 1"], key=sort_key) == ["Phường 1", "Phường 2", "Phường 10"]


def test_case_punctuation_and_the_form_of_unicode_do_not_count() -> None:
    import unicodedata

    key = sort_key("Bà Rịa - Vũng Tàu")

    assert sort_key(unicodedata.normalize("NFD", "bà rịa-vũng tàu")) == key
    assert key.isascii()
