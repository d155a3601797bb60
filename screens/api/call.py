"""What every request to the API brings along: caller, language, province, and the answer that it has already."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from time import time
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from pydantic_core import to_json

from accounts.account_roles import Scope
from accounts.caller import Caller
from hub.texts import shown_in_json
from hub.translation import Wording, msg
from screens.api.answer_cache import AnswerCache, as_json
from screens.authentication import database, known_caller, require
from screens.database import Database, Snapshot
from screens.downloads import MEDIA_TYPES, attachment
from screens.formats import assumed_now
from screens.language import of_answer
from screens.request_errors import control_characters, invalid_parameters
from screens.texts import Language

ASSUMED_NOW = "IOC-Assumed-Now"
"""Header of answers from simulated data: the moment that is taken for now."""


_CLOCK = timedelta(minutes=5)
REPEATABLE = frozenset({"where"})
"""Parameters that may be repeated."""


class ApiCall:
    """A request to the API, as far as all have it in common; its parameters are a model of the route's own."""

    def __init__(self, request: Request, database: Database, caller: Caller) -> None:
        self.request, self.database, self.caller = request, database, caller
        self.response: Response | None = None
        """Whose headers those of the answer become, where a route answers with a model."""
        self.language: Language = of_answer(request)
        self.province = request.query_params.get("province")
        self._cache: AnswerCache = request.app.state.answers
        self._about_persons: frozenset[str] = frozenset()

    @cached_property
    def version(self) -> int:
        """The data version, read once and before the snapshot."""
        return self.database.version()

    def notice(self, language: Language | None = None) -> str | None:
        """The notice of that, as on pages; None where the data are real."""
        return assumed_now(self.database.settings.now, language or self.language)

    def may(self, *scopes: Scope) -> None:
        """Raises RequestError 403 unless the caller may do one of these."""
        if not any(self.caller.may(scope) for scope in scopes):
            require(self.caller, scopes[0])

    @property
    def headers(self) -> dict[str, str]:
        """Of this answer and of a 304 in its place."""
        headers = {
            "ETag": self.etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Language, Authorization, Cookie",
            "Content-Language": self.language,
        }
        if self.database.is_simulated:
            headers[ASSUMED_NOW] = self.database.now().isoformat()
        return headers

    etag = ""

    def revalidate(self, *parts: object) -> None:
        """Set the tag of this answer. Raises HTTPException 304 when the client has it already."""
        if self.tagged(*parts):
            raise HTTPException(304, headers=self.headers)
        if self.response is not None:
            self.response.headers.update(self.headers)

    def tagged(self, *parts: object) -> bool:
        """Set the tag of this answer: of this data version, within these rights, to this question; whether the client
        has it already.

        `parts` are what the answer depends on besides. The data version was read before the snapshot, so that an answer
        can be newer than its tag says and never older. The question is taken as it was sent: a tag is told with an
        answer only, so that whoever has one has asked this before and was answered.
        """
        who = self.caller
        rights = (who.role, who.province, who.area, who.organisations, who.fields, sorted(who.scopes))
        query = sorted(self.request.query_params.multi_items())
        how = (query, self.language, self.province, self.caller.is_machine, self.notice())
        answer = (self.version, rights, self.request.url.path, how, parts)
        self.etag = f'W/"{hashlib.sha256(repr(answer).encode()).hexdigest()[:32]}"'
        known = [tag.strip() for tag in self.request.headers.get("if-none-match", "").split(",")]
        return self.etag in known or self.etag.removeprefix("W/") in known

    def cached_answer(self) -> Response | None:
        """The whole answer, where this process gave it before under the tag that was set."""
        found = self._cache.find(self.etag)
        if found is None:
            return None
        self._log(found.about_persons)
        return as_json(self.request, found.zipped, self.headers)

    def answer(self, members: Mapping[str, Any]) -> Response:
        """The answer as JSON, kept for the next request of the same."""
        body = shown_in_json(to_json(members).decode()).encode()
        kept = self._cache.keep(self.etag, body, self._about_persons)
        return as_json(self.request, kept.zipped, self.headers)

    @contextmanager
    def snapshot(self, *, leaves: bool = False, is_logged: bool = False) -> Iterator[Snapshot]:
        """The one moment that the answer is read in; a file `leaves` the hub. That figures about persons were read is
        logged before they are shown, unless the route says more in the log itself."""
        with self.database.snapshot(self.caller, self.language, self.province, leaves=leaves) as snapshot:
            yield snapshot
        self._about_persons = frozenset(snapshot.about_persons)
        if not is_logged:
            self._log(self._about_persons)

    def file(self, body: bytes, name: str) -> Response:
        """A file to be saved, of the kind that the ending of its name says."""
        headers = attachment(name, is_simulated=self.database.is_simulated) | self.headers
        return Response(body, 200, headers, MEDIA_TYPES[name.rpartition(".")[2]])

    def _log(self, about_persons: frozenset[str]) -> None:
        self.database.log_figures(self.caller, self.request, about_persons)


async def api_call(
    request: Request,
    response: Response,
    own: Annotated[Database, Depends(database)],
) -> ApiCall:
    """Dependency: the call. The caller is recognised first, before anything else that is wrong with the request.

    Async: only what asks the database is worth a thread. The credentials and the tag that it reads are described by
    `docs.openapi`.
    """
    known: ApiCall | None = getattr(request.state, "call", None)
    call = known or ApiCall(request, own, await run_in_threadpool(known_caller, request, own))
    call.response = response
    _check(request)
    return call


Arrived = Annotated[ApiCall, Depends(api_call)]
"""A call that reads nothing of the database."""


async def _in_turn(call: Arrived) -> AsyncIterator[ApiCall]:
    async with call.database.turn(call.caller):
        yield call


Call = Annotated[ApiCall, Depends(_in_turn, scope="function")]
"""A call whose turn it is at the database, until its answer is made: who takes it slowly holds no connection."""


class RememberingRoute(APIRoute):
    """A route whose answers are kept. What the client has already, or what is in memory, is answered before anything of
    the question is read: whoever has its tag was answered before. Callers are recognised as ever."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        make = super().get_route_handler()

        async def answer(request: Request) -> Response:
            return await run_in_threadpool(_remembered, request) or await make(request)

        return answer


def _remembered(request: Request) -> Response | None:
    """The answer, where it takes no reading; else None, and the request keeps its call."""
    own: Database = request.app.state.database
    call = ApiCall(request, own, known_caller(request, own))
    if call.tagged(by_the_clock()):
        return Response(None, 304, call.headers)
    request.state.call = call
    return call.cached_answer()


def by_the_clock() -> int:
    """What changes without any new data, such as a source's lateness, is looked at again after minutes."""
    return int(time() // _CLOCK.total_seconds())


def _check(request: Request) -> None:
    """Raises RequestError 422 for what no model sees: control characters, and a value beside another."""
    query = request.query_params
    given = Counter(name for name, _ in query.multi_items())
    problems: dict[str, Wording] = {
        name: msg("can be given once only") for name, count in given.items() if name not in REPEATABLE and count > 1
    }
    problems |= control_characters(query)
    if problems:
        raise invalid_parameters(problems)
