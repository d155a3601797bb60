"""What every request to the API brings along: caller, language, province, and the answer that it has already."""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Header, HTTPException, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel

from accounts.account_roles import Scope
from accounts.caller import Caller
from hub.texts import shown_in_json
from hub.translation import Wording, msg
from screens.api.answer_cache import AnswerCache, as_json
from screens.authentication import SESSION_COOKIE, WALL_COOKIE, database, known_caller, require
from screens.database import Database, Snapshot
from screens.downloads import MEDIA_TYPES, attachment
from screens.formats import assumed_now
from screens.language import of_answer
from screens.request_errors import control_characters, invalid_parameters
from screens.texts import Language

_KEY = HTTPBearer(scheme_name="key", description="API key from `ioc key add`", auto_error=False)
_SESSION = APIKeyCookie(
    name=SESSION_COOKIE,
    scheme_name="session",
    description="Signed-in browser, from /login; over HTTPS `__Host-ioc_session`",
    auto_error=False,
)
_WALL = APIKeyCookie(
    name=WALL_COOKIE,
    scheme_name="wall",
    description="Wall token: board and events only; over HTTPS `__Host-ioc_wall`",
    auto_error=False,
)


ASSUMED_NOW = "IOC-Assumed-Now"
"""Header of answers from simulated data: the moment that is taken for now."""


REPEATABLE = frozenset({"where"})
"""Parameters that may be repeated."""


class ApiCall:
    """A request to the API, as far as all have it in common; its parameters are a model of the route's own."""

    def __init__(
        self, request: Request, response: Response, database: Database, caller: Caller, known_tags: str
    ) -> None:
        self.request, self.response, self.database, self.caller = request, response, database, caller
        self.language: Language = of_answer(request)
        self.province = request.query_params.get("province")
        self._known_tags = known_tags
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
        """Set the tag of this answer: of this data version, within these rights, to this question.

        `parts` are what the answer depends on besides. Raises HTTPException 304 when the client has it already; the
        data version was read before the snapshot, so that an answer can be newer than its tag says and never older.
        """
        who = self.caller
        rights = (who.role, who.province, who.area, who.organisations, who.fields, sorted(who.scopes))
        query = sorted(
            (name, value) for name, value in self.request.query_params.multi_items() if name != "lang" and value
        )
        how = (query, self.language, self.province, self.caller.is_machine, self.notice())
        answer = (self.version, rights, self.request.url.path, how, parts)
        self.etag = f'W/"{hashlib.sha256(repr(answer).encode()).hexdigest()[:32]}"'
        known = [tag.strip() for tag in self._known_tags.split(",")]
        if self.etag in known or self.etag.removeprefix("W/") in known:
            raise HTTPException(304, headers=self.headers)
        self.response.headers.update(self.headers)

    def cached_answer(self) -> Response | None:
        """The whole answer, where this process gave it before under the tag that `revalidate` set."""
        found = self._cache.find(self.etag)
        if found is None:
            return None
        self._log(found.about_persons)
        return as_json(self.request, found.zipped, self.headers)

    def answer(self, answer: BaseModel) -> Response:
        """The answer as JSON, kept for the next request of the same."""
        body = shown_in_json(answer.model_dump_json(by_alias=True)).encode()
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
    caller: Annotated[Caller, Depends(known_caller)],
    _key: Annotated[object, Security(_KEY)],
    _session: Annotated[object, Security(_SESSION)],
    _wall: Annotated[object, Security(_WALL)],
    if_none_match: Annotated[
        str | None, Header(description="ETag of an answer that one has: 304 if it still holds")
    ] = None,
) -> ApiCall:
    """Dependency: the call. The caller is recognised first, before anything else that is wrong with the request.

    Async: only what asks the database is worth a thread.
    """
    _check(request)
    return ApiCall(request, response, own, caller, if_none_match or "")


Arrived = Annotated[ApiCall, Depends(api_call)]
"""A call that reads nothing of the database."""


async def _in_turn(call: Arrived) -> AsyncIterator[ApiCall]:
    async with call.database.turn(call.caller):
        yield call


Call = Annotated[ApiCall, Depends(_in_turn, scope="function")]
"""A call whose turn it is at the database, until its answer is made: who takes it slowly holds no connection."""


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
