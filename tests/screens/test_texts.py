"""What pages say has a Vietnamese text, and labels are found by the values that they are for."""

import pytest

from hub.units import UNITS
from kpis.definition import load_definitions
from screens.texts import label, say, unit_text


def test_every_unit_of_a_kpi_has_its_words() -> None:
    units = {d.formula(name).unit for d in load_definitions().values() for name in d.measure_names}
    assert len(units) > 10
    assert units - set(UNITS) == set()


def test_a_unit_without_words_is_shown_as_it_is_spelt() -> None:
    assert unit_text("parsecs", "vi") == "parsecs"


def test_texts_are_filled_in() -> None:
    assert say("Target {value}", "vi", value="80%") == "Mục tiêu 80%"
    assert label("age.months", "vi", count=3) == "3 tháng"


def test_a_value_without_a_label_is_an_error_of_the_page() -> None:
    with pytest.raises(KeyError):
        label("status.unheard", "vi")
