"""What is wrong with a question about KPIs, in words that lead to a right one."""

from collections.abc import Sequence
from difflib import get_close_matches

from connectors.errors import Abort, Text


class WrongQuestion(Abort):
    """The question itself cannot be asked: an unknown name, a day that is none, a reversed range."""


def nearest(given: str, known: Sequence[str]) -> Text:
    """The end of a sentence about an unknown name: the closest known ones, or all of them when they are few."""
    close = get_close_matches(given, known, n=3, cutoff=0.6)
    if close:
        return Text(f"ý bạn là {' hay '.join(close)}?", f"did you mean {' or '.join(close)}?")
    if not known:
        return Text("hiện chưa có gì để chọn.", "there are none.")
    shown = ", ".join([*known[:12], *(["…"] if len(known) > 12 else [])])
    return Text(f"hiện có {shown}.", f"there are {shown}.")
