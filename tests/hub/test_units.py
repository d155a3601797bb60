"""Numbers as people write them."""

from decimal import Decimal

import pytest

from hub.units import number_text, round_half_up


@pytest.mark.parametrize("value", ["-0.001", "-0.004", "-0", "0"])
def test_what_rounds_to_zero_has_no_sign(value: str) -> None:
    assert number_text(round_half_up(Decimal(value), 2), "vi") == "0,00"


@pytest.mark.parametrize(("value", "written"), [("-0.005", "-0,01"), ("-1342.5", "-1.342,50"), ("0.005", "0,01")])
def test_other_negatives_keep_theirs(value: str, written: str) -> None:
    assert number_text(round_half_up(Decimal(value), 2), "vi") == written
