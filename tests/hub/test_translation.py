"""A message reads the same in both languages but for its words, and the catalogue holds what the code uses."""

import pickle
from datetime import date, datetime
from decimal import Decimal

import pytest

from hub.errors import Abort, WrongQuestion
from hub.translation import Text, join, msg, msg_in, paragraphs, texts


def test_a_message_is_english_in_the_code_and_vietnamese_from_the_catalogue() -> None:
    message = msg("There is no KPI {kpi!r}; {near}", kpi="x", near=Text("gần giống: y", "similar: y"))
    assert message.en == str(message) == "There is no KPI 'x'; similar: y"
    assert message.vi == "Không có chỉ tiêu 'x'; gần giống: y"


def test_days_are_written_as_their_readers_write_them() -> None:
    message = msg(
        "{day} {moment} {month:month} {count}",
        day=date(2023, 6, 30),
        moment=datetime(2023, 7, 1, 6),
        month=date(2023, 5, 1),
        count=3,
    )
    assert message.vi == "30/06/2023 01/07/2023 06:00 05/2023 3"
    assert message.en == "2023-06-30 2023-07-01 06:00 2023-05 3"


def test_a_message_that_the_catalogue_lacks_is_shown_in_english() -> None:
    assert msg("Nobody wrote this down").vi == "Nobody wrote this down"


def test_braces_of_a_message_without_values_are_kept() -> None:
    assert msg("write {this} or {{that}}").en == "write {this} or {{that}}"


def test_values_are_data_and_no_patterns() -> None:
    assert msg("unknown {name}", name="{0} {kpi!r} {").en == "unknown {0} {kpi!r} {"


def test_the_same_english_can_mean_two_things() -> None:
    assert msg_in("period", "{year}", year=2023).vi == "Năm 2023"


def test_an_error_put_into_a_message_is_told_in_its_language() -> None:
    inner = WrongQuestion(Text("sai", "wrong"))
    assert (msg("{a}: {b}", a=1, b=inner).vi, msg("{a}: {b}", a=1, b=inner).en) == ("1: sai", "1: wrong")


def test_several_texts_are_joined_in_each_language() -> None:
    joined = join([Text("một", "one"), msg("two")], ", ")
    assert (joined.vi, joined.en) == ("một, two", "one, two")


@pytest.mark.parametrize("value", [Decimal("1.50"), None, "x"])
def test_a_message_crosses_to_another_process(value: object) -> None:
    message = msg("{value}", value=value)
    assert pickle.loads(pickle.dumps(message)) == message
    assert str(pickle.loads(pickle.dumps(Abort(message)))) == message.en


def test_a_long_help_is_translated_by_its_paragraphs() -> None:
    assert paragraphs("One thing\n  in two lines.\n\nAnother.") == ["One thing in two lines", "Another"]


def test_every_text_of_the_catalogue_can_be_filled_in() -> None:
    assert len(texts()) > 800
    assert all(texts().values())
