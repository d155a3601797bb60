"""The outline of a periodic report: its sections and paragraphs, and which figure stands in which sentence.

One TOML file. The hub's own is `reports/periodic.toml`; an installation's `reports/periodic.toml` takes its place.
A text names a figure by its key, `{received}`, its change and its target as `{received.change}`, `{received.target}`,
and the report's days as `{period}`, `{first}`, `{last}`, `{year}`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from hub.errors import Abort, WrongQuestion
from hub.installation import Installation
from hub.suggestions import nearest
from hub.texts import shown_in_line
from hub.toml_files import read_toml
from hub.translation import Wording, msg
from hub.validation import describe
from kpis.definition import GROWTH, Definition
from kpis.slices import Slices, parse_slices

FILE = "periodic.toml"
DAYS = ("period", "first", "last", "year")
"""What a text may name besides figures."""
PARTS = ("", "change", "target")
"""What a text may say of a figure: itself, how far it moved, its target."""
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,60}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureSpec(_Strict):
    """Which figure a key stands for."""

    kpi: str
    measure: str | None = None
    where: str = ""
    days: Literal["period", "end"] = "period"
    """`end`: of the last day alone, such as a running total; else of the report's period."""

    @property
    def slices(self) -> Slices:
        return parse_slices(self.where)


class Part(_Strict):
    """A heading of the second level with its paragraphs."""

    title: str
    paragraphs: list[str] = Field(min_length=1)


class Section(_Strict):
    """A heading of the first level, its paragraphs, and the parts below it."""

    title: str
    paragraphs: list[str] = []
    parts: list[Part] = []


class Outline(_Strict):
    """A report from its title to its last sentence."""

    title: str
    subject: str
    opening: list[str] = []
    sections: list[Section] = Field(min_length=1)
    closing: list[str] = []
    figures: dict[Key, FigureSpec]

    @property
    def texts(self) -> Iterator[tuple[str, str]]:
        """Every text and where it stands, in the order of the report."""
        yield "title", self.title
        yield "subject", self.subject
        yield from ((f"opening.{i}", text) for i, text in enumerate(self.opening))
        for number, section in enumerate(self.sections):
            place = f"sections.{number}"
            yield f"{place}.title", section.title
            yield from ((f"{place}.paragraphs.{i}", text) for i, text in enumerate(section.paragraphs))
            for j, part in enumerate(section.parts):
                yield f"{place}.parts.{j}.title", part.title
                yield from ((f"{place}.parts.{j}.paragraphs.{i}", text) for i, text in enumerate(part.paragraphs))
        yield from ((f"closing.{i}", text) for i, text in enumerate(self.closing))


class Piece(NamedTuple):
    """A part of a text: literal words, then what is named behind them (None at the end of the text)."""

    words: str
    name: str | None
    part: str


def pieces(text: str) -> list[Piece]:
    """A text taken apart. Raises ValueError where its braces do not match."""
    found = []
    for words, name, form, conversion in Formatter().parse(text):
        if form or conversion:
            raise ValueError(f"{{{name}}}")
        own, _, part = (name or "").partition(".")
        found.append(Piece(words, None if name is None else own, part))
    return found


def read_outline(installation: Installation, definitions: Mapping[str, Definition]) -> Outline:
    """The installation's outline, or the hub's. Raises Abort naming the file, the place in it and what may stand
    there."""
    own = installation.reports / FILE
    return load_outline(own if own.is_file() else Path(__file__).with_name(FILE), definitions)


def load_outline(file: Path, definitions: Mapping[str, Definition]) -> Outline:
    """The outline in a file. Raises Abort as `read_outline`."""
    try:
        outline = Outline.model_validate(read_toml(file))
    except ValidationError as error:
        raise Abort(msg("{path}: {said}", path=file, said=describe(error, _unknown_key))) from None
    for place, fault in _faults(outline, definitions):
        raise Abort(msg("{path}: {said}", path=file, said=msg("{where}: {said}", where=place, said=fault)))
    return outline


def _unknown_key(place: tuple[int | str, ...]) -> Wording:
    models: dict[str, type[_Strict]] = {"figures": FigureSpec, "sections": Section}
    model = models.get(str(place[0]) if len(place) > 1 else "", Outline)
    if "parts" in place[:-1]:
        model = Part
    return msg("unknown key; {near}", near=nearest(str(place[-1]), list(model.model_fields)))


def _faults(outline: Outline, definitions: Mapping[str, Definition]) -> Iterator[tuple[str, Wording]]:
    for key, spec in outline.figures.items():
        if key in DAYS:
            yield f"figures.{key}", msg("is the name of the report's own days; choose another")
        if fault := _figure_fault(spec, definitions):
            yield f"figures.{key}.{fault[0]}", fault[1]
    used = set()
    for place, text in outline.texts:
        try:
            named = [piece for piece in pieces(text) if piece.name is not None]
        except ValueError as error:
            yield place, msg("braces do not match, or hold more than a name: {error}", error=error)
            continue
        if unseen := [one for one, shown in zip(text, shown_in_line(text), strict=True) if one != shown]:
            yield place, msg("holds {code}, which nobody sees; take it out", code=f"U+{ord(unseen[0]):04X}")
        for piece in named:
            used.add(piece.name)
            name = str(piece.name)
            if name not in outline.figures and (name not in DAYS or piece.part):
                known = nearest(name, [*outline.figures, *DAYS])
                yield place, msg("there is no figure {name!r}; {near}", name=name, near=known)
            elif name in outline.figures and place.endswith(("title", "subject")):
                yield place, msg("names a figure; headings may name {days}", days=", ".join(DAYS))
            elif piece.part not in PARTS:
                yield place, msg("{name!r} has no {part!r}; there are change, target", name=name, part=piece.part)
    for key in outline.figures:
        if key not in used:
            yield f"figures.{key}", msg("stands in no text; use it or take it out")


def _figure_fault(spec: FigureSpec, definitions: Mapping[str, Definition]) -> tuple[str, Wording] | None:
    """The key of a figure that names what there is not, and what there is."""
    definition = definitions.get(spec.kpi)
    if definition is None:
        return "kpi", msg("there is no KPI {kpi!r}; {near}", kpi=spec.kpi, near=nearest(spec.kpi, list(definitions)))
    try:
        formula = definition.formula(spec.measure or definition.measure)
    except WrongQuestion as error:
        return "measure", error
    try:
        unknown = sorted(set(spec.slices) - (set(formula.breakdowns) - {"area"}))
    except WrongQuestion as error:
        return "where", error
    if unknown:
        near = nearest(unknown[0], [name for name in formula.breakdowns if name != "area"])
        return "where", msg("there is no breakdown {unknown!r}; {near}", unknown=unknown[0], near=near)
    if spec.days == "end" and (spec.measure == GROWTH or formula.kind != "cumulative"):
        return "days", msg("end is for running totals; the others are of the report's period")
    return None
