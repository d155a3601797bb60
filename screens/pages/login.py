"""Signing in and out: by password, at the identity provider, and for a wall by its token."""

import hmac
import re
import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from accounts import directory, keys, sessions
from hub.errors import RequestError, SignInBusy, SignInError, TooManyAttempts
from hub.translation import msg
from screens.authentication import SESSION_COOKIE, WALL_COOKIE, cookie_name
from screens.pages.forms import STALE, Form, check_session
from screens.pages.frame import Arrived, Visit, address
from screens.pages.oidc import PATH, Provider
from screens.view_models.entry import Login

FORM_COOKIE = "ioc_form"
_FORM_SECONDS = 3600
_FORM_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
router = APIRouter(include_in_schema=False)


@router.get("/login")
def show_login(v: Arrived, next: str = "/") -> Response:  # noqa: A002 - the address says it so
    """The form; a signed-in browser is sent on."""
    if v.caller is not None and v.caller.may("read"):
        return RedirectResponse(inside(next), status_code=303)
    return _form(v, next)


@router.post("/login")
async def sign_in(v: Arrived, given: Form) -> Response:
    """Opens a session, or says what is wrong without telling whether the account exists."""
    onward, login = inside(given.get("next", "/")), given.get("login", "")[:200]
    if not _same_form(v, given):
        return _form(v, onward, login, v.say(STALE), 403)
    address_ = v.request.client.host if v.request.client else ""
    try:
        opened = await v.request.app.state.sign_ins.sign_in(login, given.get("password", ""), address_)
    except (TooManyAttempts, SignInBusy) as error:
        response = _form(v, onward, login, error.text(v.language), 429 if isinstance(error, TooManyAttempts) else 503)
        response.headers["Retry-After"] = str(error.after)
        return response
    except SignInError as error:
        return _form(v, onward, login, error.text(v.language), 401)
    return _welcome(v, opened.token, onward)


@router.post("/logout")
def sign_out(v: Arrived, given: Form) -> Response:
    """Ends the session, on the server, too."""
    token = v.cookie(SESSION_COOKIE)
    if token:
        check_session(v, given)
        with v.database.accounts() as connection:
            sessions.end(connection, token)
    response = RedirectResponse("/login", status_code=303)
    _drop(v, response, SESSION_COOKIE)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get(PATH)
async def to_provider(v: Arrived, next: str = "/") -> Response:  # noqa: A002
    """Sends the browser to the identity provider."""
    try:
        return await _provider(v.request).redirect(v.request, inside(next))
    except SignInError as error:
        return _form(v, next, error=error.text(v.language), status=502)


@router.get(f"{PATH}/back")
async def from_provider(v: Arrived) -> Response:
    """Opens a session for the account that bears the subject which the provider confirms."""
    provider, onward = _provider(v.request), inside(v.request.session.pop("onward", "/"))
    try:
        token = await run_in_threadpool(_session, v, await provider.subject(v.request), provider.name)
    except SignInError as error:
        return _form(v, onward, error=error.text(v.language), status=403)
    return _welcome(v, token, onward)


def _session(v: Visit, subject: str, provider: str) -> str:
    with v.database.accounts() as connection:
        who = directory.find_by_subject(connection, subject)
        if who is None:
            raise SignInError(
                msg("No account here belongs to this account of {provider}; ask an administrator", provider=provider),
            )
        return sessions.open_for(connection, who)


@router.get("/wall/open")
def show_wall_token(v: Arrived) -> Response:
    """The form for a wall's token, which is pasted once on the machine behind the wall."""
    return _wall_form(v)


@router.post("/wall/open")
def open_wall(v: Arrived, given: Form) -> Response:
    """Stores a wall's token in its browser, where scripts cannot read it."""
    if not _same_form(v, given):
        return _wall_form(v, v.say(STALE), 403)
    token = given.get("token", "").strip()
    with v.database.accounts() as connection:
        who = keys.recognise(connection, token) if 0 < len(token) <= 200 and token.isascii() else None
    if who is None or who.scopes != {"wall"}:
        return _wall_form(v, v.say("This token is not valid: wrong, expired, revoked, or not a wall's"), 401)
    response = RedirectResponse("/wall", status_code=303)
    _keep(v, response, WALL_COOKIE, token, keys.LONGEST_DAYS * 24 * 3600)
    return response


def inside(onward: str) -> str:
    """An address of this application; the front page in place of any other."""
    try:
        parts = urlsplit(onward)
    except ValueError:  # brackets in which no address of version 6 stands, and others that Unicode makes
        return "/"
    fine = onward.startswith("/") and not onward.startswith("//") and not (parts.scheme or parts.netloc)
    fine = fine and "\\" not in onward  # which browsers take for a slash
    return onward if fine and onward.isprintable() and not parts.path.startswith(("//", "/log", "/api")) else "/"


def _welcome(v: Visit, token: str, onward: str) -> Response:
    response = RedirectResponse(onward, status_code=303)
    _keep(v, response, SESSION_COOKIE, token, int(sessions.LONGEST.total_seconds()))
    _drop(v, response, FORM_COOKIE)
    return response


def _form(v: Visit, onward: str, login: str = "", error: str | None = None, status: int = 200) -> Response:
    provider: Provider | None = getattr(v.request.app.state, "provider", None)
    model = Login(
        action="/login",
        next=inside(onward),
        login=login,
        error=error,
        oidc_href=address(PATH, [("next", inside(onward))]) if provider else None,
        oidc_name=provider.name if provider else None,
    )
    return _with_form_cookie(v, "login.html", v.say("Sign in"), model, status)


def _wall_form(v: Visit, error: str | None = None, status: int = 200) -> Response:
    return _with_form_cookie(v, "wall_token.html", v.say("Open a wall"), Login("/wall/open", error=error), status)


def _with_form_cookie(v: Visit, template: str, title: str, model: Login, status: int) -> Response:
    """A form before there is a session is tied to its browser by a cookie of its own: no other page can sign it in."""
    own = v.cookie(FORM_COOKIE)
    if not _FORM_TOKEN.fullmatch(own):
        own = secrets.token_urlsafe(24)
    page = v.frame(None, title, csrf=sessions.csrf_token(own))
    response = v.answer(template, page, model, status)
    _keep(v, response, FORM_COOKIE, own, _FORM_SECONDS)
    return response


def _same_form(v: Visit, given: dict[str, str]) -> bool:
    own = v.cookie(FORM_COOKIE)
    return bool(own) and hmac.compare_digest(sessions.csrf_token(own).encode(), given.get("csrf", "").encode())


def _keep(v: Visit, response: Response, name: str, value: str, seconds: int) -> None:
    secure = v.database.settings.secure_cookies
    own = cookie_name(name, secure)
    response.set_cookie(own, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def _drop(v: Visit, response: Response, name: str) -> None:
    _keep(v, response, name, "", 0)


def _provider(request: Request) -> Provider:
    found: Provider | None = getattr(request.app.state, "provider", None)
    if found is None:
        message = msg("no identity provider is configured")
        raise RequestError(message, 404, "not-found")
    return found
