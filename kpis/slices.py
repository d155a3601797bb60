"""Slices of a figure, breakdown → values, and the one text form in which they are stored, typed and linked to.

The text is `channel=online;level=3|4`, names in order. A value may hold anything: what the form needs for itself is
escaped with a percent sign (`;` is %3B, `=` is %3D, `|` is %7C, nothing is %_), and so is a percent sign that would be
read as such an escape. access.slices() in warehouse/policies.sql writes the same form.
"""

import re
from collections.abc import Mapping, Sequence

from hub.errors import WrongQuestion
from hub.translation import msg

Slices = Mapping[str, Sequence[str]]
_ESCAPES = {"%": "%25", ";": "%3B", "=": "%3D", "|": "%7C", "": "%_"}
_CHARACTERS = {escape: character for character, escape in _ESCAPES.items()}
_TO_ESCAPE = re.compile(r"[;=|]|%(?=25|3B|3D|7C|_)|\A\Z")
_ESCAPED = re.compile(r"%(?:25|3B|3D|7C|_)")


def parse_slices(text: str) -> dict[str, tuple[str, ...]]:
    """The slices of a text. Raises WrongQuestion saying which part has not that form."""
    slices = {}
    for part in filter(None, text.split(";")):
        name, _, values = part.partition("=")
        if not (name and all(values.split("|"))):
            raise WrongQuestion(
                msg(
                    "Breakdown {part!r} is not of the form channel=online or level=3|4. Within a value write ; = | as"
                    " %3B %3D %7C.",
                    part=part,
                ),
            )
        slices[name] = tuple(_ESCAPED.sub(lambda found: _CHARACTERS[found[0]], value) for value in values.split("|"))
    return slices


def slices_text(slices: Slices) -> str:
    """The text of slices; empty for none."""
    return ";".join(
        f"{name}={'|'.join(_TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value) for value in values)}"
        for name, values in sorted(slices.items())
    )
