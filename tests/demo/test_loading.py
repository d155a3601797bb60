"""How the demo tells an account."""

import pytest

from demo.loading import account_text, total

NOTHING = {"fetched": 0, "loaded": 0, "unchanged": 0, "superseded": 0, "quarantined": 0, "removed": 0}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOC_LANG", "en")


def test_an_account_names_where_every_record_went() -> None:
    account = {**NOTHING, "fetched": 1310, "loaded": 1200, "superseded": 100, "quarantined": 10}
    assert account_text(account) == "1,310 records = 1,200 loaded + 100 superseded + 10 quarantined"


def test_a_load_that_brought_nothing_new_says_so_first() -> None:
    account = {**NOTHING, "fetched": 12, "unchanged": 11, "quarantined": 1}
    assert account_text(account) == "unchanged: 12 records = 11 unchanged + 1 quarantined"


def test_a_load_that_only_removes_is_not_unchanged() -> None:
    assert not account_text({**NOTHING, "fetched": 2, "unchanged": 2, "removed": 1}).startswith("unchanged")


def test_accounts_add_up() -> None:
    sums = total([{**NOTHING, "fetched": 3, "loaded": 2}, {**NOTHING, "fetched": 4, "loaded": 4}])
    assert (sums["fetched"], sums["loaded"]) == (7, 6)
