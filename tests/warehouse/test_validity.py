"""Lists of days, in whatever order they are read, give the rows that reading them in order once gives."""

import itertools
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Blocked
from tests.pipeline.conftest import NewHub, gateway, new_hub, waits  # noqa: F401 - the hub's own fixtures
from tests.pipeline.hub import Hub

SOURCE = """
title = "Bến phà"
owner = "so-giao-thong"
field = "socio_economic"
cadence = "0 5 * * *"
lateness = "P1D"

[feeds.boats]
title = "Danh mục phà"
form = "things"
slice = "day"
max_shrink = 1

[feeds.boats.columns]
kind.codes = { boat = "boat" }
"""
FIRST = date(2023, 3, 1)
BEFORE = date(2023, 1, 31)
State = tuple[str, int]
List = dict[str, State]
"""Thing → its state: a status and the day since which it exists."""
STATES = st.tuples(st.sampled_from("ab"), st.integers(0, 2))
LISTS = st.lists(st.dictionaries(st.sampled_from("XYZ"), STATES, min_size=1), min_size=1, max_size=4)
few = settings(max_examples=max(8, settings().max_examples // 3))
_examples = itertools.count()


@pytest.fixture
def hub(new_hub: NewHub, tmp_path: Path) -> Hub:  # noqa: F811
    (tmp_path / "ferries.toml").write_text(SOURCE, encoding="utf-8")
    return new_hub(sources=tmp_path)


def example() -> tuple[str, date]:
    """A prefix of codes, and days after those of all examples before."""
    number = next(_examples)
    return f"{number}-", FIRST + timedelta(days=12 * number)


def wire(code: str, state: State) -> dict[str, Any]:
    opened = BEFORE - timedelta(days=state[1]) if state[1] else None
    return {"ma": code, "loai": "boat", "trang_thai": state[0], "hieu_luc_tu": opened and str(opened)}


def take(hub: Hub, day: date, listed: List, prefix: str = "") -> Any:
    records = [wire(prefix + code, state) for code, state in listed.items()]
    return hub.take("ferries", "boats", records, days=(day, day), slice=str(day))


def expected(lists: dict[date, List]) -> set[tuple[str, State, date, date | None]]:
    """Rows as a few lines of Python say them: runs of lists that follow each other and describe a thing alike."""
    rows, days = set(), [*sorted(lists), None]
    for code in {code for one in lists.values() for code in one}:
        since: date | None = None
        for day, following in itertools.pairwise(days):
            assert day
            state = lists[day].get(code)
            if state is None:
                continue
            since = since or day
            if following is None or lists[following].get(code) != state:
                rows.add((code, state, since, following))
                since = None
    return rows


def held(hub: Hub, prefix: str = "") -> set[tuple[str, State, date, date | None]]:
    rows = hub.rows(
        "select substr(asset_code, %s), status, opened_day, valid_from, valid_to from warehouse.fact_asset"
        " where starts_with(asset_code, %s)",
        len(prefix) + 1,
        prefix,
    )
    return {
        (code, (status, (BEFORE - opened).days if opened else 0), since, until)
        for code, status, opened, since, until in rows
    }


@few
@given(lists=LISTS, shuffled=st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_the_order_in_which_lists_are_read(hub: Hub, lists: list[List], shuffled: Any) -> None:
    prefix, first = example()
    by_day = {first + timedelta(days=2 * place): one for place, one in enumerate(lists)}
    days = [*by_day, shuffled.choice([*by_day])]
    shuffled.shuffle(days)
    for day in days:
        outcome = take(hub, day, by_day[day], prefix)
        assert outcome.status == "published"
        assert outcome.account.balances()
    assert held(hub, prefix) == expected(by_day)
    ends = (
        "select count(*) from warehouse.fact_asset f where starts_with(asset_code, %s) and previous_to is distinct from"
        " (select max(p.valid_to) from warehouse.fact_asset p where p.asset_code = f.asset_code"
        " and p.valid_from < f.valid_from)"
    )
    assert hub.one(ends, prefix) == 0


@few
@given(lists=st.lists(st.dictionaries(st.sampled_from("XYZ"), STATES, min_size=1), min_size=2, max_size=4))
def test_a_list_that_is_read_again_with_other_content_counts_as_if_it_had_come_so(hub: Hub, lists: list[List]) -> None:
    prefix, first = example()
    *before, last = lists
    by_day = {first + timedelta(days=place): one for place, one in enumerate(before)}
    for day, one in by_day.items():
        take(hub, day, one, prefix)
    take(hub, first, last, prefix)
    assert held(hub, prefix) == expected(by_day | {first: last})


def test_what_lists_wrote_is_sealed(hub: Hub) -> None:
    for day, listed in enumerate([{"X": ("a", 0), "Y": ("a", 0)}, {"X": ("b", 0)}, {"X": ("b", 0), "Z": ("a", 2)}]):
        take(hub, FIRST + timedelta(days=day), listed)
    take(hub, FIRST, {"X": ("b", 0)})
    assert hub.verify().findings == []
    hub.change("update warehouse.fact_asset set valid_to = valid_to + 1 where valid_to is not null")
    hub.change("update warehouse.fact_asset set status = 'a' where valid_to is null")
    assert hub.verify().findings


def test_the_account_of_a_list_counts_what_changed_and_what_ended(hub: Hub) -> None:
    take(hub, FIRST, {"X": ("a", 0), "Y": ("a", 0)})
    account = take(hub, FIRST + timedelta(days=1), {"X": ("a", 0), "Z": ("a", 1)}).account
    assert (account.loaded, account.unchanged, account.removed) == (1, 1, 1)
    again = take(hub, FIRST + timedelta(days=1), {"X": ("a", 0), "Z": ("a", 1)}).account
    assert (again.loaded, again.unchanged, again.removed) == (0, 2, 0)


def test_a_list_that_lost_many_things_is_blocked(hub: Hub) -> None:
    assert hub.settings.sources
    text = SOURCE.replace("max_shrink = 1", "max_shrink = 0.2")
    (hub.settings.sources / "piers.toml").write_text(text, encoding="utf-8")
    every: List = {f"X{n}": ("a", 0) for n in range(10)}
    records = [wire(code, state) for code, state in every.items()]
    hub.take("piers", "boats", records, days=(FIRST, FIRST), slice=str(FIRST))
    after = FIRST + timedelta(days=1)
    with pytest.raises(Blocked, match=r"kept_share: 0\.7"):
        hub.take("piers", "boats", records[:7], days=(after, after), slice=str(after))
    assert hub.one("select count(*) from warehouse.fact_asset where valid_to is null") == 10


def test_lists_need_not_say_since_when_a_thing_exists(new_hub: NewHub, tmp_path: Path) -> None:  # noqa: F811
    source = SOURCE.replace("[feeds.boats.columns]", "[feeds.boats.columns]\nopened_day = false\nexpiry_day = false")
    (tmp_path / "ferries.toml").write_text(source, encoding="utf-8")
    hub = new_hub(sources=tmp_path)
    later = FIRST + timedelta(days=1)
    boats = [{"ma": code, "loai": "boat", "trang_thai": "a"} for code in "XY"]
    hub.take("ferries", "boats", boats, days=(FIRST, FIRST), slice=str(FIRST))
    account = hub.take(
        "ferries", "boats", [{**boats[0], "trang_thai": "b"}], days=(later, later), slice=str(later)
    ).account
    assert (account.loaded, account.removed, account.changed_from) == (1, 1, later)
    assert held(hub) == {
        ("X", ("a", 0), FIRST, later),
        ("X", ("b", 0), later, None),
        ("Y", ("a", 0), FIRST, later),
    }


def test_a_refused_thing_is_listed_from_its_list_on_when_it_is_replayed(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "strict").mkdir()
    text = SOURCE + 'status = { wire = "trang_thai", required = true, codes = { a = "a" } }\n'
    (tmp_path / "strict" / "ferries.toml").write_text(text, encoding="utf-8")
    mended, strict = hub.settings, hub.settings.model_copy(update={"sources": tmp_path / "strict"})
    hub.settings = strict
    refused = take(hub, FIRST, {"X": ("a", 0), "Y": ("b", 0)})
    assert held(hub) == {("X", ("a", 0), FIRST, None)}
    hub.settings = mended
    hub.replay(refused.batch_id)
    assert held(hub) == {("X", ("a", 0), FIRST, None), ("Y", ("b", 0), FIRST, None)}
    hub.settings = strict
    again = take(hub, FIRST + timedelta(days=1), {"X": ("a", 0), "Y": ("b", 0)})
    take(hub, FIRST + timedelta(days=1), {"X": ("a", 0)})
    hub.settings = mended
    assert hub.replay(again.batch_id).account.superseded == 1
    assert held(hub) == {("X", ("a", 0), FIRST, None), ("Y", ("b", 0), FIRST, FIRST + timedelta(days=1))}
