"""`ioc audit log`: what was done, by whom."""

import pytest
from typer.testing import CliRunner

from ioc import audit


def test_days_in_the_wrong_order_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "en")
    said = CliRunner().invoke(audit.app, ["log", "--from", "2023-06-30", "--to", "2023-06-01"])
    assert (said.exit_code, said.stdout) == (2, "")
    assert "reversed" in said.stderr
