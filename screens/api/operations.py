"""Routes of how the hub itself does: sources, runs, rule results, and events."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import StreamingResponse

from screens import evidence, freshness
from screens.api import models
from screens.api.asked import Ask
from screens.api.figures import by_the_clock
from screens.api.paging import Cursor, Limit, after, following
from screens.caller import recognise

router = APIRouter()
Source = Annotated[str | None, Query(max_length=60, description="Only that source, see /sources", examples=["dvc"])]
_BIG = 2**62


@router.get("/sources", tags=["quality"], summary="Every source: how fresh, and who is late")
def sources(ask: Ask) -> models.Many[models.Source]:
    """Those that are worst off first. Sources of the fields that the caller sees."""
    ask.may("read")
    ask.revalidate(by_the_clock())
    with ask.snapshot() as s:
        found = [models.source(state) for state in freshness.sources(s)]
    return models.Many[models.Source](data=found, version=ask.version)


@router.get("/quality/runs", tags=["quality"], summary="Attempts to load, with their accounts")
def runs(
    ask: Ask,
    source: Source = None,
    feed: Annotated[str | None, Query(max_length=60, description="Only that feed", examples=["dossiers"])] = None,
    status: Annotated[
        Literal["running", "published", "blocked", "failed"] | None, Query(description="Only runs of that status")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> models.Many[models.Run]:
    """The newest first. Empty for whoever does not see a whole province, since the counts are the whole province's."""
    ask.may("read")
    place = after(ask.request, cursor, (int,))
    ask.revalidate()
    with ask.snapshot() as s:
        found = evidence.runs(s, source, feed, status, place[0] if place else None, limit + 1)
    next_ = following(ask.request, found[limit - 1]["batch_id"]) if len(found) > limit else None
    data = [models.Run.model_validate(row) for row in found[:limit]]
    return models.Many[models.Run](data=data, next=next_, version=ask.version)


@router.get("/quality/results", tags=["quality"], summary="What every rule said of every batch")
def results(
    ask: Ask,
    batch: Annotated[int | None, Query(ge=1, le=_BIG, description="Only that batch, see /quality/runs")] = None,
    source: Source = None,
    passed: Annotated[bool | None, Query(description="Only rules that held, or that did not")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> models.Many[models.Result]:
    """The newest batch first, in it by rule. Empty for whoever does not see a whole province."""
    ask.may("read")
    place = after(ask.request, cursor, (int, str))
    ask.revalidate()
    with ask.snapshot() as s:
        found = evidence.results(s, batch, source, passed, (place[0], place[1]) if place else None, limit + 1)
    more = len(found) > limit
    next_ = following(ask.request, found[limit - 1]["batch_id"], found[limit - 1]["rule"]) if more else None
    data = [models.Result.model_validate(row) for row in found[:limit]]
    return models.Many[models.Result](data=data, next=next_, version=ask.version)


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
    ask: Ask,
    last_event_id: Annotated[str | None, Header(max_length=40, description="Version that one has seen last")] = None,
) -> StreamingResponse:
    """Ask again for what one shows when `version` comes. Ends when the session or key does."""
    ask.may("read", "wall")
    request, own = ask.request, ask.database

    def still_known() -> bool:
        return recognise(own, request.cookies, request.headers.get("authorization")) is not None

    seen = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else None
    stream = request.app.state.versions.stream(seen, still_known)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")
