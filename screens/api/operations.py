"""Routes of the hub's operation: sources, runs, results of rules, and events."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from screens import evidence, freshness
from screens.api import models, representations
from screens.api.call import ApiCall, Arrived, Call, by_the_clock
from screens.api.cursors import after, following
from screens.api.parameters import PageParameters, Parameters
from screens.authentication import recognise

router = APIRouter()
Source = Annotated[str | None, Field(max_length=60, description="Only that source, see /sources", examples=["dvc"])]
_BIG = 2**62


@router.get("/sources", tags=["quality"], summary="Every source: how fresh, and who is late")
def sources(call: Call, _: Annotated[Parameters, Query()]) -> models.Many[models.Source]:
    """Late and blocked ones first. Sources of the fields that the caller sees."""
    call.may("read")
    call.revalidate(by_the_clock())
    with call.snapshot() as s:
        found = [representations.source(state) for state in freshness.sources(s)]
    return models.Many[models.Source](data=found, version=call.version)


class RunsParameters(PageParameters):
    """Which runs."""

    source: Source = None
    feed: Annotated[str | None, Field(max_length=60, description="Only that feed", examples=["dossiers"])] = None
    status: Annotated[
        Literal["running", "published", "blocked", "failed"] | None, Field(description="Only runs of that status")
    ] = None


@router.get("/quality/runs", tags=["quality"], summary="Attempts to load, with their accounts")
def runs(call: Call, query: Annotated[RunsParameters, Query()]) -> models.Many[models.Run]:
    """The newest first. Empty for whoever does not see a whole province, since the counts are the whole province's."""
    call.may("read")
    place = after(call.request, query.cursor, (int,))
    call.revalidate()
    with call.snapshot() as s:
        found = evidence.runs(s, query.source, query.feed, query.status, place[0] if place else None, query.limit + 1)
    next_ = following(call.request, found[query.limit - 1]["batch_id"]) if len(found) > query.limit else None
    data = [models.Run.model_validate(row) for row in found[: query.limit]]
    return models.Many[models.Run](data=data, next=next_, version=call.version)


class ResultsParameters(PageParameters):
    """Which results."""

    batch: Annotated[int | None, Field(ge=1, le=_BIG, description="Only that batch, see /quality/runs")] = None
    source: Source = None
    passed: Annotated[bool | None, Field(description="Only rules that held, or that did not")] = None


@router.get("/quality/results", tags=["quality"], summary="Results of every rule on every batch")
def results(call: Call, query: Annotated[ResultsParameters, Query()]) -> models.Many[models.Result]:
    """The newest batch first, in it by rule. Empty for whoever does not see a whole province."""
    call.may("read")
    place = after(call.request, query.cursor, (int, str))
    call.revalidate()
    with call.snapshot() as s:
        before = (place[0], place[1]) if place else None
        found = evidence.results(s, query.batch, query.source, query.passed, before, query.limit + 1)
    last = found[query.limit - 1] if len(found) > query.limit else None
    next_ = following(call.request, last["batch_id"], last["rule"]) if last else None
    data = [models.Result.model_validate(row) for row in found[: query.limit]]
    return models.Many[models.Result](data=data, next=next_, version=call.version)


class DeliverersParameters(Parameters):
    """Which deliverers."""

    source: Source = None


@router.get("/quality/deliverers", tags=["quality"], summary="Who has delivered what, when, and who was to")
def deliverers(call: Call, query: Annotated[DeliverersParameters, Query()]) -> models.Many[models.Delivery]:
    """A row for each deliverer and period of the feeds that several deliver together. Empty for whoever does not see a
    whole province."""
    call.may("read")
    call.revalidate()
    with call.snapshot() as s:
        found = [representations.delivery(one, s.language) for one in evidence.deliverers(s, query.source)]
    return models.Many[models.Delivery](data=found, version=call.version)


async def _listening(call: Arrived) -> AsyncIterator[ApiCall]:
    call.may("read", "wall")
    with call.request.app.state.versions.streams.one((call.caller.account_id, call.caller.is_machine)):
        yield call


Listening = Annotated[ApiCall, Depends(_listening)]
"""A call that listens to events, until the end of its stream."""


@router.get(
    "/events",
    tags=["figures"],
    summary="Server-sent events: a new data version",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {"example": 'event: version\nid: 4711\ndata: {"version":4711}\n\n'}},
            "description": "`version` when something was published, `beat` in between so that silence means a lost"
            " connection. The data is the number of the version, and nothing else.",
        }
    },
)
def events(
    call: Listening,
    _: Annotated[Parameters, Query()],
    last_event_id: Annotated[str | None, Header(max_length=40, description="Version that one has seen last")] = None,
) -> StreamingResponse:
    """Repeat a request when `version` comes. The stream ends with the session or key."""
    request, own = call.request, call.database

    def still_known() -> bool:
        return recognise(own, request, request.headers.get("authorization"), by_itself=True) is not None

    seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
    stream = request.app.state.versions.stream(seen, still_known)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")
