"""What comes nearest to a name that is not known: the end of an error message."""

from collections.abc import Sequence
from difflib import get_close_matches

from hub.errors import InvalidAccount
from hub.translation import Text, msg


def nearest(given: str, known: Sequence[str]) -> Text:
    """The end of a sentence about an unknown name: the closest known ones, or all of them when they are few."""
    close = get_close_matches(given, known, n=3, cutoff=0.6)
    if close:
        return Text(f"ý bạn là {' hay '.join(close)}?", f"did you mean {' or '.join(close)}?")
    if not known:
        return msg("there are none.")
    shown = ", ".join([*known[:12], *(["…"] if len(known) > 12 else [])])
    return msg("there are {shown}.", shown=shown)


def unknown(vi: str, en: str, given: str, known: Sequence[str]) -> InvalidAccount:
    """There is no such thing; what comes nearest to it."""
    near = ", ".join(get_close_matches(given, known, n=3) or [*known[:12], *(["…"] if len(known) > 12 else [])])
    if not near:
        return InvalidAccount(
            f"Không có {vi} {given!r}; chưa có {vi} nào", f"there is no {en} {given!r}; there is none yet"
        )
    return InvalidAccount(f"Không có {vi} {given!r}; có: {near}", f"there is no {en} {given!r}; there is {near}")
