"""The command line and the API give one answer to one question, whatever a slice's value holds."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient

from accounts import directory, keys, rights
from hub.errors import WrongQuestion
from hub.periods import Period, standard_periods
from ioc.arguments import asked_slices
from kpis.definition import load_definitions
from kpis.figure import Figure
from kpis.question import Question
from kpis.slices import slices_text
from screens.app import create_app
from screens.database import ScreenSettings
from screens.directory import number
from tests.installation import CATALOGUE, compute, observed, refresh
from tests.kpis.facts import Facts
from tests.postgres import Postgres
from tests.screens.api.conftest import Get, asking
from tests.screens.api.hub import DAYS, DISTRICT, FAR, KPIS, OTHER, OWN, TOWN, World, fill
from warehouse.database import connect

HOSTILE = ["Đất đai; môi trường", "a|b=c", "100 %", "%3B", "%25%_", "=;|%", " ", "channel=online", "x;y=z|%7C", "'\"\\"]
CODE = "000;00|11=H37%3B"
FIRST_DAY, SECOND_DAY, LATER = date(2023, 6, 1), date(2023, 7, 1), date(2099, 1, 1)


@pytest.fixture(scope="module")
def revised(postgres: Postgres) -> Iterator[tuple[Get, World]]:
    """A hub whose observations were recorded on two days, with values and an organisation of hostile names."""
    world = fill(postgres.database())
    with connect(world.url, "owner") as owner:
        owner.execute("update kpi.observation set recorded_at = %s", (f"{FIRST_DAY} 12:00+07",))
        facts = Facts(owner)
        for n, value in enumerate(HOSTILE):
            cases = [{"received_at": "2023-02-05T08:00:00+07:00", "field_code": value, "area": TOWN}] * (7 + n)
            facts.add("fact_feedback", [{**case, "case_code": f"hostile-{n}-{m}"} for m, case in enumerate(cases)])
        owner.execute(
            "insert into warehouse.dim_organisation (province_id, code, name, tier, sort_key)"
            " select province_id, %s, 'x', tier, 'x' from warehouse.dim_organisation where code = %s",
            (CODE, OWN),
        )
        dossiers = [{"received_at": "2023-02-05T08:00:00+07:00", "organisation": CODE, "area": TOWN}] * 9
        facts.add("fact_dossier", [{**one, "dossier_code": f"hostile-{n}"} for n, one in enumerate(dossiers)])
        for feed in ("feedback.cases", "dvc.dossiers"):
            facts.publish(feed, DAYS)
        number_ = directory.create(owner, "hostile", "x", "department", rights.find_limits(owner, "H37", None, [CODE]))
        world.headers["hostile"] = {"Authorization": f"Bearer {keys.create(owner, number_, 'test', ['read'], 9)}"}
    refresh(world.url, "H37", KPIS)
    with connect(world.url, "owner") as owner:
        owner.execute(
            "update kpi.observation set recorded_at = %s where recorded_at > now() - interval '1 hour'",
            (f"{SECOND_DAY} 12:00+07",),
        )
    world.publish()
    app = create_app(ScreenSettings(world.url, "H37", CATALOGUE, connections=4))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield asking(client, world), world


def api(get: Get, question: Question, caller: str = "browser") -> dict[str, Any] | None:
    """The API's answer; None for a question that cannot be asked."""
    answer = get(
        f"/kpis/{question.kpi}/observations",
        caller,
        **{"from": str(question.period.first), "to": str(question.period.last), "lang": "en"},
        **{"area": question.area} if question.area else {},
        **{"where": question.breakdown} if question.slices else {},
        **{"as_of": str(question.as_of)} if question.as_of else {},
        **{"measure": question.measure} if question.measure else {},
    )
    if answer.status_code in (403, 404, 422):
        return None
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]
    return dict(row)


def known(figure: Figure) -> dict[str, Any]:
    """What both ways must agree on; of a figure as of a day everything but the comparisons."""
    said: dict[str, Any] = {
        name: number(getattr(figure, name)) for name in ("value", "numerator", "denominator", "target")
    }
    said |= {"unit": figure.unit, "measure": figure.measure, "area_id": figure.area_id, "breakdown": figure.breakdown}
    if figure.question.as_of:
        said |= {
            "status": figure.status,
            "reason": figure.reason and figure.reason.en,
            "revision": figure.revision,
            "cause": figure.cause,
            "attainment": number(figure.attainment),
            "definition_version": figure.definition_version,
            "data_as_of": figure.data_as_of and str(figure.data_as_of),
        }
    return said


def questions(count: int) -> Iterator[Question]:
    draw = random.Random(20230630)
    definitions = load_definitions()
    periods = [*standard_periods(date(2022, 12, 1), date(2023, 4, 30)), Period(date(2023, 1, 5), date(2023, 2, 9))]
    values = {"channel": ["online", "direct"], "organisation": [OWN, OTHER, CODE], "field": HOSTILE}
    for _ in range(count):
        kpi = definitions[draw.choice(KPIS)]
        slices = {}
        if draw.random() < 0.5 and (names := [name for name in kpi.breakdowns if name in values]):
            name = draw.choice(names)
            slices[name] = tuple(draw.sample(values[name], draw.choice((1, 1, 1, 2))))
        as_of = draw.choice((None, date(2023, 5, 1), FIRST_DAY, SECOND_DAY, LATER))
        measure = draw.choice((None, None, *kpi.measures)) if as_of is None else None
        area = draw.choice((None, None, "20", TOWN, FAR, DISTRICT, "99999"))
        yield Question(kpi.id, draw.choice(periods), "H37", area, slices, measure=measure, as_of=as_of)


def test_a_thousand_questions_have_one_answer_each(revised: tuple[Get, World]) -> None:
    get, world = revised
    refused = 0
    with connect(world.url, "reader") as connection:
        for question in questions(1000):
            shown = api(get, question)
            try:
                figure = observed(connection, question) if question.as_of else compute(connection, question)
            except WrongQuestion as error:
                refused += 1
                assert shown is None or (shown["value"], shown["status"]) == (None, "missing"), (question, error)
                continue
            assert shown is not None, question
            expected = known(figure)
            got = {name: shown[name] for name in expected}
            if figure.value is None and not question.as_of:
                assert got["value"] is None, question
                continue
            assert got == pytest.approx(expected), question
    assert refused < 500


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_of_a_slice_is_data_on_every_way(revised: tuple[Get, World], value: str) -> None:
    get, world = revised
    kpi, february, count = (
        "feedback_resolved_rate",
        Period(date(2023, 2, 1), date(2023, 2, 28)),
        7 + HOSTILE.index(value),
    )
    question = Question(kpi, february, "H37", slices={"field": (value,)})
    assert asked_slices([question.breakdown]) == {"field": (value,)}
    with connect(world.url, "reader") as connection:
        assert compute(connection, question).denominator == count
        for day in (SECOND_DAY, LATER):
            kept = observed(connection, Question(kpi, february, "H37", slices={"field": (value,)}, as_of=day))
            assert kept.denominator == count
    shown = api(get, question)
    assert shown is not None
    assert (shown["denominator"], shown["breakdown"], shown["origin"]) == (count, question.breakdown, "published")
    parts = get(f"/kpis/{kpi}/observations", "browser", period="2023-02", by="field").json()["data"]
    assert count in [part["denominator"] for part in parts if part["breakdown"] == question.breakdown]
    said = get(f"/kpis/{kpi}/explain", "browser", period="2023-02", where=question.breakdown).json()
    assert [revision["denominator"] for revision in said["revisions"]] == [count]


def test_an_organisation_of_any_code_sees_its_own_slice(revised: tuple[Get, World]) -> None:
    get, _ = revised
    (row,) = get("/kpis/online_dossier_rate/observations", "hostile", period="2023-02").json()["data"]
    assert (row["denominator"], row["origin"], row["breakdown"]) == (
        9,
        "published",
        slices_text({"organisation": [CODE]}),
    )
