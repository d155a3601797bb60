"""The forms of pages: their fields, and that they come from the browser that they were given to."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request

from accounts import sessions
from hub.errors import RequestError
from hub.translation import msg
from screens.authentication import SESSION_COOKIE
from screens.pages.frame import Visit

STALE = msg("The form has expired or is not this browser's; send it again")


async def form(request: Request) -> dict[str, str]:
    """Dependency: the fields of a form, whose size `http_limits` bounds; what is no form of ours has none."""
    try:
        found = parse_qs((await request.body()).decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}


Form = Annotated[dict[str, str], Depends(form)]


def check_session(v: Visit, given: dict[str, str]) -> None:
    """Raises RequestError 403 for a form that was not given to this browser in this session."""
    token = v.cookie(SESSION_COOKIE)
    if not token or not sessions.csrf_matches(token, given.get("csrf", "")):
        raise RequestError(STALE, 403, "stale-form")
