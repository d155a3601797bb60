"""The functions of kpis that take a Question, asked with its parts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from hub.periods import Freq, Period
from kpis.explanation import Explanation
from kpis.figure import Figure
from kpis.question import Question
from tests import installation

CONTEXT = ("now", "catalogue", "definition", "once")


def question(kpi: str, first: date, last: date, province: str, area: str | None = None, **asked: Any) -> Question:
    slices = asked.pop("where", None)
    return Question(kpi, Period(first, last), province, area, slices or {}, **asked)


def compute(
    connection: psycopg.Connection,
    kpi: str,
    first: date,
    last: date,
    province: str,
    area: str | None = None,
    **asked: Any,
) -> Figure:
    context = {name: asked.pop(name) for name in CONTEXT if name in asked}
    return installation.compute(connection, question(kpi, first, last, province, area, **asked), **context)


def series(
    connection: psycopg.Connection, kpi: str, freq: Freq, province: str, last: date, count: int, **asked: Any
) -> Sequence[Figure]:
    context = {name: asked.pop(name) for name in CONTEXT if name in asked}
    return installation.series(connection, question(kpi, last, last, province, **asked), freq, count, **context)


def observed(
    connection: psycopg.Connection, kpi: str, first: date, last: date, as_of: date, province: str, **asked: Any
) -> Figure:
    return installation.observed(connection, question(kpi, first, last, province, as_of=as_of, **asked))


def explain(
    connection: psycopg.Connection, kpi: str, first: date, last: date, province: str, **asked: Any
) -> Explanation:
    context = {name: asked.pop(name) for name in ("rows", "now") if name in asked}
    return installation.explain(connection, question(kpi, first, last, province, **asked), **context)
