"""Fills a request's placeholders.

`{province}` and `{area}` name the province; `{start}` and `{end}` are the slice's first moment and the first
moment after it, `{last}` its last day (all with an optional strftime format: `{start:%Y%m%d%H%M%S}`);
`{school_year}` (2022-2023) and `{semester}` (1 or 2) are those of the last day; `{size}` is the records a
page; others come from the paging style. A text that is one placeholder keeps the value's type; one whose
value is None is left out.
"""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

_ALONE = re.compile(r"^\{(\w+)\}$")
ENDS = {"end", "last", "school_year", "semester"}
"""What says where a slice ends."""
PLACEHOLDERS = {"province", "area", "start", "size"} | ENDS


def placeholders(text: str) -> set[str]:
    """Names of the text's placeholders. Raises ValueError when its braces do not match."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def fill(template: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """The template with its placeholders replaced. Dates without a format are written ISO 8601."""
    filled: dict[str, Any] = {}
    for name, text in template.items():
        alone = _ALONE.match(text)
        value = values[alone[1]] if alone else text.format_map(values)
        if value is not None:
            filled[name] = value.isoformat() if hasattr(value, "isoformat") else value
    return filled
