"""`ioc docs build`: the data dictionary as a folder of static pages in both languages, which opens without a server.

    index.html                  leads to the Vietnamese pages
    vi/, en/                    the pages: sources, tables, views, KPIs, rules, lineage
    assets/                     style, fonts and the search, the same for both
    contracts/*.odcs.yaml       the data contract of each feed

Everything is made from specifications, definitions and the schema of the code: no database is read, and no figure is
in it. Nothing is written before everything is described.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from connectors.catalogue import faults_of
from connectors.conditions import conditions
from connectors.specification import Source
from dictionary import contracts, flows, pages
from dictionary.descriptions import of_column, of_comment, undescribed
from dictionary.examples import example_of, examples_of
from dictionary.pages import Dictionary
from dictionary.pictures import Box, lineage
from dictionary.rules import rules_of
from hub.errors import Abort
from hub.files import make_folder
from hub.installation import Installation
from hub.texts import shown, shown_in_json, shown_in_line
from hub.translation import LANGUAGES, Language, Text, Wording, join, msg
from kpis.catalogue import Catalogue
from screens.build import STATIC
from screens.rendering import built_files
from screens.rendering import environment as environment_of_screens
from screens.texts import say
from warehouse.schema.facts import FACTS

Progress = Callable[[int, int], None]
"""Told how many files of how many are written."""
Make = Callable[[], bytes]
HERE = Path(__file__).parent
MARK = "dictionary.json"
"""The file by which a folder is known to be one of an earlier build."""
_FONTS = ".woff2"
_MOST_NAMED = 200
_HEADS = (msg("Feeds"), msg("Tables"), msg("Views"), msg("Indicators"))
_FOLDERS = ("sources", "tables", "views", "kpis")


def check(installation: Installation) -> Catalogue:
    """The catalogue of an installation of which everything is described. Raises Abort that names all that is not, and
    each file with a fault."""
    catalogue = Catalogue.of(installation)
    missing = [f"{name}.toml: {fault.text('en')}" for name, fault in faults_of(installation).items()]
    for source in catalogue.sources.values():
        unknown = (f"source {source.name}.{n}: {f.fact}" for n, f in source.feeds.items() if f.fact not in FACTS)
        missing += unknown
    missing += undescribed(catalogue.sources)
    if missing:
        text = msg(
            "Not described in both languages: {count}. A source's column needs a label, a table and a view a comment,"
            " a comment its text in hub.po:",
            count=len(missing),
        )
        raise Abort(join([text, *(Text(one, one) for one in map(shown_in_line, missing[:_MOST_NAMED]))], "\n  "))
    return catalogue


def build(installation: Installation, folder: Path, progress: Progress = lambda _done, _all: None) -> int:
    """Writes the dictionary into `folder`, in the place of an earlier one; gives the number of files.

    Raises Abort where something is not described, or the folder holds anything else.
    """
    dictionary = Dictionary(check(installation))
    if folder.exists() and not (folder / MARK).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise Abort(msg("{folder} holds other files: name an empty folder, or one of an earlier build", folder=folder))
    files, place = dict(_files(dictionary)), folder.resolve()
    make_folder(place.parent)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".dictionary-") as temporary:
        made = Path(temporary) / "made"
        for done, (path, content) in enumerate(files.items(), 1):
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content() if callable(content) else content)
            progress(done, len(files))
        shutil.rmtree(place, ignore_errors=True)
        made.rename(place)
    return len(files)


def contract_files(catalogue: Catalogue) -> Iterator[tuple[str, Make]]:
    """The name of each feed's contract, and what makes its content."""
    for source in catalogue.sources.values():
        for name in source.feeds:
            yield f"{source.name}.{name}.odcs.yaml", partial(_contract, source, name)


def _contract(source: Source, feed: str) -> bytes:
    return contracts.yaml_of(source, feed).encode()


def _files(dictionary: Dictionary) -> Iterator[tuple[str, bytes | Make]]:
    yield MARK, b"{}\n"
    yield from _assets()
    for name, make in contract_files(dictionary.catalogue):
        yield f"contracts/{name}", make
    for language in LANGUAGES:
        yield f"assets/search-{language}.js", partial(_search, dictionary, language)
        site = _Site(dictionary, language)
        for path, make in site.pages():
            yield f"{language}/{path}", make
    yield "index.html", (HERE / "templates" / "start.html").read_bytes()


def _assets() -> Iterator[tuple[str, bytes]]:
    """The style and fonts of the screens, which name each other by content, and what is the dictionary's own."""
    built = built_files()
    for name, file in built.items():
        if name.endswith(_FONTS):
            yield f"assets/{file}", (STATIC / file).read_bytes()
    for name in ("style.css", "mark.svg"):
        yield f"assets/{name}", (STATIC / built[name]).read_bytes()
    for path in sorted((HERE / "assets").iterdir()):
        yield f"assets/{path.name}", path.read_bytes()


def _search(dictionary: Dictionary, language: Language) -> bytes:
    """The lines of the search as a script, since a page that is opened as a file may read no other file."""
    lines = [
        [shown(text) for text in (hit.kind.text(language), hit.name, hit.text.text(language), hit.href)]
        for hit in dictionary.hits()
    ]
    return f"const searchLines = {shown_in_json(json.dumps(lines, ensure_ascii=True))};\n".encode()


class _Site:
    """The pages in one language."""

    def __init__(self, dictionary: Dictionary, language: Language) -> None:
        self._dictionary, self._language = dictionary, language
        self._environment = _environment(language)

    def pages(self) -> Iterator[tuple[str, Make]]:
        """Each page's path below its language's folder, and what makes its content."""
        d = self._dictionary
        for name in ("index", *_FOLDERS, "rules", "lineage"):
            yield f"{name}.html", partial(self._page, f"{name}.html", f"{name}.html")
        things: list[tuple[str, Mapping[str, object]]] = [
            ("source", d.sources),
            ("table", d.tables),
            ("view", d.views),
            ("kpi", d.kpis),
        ]
        for column, (kind, found) in enumerate(things):
            for name, thing in found.items():
                path = f"{_FOLDERS[column]}/{name}.html"
                yield path, partial(self._page, path, f"{kind}.html", column, name, **{kind: thing})

    def _page(self, path: str, template: str, column: int | None = None, name: str = "", **values: Any) -> bytes:
        root = "../" * (path.count("/") + 1)
        if column is not None:
            ways = flows.through(self._dictionary.ways, column, name)
            values["picture"] = self._picture(ways, name, "../") if ways else None
        elif template == "lineage.html":
            values["picture"] = self._picture(self._dictionary.ways, None, "")
        section = path.partition("/")[0].removesuffix(".html")
        text = self._environment.get_template(template).render(
            d=self._dictionary, root=root, path=path, section=section, language=self._language, **values
        )
        return shown(text).encode()

    def _picture(self, ways: list[flows.Flow], focus: str | None, up: str) -> object:
        title = say("Where records come from and which figures count them", self._language)
        heads = [head.text(self._language) for head in _HEADS]
        return lineage(ways, lambda column, name: self._box(column, name, up), heads, title, focus)

    def _box(self, column: int, name: str, up: str) -> Box:
        d = self._dictionary
        if column == 0:
            source, _, feed = name.partition(".")
            return Box(name, d.sources[source].feeds[feed].title, f"{up}sources/{source}.html#{feed}")
        if column == 3:
            named = d.kpis[name].name.text(self._language)
            return Box(named, named, f"{up}kpis/{name}.html")
        comment = d.tables[name].comment if column == 1 else d.views[name].comment
        return Box(name, of_comment(comment).text(self._language), f"{up}{_FOLDERS[column]}/{name}.html")


@cache
def _environment(language: Language) -> Environment:
    """The screens' templates' functions, and what these pages need besides."""
    environment = environment_of_screens(language).overlay(loader=FileSystemLoader(HERE / "templates"))

    def say_(text: Wording) -> str:
        return text.text(language)

    environment.filters = environment.filters | {"say": say_}
    environment.globals = environment.globals | {
        "comment": lambda comment: of_comment(comment).text(language),
        "conditions": lambda column: [one.text(language) for one in conditions(column)],
        "of_column": lambda feed, name: of_column(feed, name).text(language),
        "rules_of": rules_of,
        "examples_of": examples_of,
        "example_of": example_of,
        "formula_text": pages.formula_text,
        "type_of": pages.type_of,
        "twin_of": pages.twin_of,
        "readers_of": flows.readers_of,
        "read_by": flows.read_by,
        "severities": pages.SEVERITIES,
        "kinds": pages.KINDS,
        "directions": pages.DIRECTIONS,
        "other": next(one for one in LANGUAGES if one != language),
    }
    return environment
