"""The language of an answer: from the address, else from the browser's cookie, else by the kind of answer."""

from starlette.requests import Request

from screens.texts import LANGUAGES, Language

LANGUAGE_COOKIE = "lang"


def of_page(request: Request) -> Language:
    """Of a page: Vietnamese until the reader switches, whatever the browser's own language."""
    return _chosen(request) or "vi"


def of_answer(request: Request) -> Language:
    """Of an answer of the API: by Accept-Language; also for a request that is not valid."""
    return _chosen(request) or preferred(request.headers.get("accept-language"))


def _chosen(request: Request) -> Language | None:
    """From the address, else from the cookie."""
    chosen = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    return next((language for given in chosen for language in LANGUAGES if given == language), None)


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
