"""An error of the hub is told in the language of its reader."""

import pickle

import pytest

from hub.errors import Abort, HubError, Invalid, Retry, SignInBusy, TooManyAttempts, WrongCredentials, WrongQuestion
from hub.suggestions import nearest
from hub.translation import Text, Wording


def test_logs_are_english_and_people_read_their_own_language() -> None:
    error = WrongQuestion(Text("Không có chỉ tiêu 'x'", "There is no KPI 'x'"))
    assert str(error) == error.text("en") == "There is no KPI 'x'"
    assert error.text("vi") == "Không có chỉ tiêu 'x'"


@pytest.mark.parametrize(
    "error", [Abort(Text("thiếu", "missing")), Retry(Text("bận", "busy"), after=20), Invalid(Text("sai", "wrong"))]
)
def test_an_error_that_crosses_to_another_process_keeps_its_texts(error: HubError) -> None:
    arrived = pickle.loads(pickle.dumps(error))
    assert (type(arrived), vars(arrived)) == (type(error), vars(error))


@pytest.mark.parametrize("error", [WrongCredentials(), TooManyAttempts(30), SignInBusy(2)])
def test_errors_with_texts_of_their_own_have_both(error: HubError) -> None:
    assert error.vi != error.en == str(error)


def test_what_comes_nearest_is_told_in_both_languages() -> None:
    assert _both(nearest("gat", ["gate", "level"])) == ("ý bạn là gate?", "did you mean gate?")
    assert _both(nearest("x", ["gate", "level"])) == ("hiện có gate, level.", "there are gate, level.")
    assert _both(nearest("x", [])) == ("hiện chưa có gì để chọn.", "there are none.")


def _both(text: Wording) -> tuple[str, str]:
    return text.vi, text.en
