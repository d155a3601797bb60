"""Which language an answer is in: the asked one, else the best that the client reads, else Vietnamese."""

from screens.texts import LANGUAGES, Language


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
