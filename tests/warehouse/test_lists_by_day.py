"""A catalogue that is kept as validity has for each day the rows that a row for each service and day would be."""

import itertools
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.source_files import SOURCES
from hub.errors import Blocked
from tests.pipeline.conftest import NewHub, gateway, new_hub, waits  # noqa: F401 - the hub's own fixtures
from tests.pipeline.hub import Hub

SERVICES = ("dvc", "services")
FIRST = date(2023, 3, 1)
REFUSED = "9"
"""What stands instead of whether a service is on the national portal, until the specification is mended."""
few = settings(max_examples=max(8, settings().max_examples // 3))
_examples = itertools.count()

Content = tuple[int, bool]
"""Level, and whether it is on the national portal."""
Shown = tuple[Content, int, int]
"""Content, batch and page."""
STATES = {"same": (2, "1"), "other": (3, "1"), "refused": (2, REFUSED), "gone": None}
ACTS = st.tuples(
    st.sampled_from(["read", "read", "read", "blocked", "replay"]),
    st.integers(0, 3),
    st.lists(st.sampled_from(["same", "same", "same", *STATES]), min_size=4, max_size=4),
    st.sampled_from(["WXYZ", "WXYZ", "ZYXW"]),
)
"""What is done, to which day, with which state of each service, in which order: two stand on a page. Most repeats."""


@pytest.fixture
def hub(new_hub: NewHub) -> Hub:  # noqa: F811
    return specified(new_hub(), mended=False)


def specified(hub: Hub, *, mended: bool) -> Hub:
    """The hub with a specification that refuses some records until it is mended."""
    text = (SOURCES / "dvc.toml").read_text("utf-8").replace('replace = ["day"]', 'replace = ["day"]\nmax_shrink = 1')
    if mended:
        text = text.replace('"1" = true }, label = "Tích hợp', f'"1" = true, "{REFUSED}" = true }}, label = "Tích hợp')
    folder = hub.settings.state / "sources" / ("mended" if mended else "strict")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dvc.toml").write_text(text, "utf-8")
    hub.settings = hub.settings.model_copy(update={"sources": folder})
    return hub


@dataclass
class DailyRows:
    """The same catalogues as a row for each service and day, by a few lines of Python."""

    rows: dict[date, dict[str, Shown]] = field(default_factory=dict)
    refused: dict[int, tuple[date, list[list[tuple[str, int]]]]] = field(default_factory=dict)
    """Batch → its day, and by page the services that it refused, with their levels."""
    read: dict[date, int] = field(default_factory=dict)
    """Day → the newest batch that read it and was published."""

    def take(self, day: date, accepted: dict[str, Shown], *, whole: bool) -> None:
        held = self.rows.get(day, {})
        now = {
            code: held[code] if code in held and held[code][0] == shown[0] else shown
            for code, shown in accepted.items()
        }
        if accepted:
            self.rows[day] = now if whole else held | now


def wire(code: str, level: int, portal: str) -> dict[str, Any]:
    return {"MaTTHC": f"1.00000{ord(code) - ord('U')}", "MucDo": str(level), "TichHopDVCQG": portal}


def act(hub: Hub, model: DailyRows, kind: str, day: date, listed: list[tuple[str, tuple[int, str]]]) -> None:
    """Does one thing to the hub and to the model."""
    if kind == "replay":
        if not model.refused:
            return
        again, (day, refused) = model.refused.popitem()
        specified(hub, mended=True)
        batch = hub.replay(again).batch_id
        specified(hub, mended=False)
        taken = {code: ((level, True), batch, number) for number, page in enumerate(refused, 1) for code, level in page}
        model.take(day, taken if model.read.get(day, 0) <= again else {}, whole=False)
        return
    records = [(code, level, REFUSED if kind == "blocked" else portal) for code, (level, portal) in listed]
    most = None if kind == "blocked" else 1
    try:
        taking = hub.take(
            *SERVICES, [wire(*one) for one in records], max_rejected=most, days=(day, day), slice=str(day)
        )
        batch = taking.batch_id
        model.read[day] = batch
    except Blocked:
        batch = hub.one("select max(batch_id) from ledger.batch")
    pages = [records[place : place + 2] for place in range(0, len(records), 2)]
    refused = [[(code, level) for code, level, portal in page if portal == REFUSED] for page in pages]
    if refused := [page for page in refused if page]:
        model.refused[batch] = day, refused
    if kind == "read":
        accepted = {
            code: ((level, portal == "1"), batch, number)
            for number, page in enumerate(pages, 1)
            for code, level, portal in page
            if portal != REFUSED
        }
        model.take(day, accepted, whole=True)


def shown(hub: Hub, days: list[date]) -> dict[date, dict[str, Shown]]:
    """What the serving view says of days, by service."""
    found: dict[date, dict[str, Shown]] = {}
    for day, code, level, portal, batch, page in hub.rows(
        "select day, service, level, is_on_national_portal, batch_id, page_number from serving.services"
        " where day = any(%s)",
        days,
    ):
        own, letter = found.setdefault(day, {}), chr(ord("U") + int(code[-1]))
        assert letter not in own
        own[letter] = (level, portal), batch, page
    return found


@few
@given(acts=st.lists(ACTS, min_size=3, max_size=8))
def test_each_day_has_the_rows_that_a_row_for_each_service_and_day_would_be(hub: Hub, acts: list[Any]) -> None:
    first = FIRST + timedelta(days=12 * next(_examples))
    model = DailyRows()
    for kind, place, states, order in acts:
        listed = [(code, said) for code, state in zip(order, states, strict=True) if (said := STATES[state])]
        if listed:
            act(hub, model, kind, first + timedelta(days=place), listed)
    days = [first + timedelta(days=number) for number in range(12)]
    assert shown(hub, days) == {day: rows for day, rows in model.rows.items() if rows}
    elsewhere = (
        "select count(*) from serving.services s left join landing.page p using (batch_id, page_number)"
        " left join ledger.batch b using (batch_id) where p.batch_id is null or s.day <> b.last_day"
    )
    assert hub.one(elsewhere) == 0
    assert hub.verify().findings == []


def catalogue(hub: Hub, day: date, **services: str) -> Any:
    """Loads the catalogue of a day: service → whether it is on the national portal."""
    records = [wire(code, 4, portal) for code, portal in services.items()]
    return hub.take(*SERVICES, records, days=(day, day), slice=str(day))


def test_a_catalogue_that_repeats_itself_adds_no_row(hub: Hub) -> None:
    for number in range(10):
        account = catalogue(hub, FIRST + timedelta(days=number), X="1", Y="0", Z="1").account
    assert (account.loaded, account.unchanged, account.changed_from) == (0, 3, FIRST + timedelta(days=9))
    assert hub.one("select count(*) from warehouse.fact_service") == 3
    assert hub.one("select count(*) from serving.services") == 30


def test_a_day_of_which_no_catalogue_was_read_has_no_row(hub: Hub) -> None:
    for number in (0, 1, 3):
        catalogue(hub, FIRST + timedelta(days=number), X="1")
    assert [(day - FIRST).days for (day,) in hub.rows("select day from serving.services order by 1")] == [0, 1, 3]


def test_a_refused_service_is_missing_on_its_day_alone(hub: Hub) -> None:
    for number, portal in enumerate(["1", REFUSED, "1"]):
        outcome = catalogue(hub, FIRST + timedelta(days=number), X=portal, Y="0")
    of_x = "select day - %s from serving.{}services where service like '%%3' order by 1"
    assert hub.rows(of_x.format(""), FIRST) == [(0,), (2,)]
    assert hub.rows(of_x.format("refused_"), FIRST) == [(1,)]
    states = "select state, batch_id from serving.refused_services"
    assert hub.rows(states) == [("refused", outcome.batch_id - 1)]
    specified(hub, mended=True)
    hub.replay(outcome.batch_id - 1)
    assert hub.rows(of_x.format(""), FIRST) == [(0,), (1,), (2,)]
    assert hub.rows(states) == []


def test_a_catalogue_is_compared_with_the_newest_one_before(hub: Hub) -> None:
    hub.settings = hub.settings.model_copy(update={"sources": None})
    every = dict.fromkeys("VWXYZ", "1")
    catalogue(hub, FIRST, **every)
    catalogue(hub, FIRST + timedelta(days=2), **every)
    with pytest.raises(Blocked, match=r"kept_share: 0\.6"):
        catalogue(hub, FIRST + timedelta(days=3), V="1", W="1", X="1")
    after_a_long_time = FIRST + timedelta(days=90)
    assert catalogue(hub, after_a_long_time, V="1", W="1", X="1").status == "published"
