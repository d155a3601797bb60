"""What must hold for any records, batches and days: kept figures are the facts', and what was said stays said."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.periods import VIETNAM
from kpis.figure import Figure
from kpis.slices import parse_slices
from tests.installation import CATALOGUE
from tests.kpis.asking import compute
from tests.kpis.history.hub import Hub
from tests.postgres import Postgres
from warehouse.database import connect

FIRST, LAST = date(2023, 1, 1), date(2023, 3, 31)
GATES = st.sampled_from(["huu_nghi", "tan_thanh", "chi_ma"])
VEHICLES = st.lists(st.tuples(st.dates(FIRST, LAST), GATES), min_size=1, max_size=5)
BATCHES = st.lists(VEHICLES, min_size=1, max_size=4)
DOSSIERS = st.lists(
    st.fixed_dictionaries(
        {
            "received_at": st.dates(FIRST, LAST).map(lambda day: f"{day}T10:00:00+07:00"),
            "channel_code": st.sampled_from(["direct", "online"]),
            "area": st.sampled_from(["20", "178", "05971", "05974", "05998"]),
            "level": st.integers(3, 4),
            "field": st.sampled_from(["TU_PHAP", "DAT_DAI"]),
        }
    ),
    min_size=1,
    max_size=8,
)
SOME = settings(max_examples=settings().max_examples // 2)
FEW = settings(max_examples=settings().max_examples // 4)
GATE = "gate_vehicles"


@pytest.fixture(scope="module")
def kept(postgres: Postgres) -> Iterator[Hub]:
    url = postgres.database()
    with connect(url, "owner") as connection:
        yield Hub(url, connection)


def _empty(hub: Hub) -> None:
    hub.connection.execute(
        "truncate kpi.observation, kpi.refresh, kpi.definition, kpi.government_message, ledger.batch,"
        " warehouse.fact_vehicle, warehouse.fact_dossier cascade"
    )
    hub.connection.commit()


def _load(hub: Hub, batch: list[tuple[date, str]]) -> None:
    """One batch over the whole quarter, whose records are of those days and gates."""
    for day, gate in batch:
        hub.vehicles(str(day), gate_code=gate)
    hub.publish((FIRST, LAST), changed_from=min(day for day, _ in batch))


def _latest(hub: Hub, kpi: str) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """(first, last, area, breakdown) → (value, numerator, denominator, status), but for what is missing."""
    rows = hub.connection.execute(
        "select first_day, last_day, area, breakdown, value, numerator, denominator, status"
        " from serving.kpi_observations where kpi = %s and is_latest and status <> 'missing'",
        (kpi,),
    ).fetchall()
    hub.connection.commit()
    return {tuple(row[:4]): tuple(row[4:]) for row in rows}


@FEW
@given(DOSSIERS)
def test_every_kept_figure_is_what_the_facts_give_when_asked_for_it(kept: Hub, dossiers: list[dict[str, Any]]) -> None:
    _empty(kept)
    kept.dossiers(dossiers)
    kept.publish((FIRST, LAST), feed="dvc.dossiers")
    kept.refresh("online_dossier_rate")
    said = _latest(kept, "online_dossier_rate")
    for (first, last, area, breakdown), figures in said.items():
        asked = compute(
            kept.connection,
            *("online_dossier_rate", first, last, "H37", area),
            where=parse_slices(breakdown),
            by=["area"],
        )
        assert (asked.value, asked.numerator, asked.denominator, asked.status) == figures
        if not breakdown:
            assert {row.breakdown["area"] for row in asked.rows} <= {
                place for *days, place, _ in said if days == [first, last]
            }
    for name in ("channel", "level", "field", "organisation"):
        whole = compute(kept.connection, "online_dossier_rate", FIRST, LAST, "H37", by=[name])
        assert {(FIRST, LAST, "20", f"{name}={row.breakdown[name]}") for row in whole.rows} <= set(said)
    kept.connection.commit()


@FEW
@given(DOSSIERS)
def test_refreshing_again_at_once_or_after_the_same_records_came_again_says_nothing_new(
    kept: Hub, dossiers: list[dict[str, Any]]
) -> None:
    """Slices without a value included, and why they have none."""
    _empty(kept)
    kept.dossiers(dossiers)
    kept.publish((FIRST, date(2023, 2, 28)), feed="dvc.dossiers")
    kept.publish((FIRST, LAST), feed="dvc.dossiers")
    first = [kept.refresh(kpi).revisions for kpi in ("on_time_dossier_rate", "online_dossier_rate")]
    assert all(first)
    kept.publish((FIRST, LAST), feed="dvc.dossiers")
    again = [kept.refresh(kpi) for kpi in ("on_time_dossier_rate", "online_dossier_rate") for _ in range(2)]
    assert [done.revisions for done in again] == [0, 0, 0, 0]
    assert [done.periods > 0 for done in again] == [True, False, True, False]


@SOME
@given(BATCHES, st.randoms(use_true_random=False))
def test_the_order_of_batches_and_of_refreshes_between_them_leads_to_the_same_figures(
    kept: Hub, batches: list[list[tuple[date, str]]], random: Any
) -> None:
    ends = []
    for order in (batches, random.sample(batches, len(batches))):
        _empty(kept)
        for batch in order:
            _load(kept, batch)
            if random.random() < 0.5:
                kept.refresh()
        kept.refresh()
        ends.append(_latest(kept, GATE))
    assert ends[0] == ends[1]


def _words(hub: Hub, day: date) -> list[Figure]:
    """All that was known at the end of the day, of a month, a quarter, a year to date, a slice and another."""
    said = [
        hub.known_at(day, (FIRST, end), where=slice_)
        for end in (date(2023, 1, 31), date(2023, 2, 28), LAST, date(2023, 12, 31))
        for slice_ in ({}, {"gate": ("huu_nghi",)}, {"gate": ("tan_thanh",)})
    ]
    return [figure for figure in said if figure.revision]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("load"), VEHICLES),
        st.tuples(st.just("cancel"), st.integers(0, 6)),
        st.tuples(st.just("define"), st.integers(2, 5)),
        st.just(("recompute", None)),
        st.just(("wait", None)),
    ),
    min_size=2,
    max_size=5,
)


@SOME
@given(VEHICLES, STEPS)
def test_what_was_known_on_a_day_never_changes_whatever_comes_later(
    kept: Hub, tmp_path_factory: pytest.TempPathFactory, batch: list[tuple[date, str]], steps: list[tuple[str, Any]]
) -> None:
    _empty(kept)
    day, known, version = LAST, {}, 1
    own = CATALOGUE.definitions[GATE]
    try:
        for step, what in [("load", batch), *steps]:
            if step == "load":
                _load(kept, what)
            elif step == "cancel":
                kept.connection.execute(
                    "update warehouse.fact_vehicle set status_code = 'cancelled' where declaration_code = (select"
                    " declaration_code from warehouse.fact_vehicle order by processed_at, declaration_code"
                    " offset %s limit 1)",
                    [what],
                )
                kept.publish((FIRST, LAST))
            elif step == "define":
                version += 1
                CATALOGUE.definitions[GATE] = own.model_copy(  # type: ignore[index]
                    update={"version": version, "numerator": f"{what} * count(*)", "unit": f"{what} vehicles"}
                )
            if step == "recompute":
                kept.recompute()
            else:
                kept.refresh(now=datetime.combine(day, time(12), VIETNAM))
            kept.said_on(day)
            known[day] = _words(kept, day)
            day += timedelta(days=1)
        assert known[LAST]
        for then, words in known.items():
            assert _words(kept, then) == words
    finally:
        CATALOGUE.definitions[GATE] = own  # type: ignore[index]
