"""The text of a drafted specification: TOML with a comment wherever the draft only guesses."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.guesses import Doubt
from connectors.personal import KINDS, masked
from connectors.source_files import UNFILLED
from hub.errors import Abort
from hub.files import make_folder, private
from hub.texts import NOT_SHOWN, shown_in_line
from hub.translation import Message, msg
from ioc.texts import say

if TYPE_CHECKING:
    from pipeline.draft import Draft, DraftColumn

_DOUBTS: dict[Doubt, Message] = {
    "thousands": msg("{mark} thousands or decimals? Every value may be read in two ways"),
    "day_first": msg("{mark} day or month first? Every value may be read in two ways"),
    "flag": msg("only 0 and 1 in the sample"),
    "codes": msg("{mark} codes: which does the interface describe, and what are they in the hub?"),
    "empty": msg("always empty in the sample"),
}
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SPECIAL = re.compile(NOT_SHOWN + "|[\x00-\x1f\x7f]")


def text_of(draft: "Draft", files: Sequence[str]) -> str:
    """The file's content. Every line with the mark is to be filled in or confirmed by whoever knows the interface."""
    return "\n".join(_lines(draft, files)) + "\n"


def write_new(path: Path, content: str | bytes) -> None:
    """Writes a file that there is not yet. Raises Abort when there is one, or it cannot be written."""
    try:
        make_folder(path.parent)
        with open(path, "xb", opener=private) as file:
            file.write(content.encode() if isinstance(content, str) else content)
    except FileExistsError:
        raise Abort(msg("{path} is there already, and stays as it is", path=path)) from None
    except OSError as error:
        raise Abort(msg("{file} cannot be written: {strerror}", file=path, strerror=error.strerror)) from None


def _lines(draft: "Draft", files: Sequence[str]) -> Iterator[str]:
    yield from _comment(
        say("A draft from {files} ({count} records).", files=", ".join(files), count=draft.count),
        say("Fill in or confirm every line with the mark, and take the mark out; see CONTRIBUTING.md."),
    )
    yield f"title = {_quoted(UNFILLED)}"
    yield f"owner = {_quoted(UNFILLED)}  # " + say("the unit that answers for the source")
    yield 'cadence = "30 0 * * *"  # ' + say("{mark} when it is due: cron, Vietnam time", mark=UNFILLED)
    yield 'lateness = "P1D"  # ' + say("{mark} how late it may be: ISO 8601", mark=UNFILLED)
    if draft.error:
        place, value = draft.error
        yield f"errors = {{ path = {_quoted(place)}, ok = [{_value(value)}] }}  # " + say("as the sample has it")
    yield ""
    yield "[feeds.records]"
    yield f"title = {_quoted(UNFILLED)}"
    yield from _fact(draft)
    if draft.sample.format != "json":
        yield f"format = {_quoted(draft.sample.format)}"
    if draft.day:
        yield f'slice = "{"day" if draft.day == "day" else "month"}"'
        yield f"replace = [{_quoted(draft.day)}]  # " + say("{mark} does an answer replace all of it?", mark=UNFILLED)
    names = {column.name: column.guess for column in draft.columns if column.is_fed}
    if "updated_at" in names and names["updated_at"].type == "datetime":
        yield 'version = "updated_at"'
    yield from _request(draft)
    yield ""
    yield "[feeds.records.columns]"
    yield from _columns(draft)


def _fact(draft: "Draft") -> Iterator[str]:
    if draft.fact is None:
        yield f"fact = {_quoted(UNFILLED)}  # " + say(
            "no fact has clearly most of these fields; see docs/guides/add-a-fact.md"
        )
        return
    count = sum(column.is_fed for column in draft.columns)
    yield f"fact = {_quoted(draft.fact.name)}  # " + say("{count} of its columns are in the sample", count=count)
    for name in draft.missing:
        if name != draft.day:
            yield "# " + say(
                "{mark} {column}: the fact needs it, and no field was recognised", mark=UNFILLED, column=name
            )


def _request(draft: "Draft") -> Iterator[str]:
    paging = draft.paging
    query = {"tu": "{start:%Y-%m-%d}", "den": "{last:%Y-%m-%d}"}
    query |= {
        "pages": {"trang": "{page}", "so_dong": "{size}"},
        "cursor": {"cursor": "{cursor}", "since": "{since}", "limit": "{size}"},
    }.get(paging.style, {})
    asked = ", ".join(f"{name} = {_quoted(text)}" for name, text in query.items())
    mark = say("{mark} path and parameters, as the interface describes them", mark=UNFILLED)
    yield f'request = {{ path = "/{UNFILLED}", query = {{ {asked} }} }}  # {mark}'
    if paging.style == "files":
        place = _quoted(UNFILLED)
        yield f'paging = {{ style = "files", file = {place}, newest = {place}, per = [{place}] }}  # ' + say(
            "{mark} fields of the list that names the files", mark=UNFILLED
        )
        return
    parts = {"style": paging.style, "records": draft.sample.place, "total": paging.total, "next": paging.next}
    parts["has_more"] = paging.has_more
    given = [f"{name} = {_quoted(text)}" for name, text in parts.items() if text]
    if paging.style == "pages":
        given.append(f"size = {len(draft.sample.records)}")
    note = say("{mark} how the next page is asked for", mark=UNFILLED) if paging.style != "single" else ""
    others = [place for place in draft.sample.lists if place != draft.sample.place]
    if others:
        note = "; ".join(filter(None, [note, say("other lists: {places}", places=", ".join(others))]))
    yield f"paging = {{ {', '.join(given)} }}" + (f"  # {shown_in_line(note)}" if note else "")


def _columns(draft: "Draft") -> Iterator[str]:
    has_key = any(column.is_key for column in draft.columns)
    if draft.day in draft.missing:
        has_key = True
        kind = "month" if draft.day == "month_end_day" else "date"
        mark = say("{mark} the day that was asked for, unless a field has it", mark=UNFILLED)
        label = say("Day")
        yield (
            f'{draft.day} = {{ page = "slice", type = "{kind}", key = true, required = true,'
            f" label = {_quoted(label)} }}  # {mark}"
        )
    for column in draft.columns:
        if column.guess.is_nested:
            yield from _comment(say("{field}: objects or lists, which no column reads", field=column.guess.wire))
            continue
        is_stray = draft.fact is not None and not column.is_fed and not column.guess.personal
        if not has_key and not column.guess.personal:  # a feed without a key is none
            has_key = True
            yield _column(column, key=True, is_stray=False)
            continue
        yield ("# " if is_stray else "") + _column(column, key=column.is_key, is_stray=is_stray)


def _column(column: "DraftColumn", *, key: bool, is_stray: bool) -> str:
    found, known = column.guess, column.known
    parts: dict[str, Any] = {"wire": found.wire}
    if found.personal:
        parts["personal"] = "drop"
        kind = KINDS[found.personal.kind]
        return f"{column.name} = {_inline(parts)}  # " + say("looks like {kind}: it is not kept", kind=kind)
    notes = []
    doubt = found.doubt
    if known is not None:  # what reads the same field elsewhere has no doubt
        skipped = {"wire", "page", "label", "changed_on", "personal"}
        parts |= known.model_dump(exclude_defaults=True, exclude=skipped)
        doubt = None
    else:
        parts |= {"type": found.type} if found.type != "text" else {}
        parts |= {name: value for name, value in (("format", found.format), ("thousands", found.thousands)) if value}
        parts |= {name: True for name, is_so in (("key", key), ("required", key or column.is_required)) if is_so}
        if doubt == "codes" and all(masked(code) == code for code in found.codes):
            parts["codes"] = {code: code for code in found.codes}
        elif doubt == "codes":
            doubt = None
    parts["label"] = known.label if known is not None and known.label else UNFILLED
    if key and not column.is_key:
        notes.append(say("{mark} nothing in the sample identifies a record: what does?", mark=UNFILLED))
    elif key and found.is_unique:
        notes.append(say("unique in the sample"))
    elif found.is_unique and found.type == "text":
        notes.append(say("unique in the sample, too"))
    if doubt:
        notes.append(say(_DOUBTS[doubt].with_values(mark=UNFILLED)))
    if is_stray:
        notes = [say("no column of the fact was recognised in it")]
        parts["label"] = "…"
    return f"{column.name} = {_inline(parts)}" + (f"  # {shown_in_line('; '.join(notes))}" if notes else "")


def _inline(parts: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{_key(name)} = {_value(value)}" for name, value in parts.items()) + " }"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return _inline(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _quoted(value) if isinstance(value, str) else str(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    """A TOML text, with escapes for whatever a terminal or an editor would not show."""
    return _SPECIAL.sub(lambda found: f"\\U{ord(found[0]):08x}", json.dumps(text, ensure_ascii=False))


def _comment(*texts: str) -> Iterator[str]:
    for text in texts:
        yield f"# {shown_in_line(text)}"
