"""What every page shares: who looks, in which language and theme, and the way from a view model to an answer."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from accounts import sessions
from accounts.account_roles import Scope
from accounts.caller import Caller
from hub.errors import RequestError
from hub.names import Name
from hub.periods import VIETNAM
from hub.translation import Wording, msg
from screens import authentication, formats
from screens.absolute_address import absolute
from screens.database import Database, Snapshot
from screens.directory import domains, organisations, own_place, whole
from screens.language import LANGUAGE_COOKIE, of_page
from screens.pages.work_menu import work_menu
from screens.rendering import render
from screens.request_errors import control_characters, forbidden, invalid_parameters, unauthenticated
from screens.texts import LANGUAGES, Language, label, say
from screens.view_models.page import FieldLink, Link, Page, Theme

THEME_COOKIE = "theme"
A_YEAR = 365 * 24 * 3600
EVENTS = "/api/v1/events"
_NAMED = 3
"""So many organisations or fields of an account are named on each page."""


@dataclass(frozen=True)
class Visit:
    """A request for a page."""

    request: Request
    database: Database
    language: Language
    caller: Caller | None
    fields: list[FieldLink] = field(default_factory=list)
    """Filled by `reading`: the fields that the caller may see, for the menu."""

    @property
    def theme(self) -> Theme:
        chosen = self.request.cookies.get(THEME_COOKIE, "auto")
        return chosen if chosen in get_args(Theme) else "auto"  # type: ignore[return-value]

    @property
    def path(self) -> str:
        """Of this page with its query, language left out: what another language shows the same of.

        It begins with one slash whatever was asked for: browsers take //elsewhere.example for another host.
        """
        own = "/" + self.request.url.path.lstrip("/\\")
        return address(own, [(k, v) for k, v in self._query() if k != "lang"])

    @property
    def csrf(self) -> str:
        token = self.cookie(authentication.SESSION_COOKIE)
        return sessions.csrf_token(token) if token else ""

    def cookie(self, name: str) -> str:
        """The value of a cookie that proves something; empty without one."""
        secure = self.database.settings.secure_cookies
        return self.request.cookies.get(authentication.cookie_name(name, secure), "")

    def _query(self) -> list[tuple[str, str]]:
        return list(self.request.query_params.multi_items())

    def say(self, message: str | Wording, **values: object) -> str:
        return say(message, self.language, **values)

    def label(self, key: str, **values: object) -> str:
        return label(key, self.language, **values)

    def words(self, text: Name) -> str:
        """What is known in both languages, in the page's."""
        return text.vi if self.language == "vi" else text.en

    def known(self, scope: Scope = "read") -> Caller:
        """Whoever is signed in. Raises RequestError 401 for nobody, 403 for one without that scope."""
        if self.caller is None:
            raise unauthenticated()
        if not self.caller.may(scope):
            raise forbidden(scope)
        return self.caller

    @contextmanager
    def reading(self, scope: Scope = "read", *, is_logged: bool = False, leaves: bool = False) -> Iterator[Snapshot]:
        """One snapshot in which everything of this page is read; a file `leaves` the hub. That figures about persons
        were read is logged before they are shown, unless the page says more in the log itself."""
        caller = self.known(scope)
        with self.database.snapshot(caller, self.language, leaves=leaves) as snapshot:
            self.fields.extend(_fields(snapshot))
            yield snapshot
        if not is_logged:
            self.database.log_figures(caller, self.request, snapshot.about_persons)

    def frame(
        self,
        snapshot: Snapshot | None,
        title: str,
        field_id: str | None = None,
        trail: Sequence[Link] = (),
        place: str | None = None,
        **more: Any,
    ) -> Page:
        """The page around a view model; `place` is what its figures are of, where that is not the caller's own area."""
        other = "en" if self.language == "vi" else "vi"
        defaults = {
            "fields": [FieldLink(f.id, f.name, f.href, f.wired, current=f.id == field_id) for f in self.fields],
            "events_href": EVENTS if snapshot else None,
            "account": self.caller.name if self.caller and snapshot else None,
            "work": work_menu(snapshot, self.request.url.path) if snapshot else [],
            "csrf": self.csrf,
            "whose": whose(self, snapshot, place) if snapshot else None,
            "home_label": home_of(snapshot) if snapshot else None,
        }
        return Page(
            language=self.language,
            title=title,
            path=self.path,
            language_href=address(self.path, [("lang", other)]),
            now=datetime.now(VIETNAM),
            province=snapshot.province.name if snapshot else self.say(msg("Operations centre")),
            address=absolute(self.request, self.path),
            theme=self.theme,
            trail=trail,
            notice=formats.assumed_now(self.database.settings.now, self.language),
            **(defaults | more),
        )

    def answer(self, template: str, page: Page, model: object, status: int = 200) -> HTMLResponse:
        """The page as it goes over the wire; a language that was chosen in the address is kept."""
        return self.keep_language(HTMLResponse(render(template, page, model), status_code=status))

    def keep_language(self, response: HTMLResponse) -> HTMLResponse:
        if self.request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                self.language,
                max_age=A_YEAR,
                samesite="lax",
                secure=self.database.settings.secure_cookies,
                httponly=True,
            )
        return response


def _visit(request: Request, database: Annotated[Database, Depends(authentication.database)]) -> Visit:
    """Dependency: the request as pages take it. Raises RequestError 422 for parameters with control characters."""
    if problems := control_characters(request.query_params):
        raise invalid_parameters(problems)
    found = authentication.recognise(database, request, None)
    return Visit(request, database, of_page(request), found)


Arrived = Annotated[Visit, Depends(_visit)]
"""A page's parameter: the request as pages take it, of a page that shows no figure."""


async def _in_turn(v: Arrived) -> AsyncIterator[Visit]:
    if v.caller is None:
        yield v
        return
    async with v.database.turn(v.caller):
        yield v


Visited = Annotated[Visit, Depends(_in_turn, scope="function")]
"""A page's parameter: the request as pages take it, once it is the caller's turn at the database."""


def address(path: str, query: Sequence[tuple[str, object]] = ()) -> str:
    """A path with its parameters; those without a value are left out."""
    parameters = urlencode([(name, str(value)) for name, value in query if value not in (None, "")])
    return f"{path}{'&' if '?' in path else '?'}{parameters}" if parameters else path


def whose(v: Visit, s: Snapshot, place: str | None = None) -> str:
    """Of what the figures of a page are: the area, and the organisations and fields that the caller is limited to."""
    said = list(dict.fromkeys([place or home_of(s) or province_of(s), province_of(s)]))
    limits: list[tuple[Wording, list[str]]] = []
    if s.caller.organisations is not None:
        limits.append((msg("organisation"), [one.name for one in organisations(s, limit=_NAMED + 1)]))
    if s.caller.fields is not None:
        limits.append((msg("field"), [one.name for one in v.fields if one.wired]))
    for kind, names in limits:
        told = ", ".join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
        said.append(v.say("{kind}: {names}", kind=kind, names=told))
    return " · ".join(said)


def province_of(s: Snapshot) -> str:
    """The province's name as an area, such as Tỉnh Lạng Sơn; its short one where areas are not loaded."""
    try:
        return whole(s, s.now.date()).name
    except RequestError:
        return s.province.name


def home_of(s: Snapshot) -> str | None:
    """The area that the caller is limited to; None for a whole province."""
    return None if s.caller.area is None else own_place(s, s.now.date()).name


def sign_in_first(request: Request) -> Response:
    """To the way in, and back here afterwards."""
    here = address(request.url.path, [(k, v) for k, v in request.query_params.multi_items() if k != "lang"])
    there = address("/login", [("next", here if here != "/" else None)])
    if request.headers.get("HX-Request"):  # a page that renews itself must not put the form into its own middle
        return Response(status_code=401, headers={"HX-Redirect": there})
    return RedirectResponse(there, status_code=303)


def _fields(snapshot: Snapshot) -> list[FieldLink]:
    return [
        FieldLink(domain.field, domain.name, f"/fields/{domain.field}", wired=bool(domain.kpis))
        for domain in domains(snapshot)
    ]
