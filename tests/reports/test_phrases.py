"""How a report writes figures."""

from decimal import Decimal

import pytest

from reports import phrases


@pytest.mark.parametrize("value", ["-0.001", "-0.0049", "0.001", "-0"])
def test_a_figure_that_rounds_to_zero_is_written_without_a_sign(value: str) -> None:
    assert phrases.amount(Decimal(value), "%") == "0%"
