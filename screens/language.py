"""Which language an answer is in: the asked one, the one that the browser keeps, else by the reader's kind."""

from starlette.requests import Request

from screens.texts import LANGUAGES, Language

LANGUAGE_COOKIE = "lang"


def of_page(request: Request) -> Language:
    """Pages are Vietnamese until somebody switches, whatever language the browser's menus are in."""
    return _chosen(request) or "vi"


def of_answer(request: Request) -> Language:
    """The API asks its client; also where the request itself is wrong."""
    return _chosen(request) or preferred(request.headers.get("accept-language"))


def _chosen(request: Request) -> Language | None:
    """In the address, else kept in the browser."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return next((language for said in asked for language in LANGUAGES if said == language), None)


def preferred(accept: str | None) -> Language:
    """From an Accept-Language header, such as `en-GB,en;q=0.9,vi;q=0.8`."""
    best: tuple[float, Language] = (0.0, "vi")
    for part in (accept or "")[:500].split(","):
        tag, _, parameters = part.strip().partition(";")
        own = next((language for language in LANGUAGES if tag.lower().split("-")[0] == language), None)
        weight = _weight(parameters)
        if own is not None and weight > best[0]:
            best = (weight, own)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
