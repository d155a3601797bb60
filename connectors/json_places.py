"""Places in an answer's JSON: a dotted path names one. Nothing but the named places is read."""

import codecs
import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, TypeVar

import msgspec

from hub.errors import Retry
from hub.texts import UNREADABLE
from hub.translation import msg

LONGEST_TEXT = 20_000
"""Characters of the longest text that is read from a field."""
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)]
SCALAR = Text | int | float | bool | None
MOST_RECORDS = 500_000
"""Records of the largest page or file that is read."""
_MOST_PARTS = 1_000_000
_MOST_VALUES = 10_000_000
"""Objects and lists, and values, of the largest answer that is decoded: more would take gigabytes."""
_SMALL = 2**20
"""Bytes of an answer that cannot hold too much."""
NO_VALUE = "\ufdd0"
"""Begins the text that stands for a wire value without a meaning, in a form that nothing on the wire has: the record
is refused by the rule about types. What follows says what it was, never its content."""
NO_SCALAR, NO_NUMBER, NO_RECORD = NO_VALUE + "object or list", NO_VALUE + "no number", NO_VALUE + "no record"
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
_MOST_DIGITS = 300
Struct = msgspec.Struct
Read = TypeVar("Read")


def read_json(decode: Callable[[bytes], Read], body: bytes) -> Read:
    """What `decode` makes of JSON, and of JSON with a byte-order mark, with line ends and tabs within texts, with
    numbers that are none (NaN) or enormous, and with characters that no database keeps (NUL, half an emoji, bytes that
    are no UTF-8) after these were replaced: one such value must not stop its page. Raises Retry when it is no JSON or
    more than memory should hold, msgspec.ValidationError when it has another form."""
    body = body.removeprefix(codecs.BOM_UTF8)
    try:
        if b"\\" not in body or b"\\u0000" not in body:
            return decode(body)
    except msgspec.ValidationError:
        raise
    except RecursionError:
        raise too_deep() from None
    except ValueError:
        pass
    check_size(body)
    try:
        text = json.dumps(_read_leniently(_text(body)), ensure_ascii=False)
        return decode(_NUL.sub(rf"\1{UNREADABLE}", text).encode(errors="replace"))
    except msgspec.ValidationError:
        raise
    except RecursionError:
        raise too_deep() from None
    except ValueError:
        raise Retry(
            msg("The answer is no JSON; the gateway cut it off or answered an error page"),
        ) from None


def read_any(body: bytes) -> Any:
    """JSON of any form. Raises Retry as read_json."""
    check_size(body)
    return read_json(lambda content: _read_leniently(content.decode()), body)


def read_value(raw: msgspec.Raw) -> Any:
    """A part of JSON that read_json has accepted; None where even its numbers cannot be read."""
    try:
        return _read_leniently(bytes(raw).decode())
    except (ValueError, RecursionError):
        return None


def twice(body: bytes) -> set[str]:
    """The names that an object of JSON which read_json has accepted has twice, with different values."""
    found: set[str] = set()

    def note(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            found.update(name for name, value in pairs if made[name] != value)
        return made

    with suppress(ValueError, RecursionError):  # of what nobody reads
        json.loads(_text(body), strict=False, parse_int=_integer, object_pairs_hook=note)
    return found


def check_size(body: bytes) -> None:
    """Raises Retry for JSON with so many parts that reading it would take gigabytes."""
    if len(body) > _SMALL and (body.count(b"{") + body.count(b"[") > _MOST_PARTS or body.count(b",") > _MOST_VALUES):
        raise Retry(
            msg("The answer has more than {parts} objects or {values} values", parts=_MOST_PARTS, values=_MOST_VALUES)
        )


def too_deep() -> Retry:
    """Says that an answer has more parts within each other than any has."""
    return Retry(msg("The answer is nested too deeply to be read"))


def too_many() -> Retry:
    """Says that a page or file has more than MOST_RECORDS."""
    return Retry(msg("The answer has more than {most} records; ask for smaller pages", most=MOST_RECORDS))


def _text(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    return body.decode(errors="replace")


def _read_leniently(text: str) -> Any:
    return json.loads(text, strict=False, parse_constant=lambda _: NO_NUMBER, parse_int=_integer, parse_float=_float)


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else NO_NUMBER


def _float(digits: str) -> float | str:
    found = float(digits)
    return found if math.isfinite(found) else NO_NUMBER


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path of decoded JSON; None where there is none."""
    for part in path.split(".") if path else []:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def nested(paths: list[str], leaves: Mapping[str, Any]) -> type[Struct]:
    """A Struct type with a place for each dotted path, so that nothing else of an answer is read; `leaves` are the
    types of those that are no scalars."""
    tree: dict[str, Any] = {}
    for path in [*paths, *leaves]:
        node = tree
        *branch, leaf = path.split(".")
        for part in branch:
            node = node.setdefault(part, {})
        node[leaf] = leaves.get(path, SCALAR)
    return _struct(tree, set(leaves))


def _struct(tree: Mapping[str, Any], leaves: set[str], prefix: str = "") -> type[Struct]:
    """What did not come is UNSET, but for scalars, which are None then."""
    fields: list[Any] = []
    names: dict[str, str] = {}
    for i, (name, kind) in enumerate(tree.items()):
        path = prefix + name
        names[f"f{i}"] = name
        if isinstance(kind, dict):
            kind = _struct(kind, leaves, f"{path}.")  # noqa: PLW2901
        elif path not in leaves:
            fields.append((f"f{i}", kind, None))
            continue
        fields.append((f"f{i}", kind | None | msgspec.UnsetType, msgspec.UNSET))
    built: type[Struct] = msgspec.defstruct("Envelope", fields, rename=names)
    built.__wire_names__ = {wire: attribute for attribute, wire in names.items()}  # type: ignore[attr-defined]
    return built


def reach(page: Any, path: str) -> Any:
    """The value at a dotted path of what a `nested` type decoded: None where it or a part above it is null, UNSET where
    the answer has no such place."""
    for part in path.split("."):
        if page is None or page is msgspec.UNSET:
            return page
        page = getattr(page, type(page).__wire_names__[part])
    return page
