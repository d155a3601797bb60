"""Places in an answer's JSON: a dotted path names one. Nothing but the named places is read."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from hub.errors import Retry
from hub.translation import msg

SCALAR = str | int | float | bool | None
UNREADABLE = "\ufffd"
"""Stands for characters that no database keeps."""
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
Struct = msgspec.Struct
Read = TypeVar("Read")


def read_json(decode: Callable[[bytes], Read], body: bytes) -> Read:
    """What `decode` makes of JSON, and of JSON with characters that no database keeps (NUL, half an emoji, bytes that
    are no UTF-8) after these were replaced: one such text must not stop its page. Raises Retry when it is no JSON,
    msgspec.ValidationError when it has another form."""
    try:
        if b"\\" not in body or b"\\u0000" not in body:
            return decode(body)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        text = json.dumps(json.loads(body.decode(errors="replace")), ensure_ascii=False)
        return decode(_NUL.sub(rf"\1{UNREADABLE}", text).encode(errors="replace"))
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError):
        raise Retry(
            msg("The answer is no JSON; the gateway cut it off or answered an error page"),
        ) from None


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path of decoded JSON; None where there is none."""
    for part in path.split(".") if path else []:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def nested(paths: list[str], leaves: Mapping[str, Any]) -> type[Struct]:
    """A Struct type with a place for each dotted path, so that nothing else of an answer is read."""
    tree: dict[str, Any] = {}
    for path in [*paths, *leaves]:
        node = tree
        *branch, leaf = path.split(".")
        for part in branch:
            node = node.setdefault(part, {})
        node[leaf] = leaves.get(path, SCALAR)
    return _struct(tree, set(leaves))


def _struct(tree: Mapping[str, Any], required: set[str], prefix: str = "") -> type[Struct]:
    fields: list[Any] = []
    names: dict[str, str] = {}
    for i, (name, kind) in enumerate(tree.items()):
        path = prefix + name
        names[f"f{i}"] = name
        if isinstance(kind, dict):
            fields.append((f"f{i}", _struct(kind, required, f"{path}.")))
        elif path in required:
            fields.append((f"f{i}", kind))
        else:
            fields.append((f"f{i}", kind, None))
    built: type[Struct] = msgspec.defstruct("Envelope", sorted(fields, key=len), rename=names)
    built.__wire_names__ = {wire: attribute for attribute, wire in names.items()}  # type: ignore[attr-defined]
    return built


def reach(page: Any, path: str) -> Any:
    """The value at a dotted path of what a `nested` type decoded."""
    for part in path.split("."):
        page = getattr(page, type(page).__wire_names__[part])
    return page
