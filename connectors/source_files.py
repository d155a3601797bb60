"""The files of sources: those that come with the hub and an installation's own, each read into its specification."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from connectors.specification import Feed, Source
from hub.errors import Abort
from hub.suggestions import nearest
from hub.texts import shown_in_line
from hub.translation import msg
from hub.validation import describe

SOURCES = Path(__file__).parent / "sources"
FORMS = Path(__file__).parent / "forms"
"""Forms in which systems of any subject tell what they have: feeds that sources complete, see `_completed`."""
UNFILLED = "???"
"""Marks in a draft what nobody but its author can know."""


def load_source(path: Path) -> Source:
    """One source from its file. Raises Abort that names the file, the key and what is allowed there, or the lines that
    are still to be filled in."""
    source, unfilled = read_draft(path)
    if unfilled:
        lines = ", ".join(unfilled)
        raise Abort(
            msg(
                "{path}: a draft; fill in or confirm what is marked {mark}, and take the mark out: {lines}",
                path=path.name,
                mark=UNFILLED,
                lines=lines,
            )
        )
    return source


def read_draft(path: Path) -> tuple[Source, list[str]]:
    """One source from its file, and the lines of it that are marked to be filled in, by number and key. Raises Abort as
    load_source for any other fault."""
    text, raw = _read(path)
    shared = {key: raw.pop(key) for key in ("errors",) if key in raw}
    feeds = raw.get("feeds", {})
    if isinstance(feeds, dict):
        raw["feeds"] = {
            name: _completed({**shared, **feed}, path, name) if isinstance(feed, dict) else feed
            for name, feed in feeds.items()
        }
    unfilled = [
        f"{number} ({_marked_key(line)})" for number, line in enumerate(text.splitlines(), 1) if UNFILLED in line
    ]
    try:
        return Source.model_validate({"name": path.stem, **raw}), unfilled
    except ValidationError as error:
        said = describe(error)
        raise Abort(msg("{path}: {said}", path=path.name, said=said)) from None


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8-sig")
        return text, tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Abort(msg("{path} is no valid TOML: {error}", path=path.name, error=error)) from None
    except OSError as error:
        raise Abort(msg("{path} cannot be read: {strerror}", path=path, strerror=error.strerror)) from None


def _completed(feed: dict[str, Any], path: Path, name: str) -> dict[str, Any]:
    """A feed with what its `form` says and it does not say itself, column by column and key by key. In the form
    `{source}` is the source's name; a column that the feed sets to false is none of its own."""
    form = feed.pop("form", None)
    if form is None:
        return feed
    known = sorted(file.stem for file in FORMS.glob("*.toml"))
    if form not in known:
        near = nearest(str(form), known)
        raise Abort(
            msg(
                "{path}: feeds.{name}.form: there is no form {form!r}; {near}",
                path=path.name,
                name=name,
                form=form,
                near=near,
            )
        )
    text = (FORMS / f"{form}.toml").read_text("utf-8").replace("{source}", path.stem)
    given = _over(tomllib.loads(text), feed)
    if isinstance(given.get("columns"), dict):
        given["columns"] = {column: said for column, said in given["columns"].items() if said is not False}
    return given


def _over(form: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {key: _over(form[key], own[key]) for key in form.keys() & own.keys() if _are_tables(form[key], own[key])}
    return {**form, **own, **both}


def _are_tables(*values: Any) -> bool:
    return all(isinstance(value, dict) for value in values)


def _marked_key(line: str) -> str:
    """What a marked line is about: its key, or in a comment the first words."""
    key = re.split("[=:]", line.strip("# ").removeprefix(UNFILLED))[0]
    return shown_in_line(key.strip()[:40])


class Specifications(NamedTuple):
    """The sources of an installation by name, and what is wrong with the files of the others."""

    sources: dict[str, Source]
    faults: dict[str, Abort]


@cache
def read_specifications(own: Path | None = None) -> Specifications:
    """The files that come with the hub, and those of the installation's `own` folder, which win over the hub's of the
    same name: a faulty one, too, as the hub's is not what was meant. Raises Abort when there is no such folder."""
    if own is not None and not own.is_dir():
        raise Abort(msg("IOC_SOURCES={own}: there is no such folder", own=own))
    paths = {path.stem: path for folder in (SOURCES, own) if folder is not None for path in folder.glob("*.toml")}
    found = Specifications({}, {})
    for name, path in sorted(paths.items()):
        try:
            found.sources[name] = load_source(path)
        except Abort as error:
            found.faults[name] = error
    return found


def load_sources(own: Path | None = None) -> dict[str, Source]:
    """All sources whose files have no fault, by name; see read_specifications for the others."""
    return read_specifications(own).sources


def find_source(source: str, own: Path | None = None) -> Source:
    """The source's specification. Raises Abort that tells the fault of its file, or names what exists."""
    sources, faults = read_specifications(own)
    if source in faults:
        raise Abort(faults[source].message)
    if source not in sources:
        known = ", ".join(sources)
        raise Abort(msg("There is no source {source!r}; there are {known}.", source=source, known=known))
    return sources[source]


def find_feed(source: str, feed: str, own: Path | None = None) -> Feed:
    """The feed's specification. Raises Abort naming what exists."""
    feeds = find_source(source, own).feeds
    if feed not in feeds:
        known = ", ".join(feeds)
        raise Abort(
            msg("Source {source} has no feed {feed!r}; it has {known}.", source=source, feed=feed, known=known),
        )
    return feeds[feed]
