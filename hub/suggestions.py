"""What comes nearest to a name that is not known: the end of an error message."""

from collections.abc import Sequence
from difflib import get_close_matches

from hub.errors import InvalidAccount
from hub.translation import Text, Wording, msg

_LONGEST = 100
"""Characters that are compared with known names, which takes time for each of them."""


def nearest(given: str, known: Sequence[str]) -> Wording:
    """The end of a sentence about an unknown name: the closest known ones, or all of them when they are few."""
    close = get_close_matches(given[:_LONGEST], known, n=3, cutoff=0.6)
    if close:
        return msg("did you mean {names}?", names=Text(" hay ".join(close), " or ".join(close)))
    if not known:
        return msg("there are none.")
    return msg("there are {names}.", names=_some(known))


def unknown(what: Wording, given: str, known: Sequence[str]) -> InvalidAccount:
    """There is no such thing; what comes nearest to it."""
    near = ", ".join(get_close_matches(given[:_LONGEST], known, n=3)) or _some(known)
    if not near:
        return InvalidAccount(msg("there is no {what} {given!r}; there is none yet", what=what, given=given))
    return InvalidAccount(msg("there is no {what} {given!r}; there is {near}", what=what, given=given, near=near))


def _some(known: Sequence[str]) -> str:
    return ", ".join([*known[:12], *(["…"] if len(known) > 12 else [])])
