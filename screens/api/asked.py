"""What every question to the API brings along: who asks, in which language, of which province, what it has already."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request, Response, Security
from fastapi.dependencies.utils import get_flat_dependant
from fastapi.routing import APIRoute
from fastapi.security import APIKeyCookie, HTTPBearer
from pydantic import BaseModel

from accounts.rights import Caller, Scope
from hub.periods import YEARS
from screens.api.finished import Finished, as_json
from screens.api.problems import NotModified, several
from screens.caller import SESSION_COOKIE, WALL_COOKIE, database, known_caller, require
from screens.database import Database, Snapshot
from screens.formats import assumed_now
from screens.language import of_answer
from screens.texts import Language

_KEY = HTTPBearer(scheme_name="key", description="API key from `ioc key add`", auto_error=False)
_SESSION = APIKeyCookie(
    name=SESSION_COOKIE, scheme_name="session", description="Signed-in browser, from /login", auto_error=False
)
_WALL = APIKeyCookie(
    name=WALL_COOKIE, scheme_name="wall", description="Wall token: board and events only", auto_error=False
)


ASSUMED_NOW = "IOC-Assumed-Now"
"""Header of answers from simulated data: the moment that is taken for now."""


async def only_known(request: Request) -> None:
    """Dependency: refuses parameters that the route does not have, so that a misspelt one is not silently left out.

    Raises Fault 422 naming each.
    """
    known = _parameters(request.scope["route"])
    faults = [
        {
            "parameter": name[:60],
            "vi": f"không có tham số này; có: {', '.join(sorted(known))}",
            "en": f"there is no such parameter; there is {', '.join(sorted(known))}",
        }
        for name in dict.fromkeys(request.query_params)
        if name not in known
    ]
    faults += [
        {"parameter": name[:60], "vi": "có ký tự điều khiển", "en": "holds a control character"}
        for name, value in request.query_params.multi_items()
        if any(ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 for sign in name + value)
    ]
    faults += [
        {"parameter": name[:60], "vi": "chỉ được nêu một lần", "en": "can be said once only"}
        for name in dict.fromkeys(request.query_params)
        if name in known and not known[name] and len(request.query_params.getlist(name)) > 1
    ]
    if faults:
        raise several(faults)


_KNOWN: dict[str, dict[str, bool]] = {}


def _parameters(route: APIRoute) -> dict[str, bool]:
    """Query parameters of a route, and whether each may come several times."""
    if route.path not in _KNOWN:
        found = get_flat_dependant(route.dependant).query_params
        _KNOWN[route.path] = {field.alias: "list" in str(field.field_info.annotation) for field in found}
    return _KNOWN[route.path]


class Asked:
    """A question, as far as all have it in common."""

    def __init__(
        self,
        request: Request,
        response: Response,
        database: Database,
        caller: Caller,
        language: Language,
        province: str | None,
        had: str,
    ) -> None:
        self.request, self.response, self.database, self.caller = request, response, database, caller
        self.language, self.province, self._had = language, province, had
        self._finished: Finished = request.app.state.finished
        self.is_machine = request.headers.get("authorization") is not None
        """Whether the answer leaves the hub: to a key's holder, not to a browser that shows it."""

    @cached_property
    def version(self) -> int:
        """The data version, read once and before the snapshot."""
        return self.database.version()

    @property
    def is_simulated(self) -> bool:
        """Whether data are simulated and judged by another moment than the clock's."""
        return self.database.settings.now is not None

    def notice(self, language: Language | None = None) -> str | None:
        """That in words, as pages say it; None where the data are real."""
        return assumed_now(self.database.settings.now, language or self.language)

    def may(self, *scopes: Scope) -> None:
        """Raises Fault 403 unless the caller may do one of these."""
        if not any(self.caller.may(scope) for scope in scopes):
            require(self.caller, scopes[0])

    @property
    def headers(self) -> dict[str, str]:
        """Of this answer and of a 304 in its place."""
        said = {
            "ETag": self.etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Language, Authorization, Cookie",
            "Content-Language": self.language,
        }
        if self.is_simulated:
            said[ASSUMED_NOW] = self.database.now().isoformat()
        return said

    etag = ""

    def revalidate(self, *parts: object) -> None:
        """Say which answer this will be: of this data version, within these rights, to this question.

        `parts` are what the answer depends on besides. Raises NotModified when the client has it already; the data
        version was read before the snapshot, so that an answer can be newer than its tag says and never older.
        """
        who = self.caller
        rights = (who.role, who.province, who.area, who.organisations, who.fields, sorted(who.scopes))
        query = sorted(
            (name, value) for name, value in self.request.query_params.multi_items() if name != "lang" and value
        )
        how = (query, self.language, self.province, self.is_machine, self.notice())
        said = (self.version, rights, self.request.url.path, how, parts)
        self.etag = f'W/"{hashlib.sha256(repr(said).encode()).hexdigest()[:32]}"'
        had = [tag.strip() for tag in self._had.split(",")]
        if self.etag in had or self.etag.removeprefix("W/") in had:
            raise NotModified(self.headers)
        self.response.headers.update(self.headers)

    def finished(self) -> Response | None:
        """The whole answer, where this process gave it before under the tag that `revalidate` said."""
        zipped = self._finished.find(self.etag)
        return None if zipped is None else as_json(self.request, zipped, self.headers)

    def finish(self, answer: BaseModel) -> Response:
        """The answer as JSON; whoever asks the same next is given the same bytes."""
        zipped = self._finished.keep(self.etag, answer.model_dump_json(by_alias=True).encode())
        return as_json(self.request, zipped, self.headers)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The one moment that the answer is read in."""
        with self.database.snapshot(self.caller, self.language, self.province) as snapshot:
            yield snapshot


async def asked(
    request: Request,
    response: Response,
    own: Annotated[Database, Depends(database)],
    caller: Annotated[Caller, Depends(known_caller)],
    _known: Annotated[None, Depends(only_known)],
    _key: Annotated[object, Security(_KEY)],
    _session: Annotated[object, Security(_SESSION)],
    _wall: Annotated[object, Security(_WALL)],
    lang: Annotated[
        Literal["vi", "en"] | None, Query(description="Language; Accept-Language, then Vietnamese, without it")
    ] = None,
    province: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=40,
            description="Province by its organisation code, for callers who see several",
            examples=["H37"],
        ),
    ] = None,
    if_none_match: Annotated[
        str | None, Header(description="ETag of an answer that one has: 304 if it still holds")
    ] = None,
) -> Asked:
    """Dependency: the question. Who asks is found out first, before anything that is wrong with it is said.

    Async, as `only_known`: only what asks the database is worth a thread.
    """
    return Asked(request, response, own, caller, lang or of_answer(request), province, if_none_match or "")


Ask = Annotated[Asked, Depends(asked)]


def check_days(**days: date | None) -> None:
    """Raises Fault 422 for days of years that no hub can know of."""
    faults = [
        {
            "parameter": name.rstrip("_"),
            "vi": f"năm phải từ {YEARS[0]} đến {YEARS[1]}",
            "en": f"the year must be from {YEARS[0]} to {YEARS[1]}",
        }
        for name, day in days.items()
        if day is not None and not YEARS[0] < day.year < YEARS[1]
    ]
    if faults:
        raise several(faults)
