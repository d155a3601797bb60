"""The catalogue of messages, `hub/locale/vi/LC_MESSAGES/hub.po`, beside the code that uses them.

`python -m ioc.messages` checks it: every message of the code has a Vietnamese text with the same placeholders, and the
catalogue has no other. `--update` adds what is missing, without its text, and takes out what nobody uses; `--compile`
makes the file that programs read (`make env` does).
"""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from typer.main import get_command

from dictionary.descriptions import CONTEXT, comments
from hub.translation import DOMAIN, LOCALE, paragraphs

ROOT = Path(__file__).parents[1]
FOLDERS = (
    *("accounts", "alerts", "audit", "connectors", "dags", "demo", "dictionary", "expectations", "government", "hub"),
    *("ioc", "kpis", "pipeline", "reports", "screens", "warehouse"),
)
METHODS = [("**/node_modules/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS: dict[str, Any] = {"msg": None, "say": None, "t": None, "N_": None, "msg_in": ((1, "c"), 2)}
FILE = LOCALE / "vi" / "LC_MESSAGES" / f"{DOMAIN}.po"


def main() -> int:
    """0 fine, 3 when the catalogue and the code differ."""
    parser = argparse.ArgumentParser(prog="python -m ioc.messages", description=__doc__)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--compile", action="store_true")
    options = parser.parse_args()
    with FILE.open("rb") as file:
        catalogue = read_po(file, locale="vi")
    if options.compile:
        with FILE.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
        return 0
    used = set(messages())
    if options.update:
        _update(catalogue, used)
    faults = sorted(_faults(catalogue, used))
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201 - the command's output
    return 3 if faults else 0


def messages() -> Iterator[tuple[str, str | None]]:
    """Every message that the code, the templates, the database's comments and the command line's help use, with its
    context."""
    for folder in FOLDERS:
        for _, _, text, _, context in extract_from_dir(ROOT / folder, METHODS, keywords=KEYWORDS):
            yield (text[-1] if isinstance(text, tuple) else text), context
    yield from ((comment, CONTEXT) for comment in comments())
    os.environ["IOC_LANG"] = "en"  # in which help is as it is written
    from ioc.main import app

    for text in _help(get_command(app)):
        yield text, None


def _help(command: Any) -> Iterator[str]:
    yield from paragraphs(command.help or "")
    for parameter in command.params:
        yield from paragraphs(getattr(parameter, "help", None) or "")
    for one in getattr(command, "commands", {}).values():
        yield from _help(one)


def _faults(catalogue: Catalog, used: set[tuple[str, str | None]]) -> Iterator[str]:
    texts = {(str(m.id), m.context): str(m.string or "") for m in catalogue if m.id}
    for id_, _ in used - set(texts):
        yield f"{FILE.name}: no text for {id_!r}; python -m ioc.messages --update adds it"
    for (id_, _), text in texts.items():
        if (id_, _) not in used:
            yield f"{FILE.name}: nobody uses {id_!r}; python -m ioc.messages --update takes it out"
        elif not text:
            yield f"{FILE.name}: the text of {id_!r} is empty"
        elif _ is None and not _placeholders(text) <= _placeholders(id_):
            yield f"{FILE.name}: the text of {id_!r} has other placeholders"


def _placeholders(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:  # a brace of a text without values
        return set()


def _update(catalogue: Catalog, used: set[tuple[str, str | None]]) -> None:
    known = {(str(m.id), m.context) for m in catalogue if m.id}
    for id_, context in known - used:
        catalogue.delete(id_, context)
    for id_, context in used - known:
        catalogue.add(id_, context=context)
    write(catalogue)


def write(catalogue: Catalog) -> None:
    """Sorted, without places: a moved line of code changes nothing here."""
    with FILE.open("wb") as file:
        write_po(
            file, catalogue, width=120, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True
        )


if __name__ == "__main__":
    sys.exit(main())
