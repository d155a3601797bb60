"""What people read, in their language: messages of the code, and texts that are kept in both languages.

The code holds English messages, `msg("There is no KPI {kpi}", kpi=kpi)`; Vietnamese ones stand in one catalogue,
`hub/locale/vi/LC_MESSAGES/hub.po`. `make check` refuses a message that the catalogue lacks and one that nobody uses.
Whatever has a `text(language)` of its own is put into a message in the same language; days and moments are written as
their readers write them. Any other value stays within its line, whatever it holds.
"""

import gettext
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

from hub.texts import shown_in_line

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "hub"


@runtime_checkable
class Wording(Protocol):
    """Something that people read, in either language."""

    @property
    def vi(self) -> str: ...

    @property
    def en(self) -> str: ...

    def text(self, language: Language) -> str: ...


class Text(NamedTuple):
    """A text that is kept in both languages: in a specification, in a column of the database."""

    vi: str
    en: str

    def text(self, language: Language) -> str:
        """In that language."""
        return self.vi if language == "vi" else self.en


class Message:
    """A message of the code with its values. Equal messages read the same in every language."""

    __slots__ = ("context", "id", "values")

    def __init__(self, id_: str, values: Mapping[str, Any], context: str | None = None) -> None:
        self.id, self.values, self.context = id_, dict(values), context

    def text(self, language: Language) -> str:
        """In that language."""
        pattern = translate(self.id, language, self.context)
        return _FORMATTERS[language].vformat(pattern, (), self.values) if self.values else pattern

    def with_values(self, **values: Any) -> "Message":
        """The same message with these values."""
        return Message(self.id, self.values | values, self.context)

    @property
    def vi(self) -> str:
        return self.text("vi")

    @property
    def en(self) -> str:
        return self.text("en")

    def __str__(self) -> str:
        return self.en

    def __repr__(self) -> str:
        return f"msg({self.en!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash((self.id, self.context))

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, self._parts

    @property
    def _parts(self) -> tuple[str, dict[str, Any], str | None]:
        return self.id, self.values, self.context


def msg(id_: str, /, **values: Any) -> Message:
    """A message by its English text, whose placeholders are named: `{kpi}`, `{name!r}`, `{month:month}` (a day shown
    as its month)."""
    return Message(id_, values)


def msg_in(context: str, id_: str, /, **values: Any) -> Message:
    """A message whose English text means another thing elsewhere, or is written otherwise there."""
    return Message(id_, values, context)


def N_(id_: str, /) -> str:  # noqa: N802 - gettext's own name for it
    """The English text itself, marked for the catalogue; somebody else translates it, such as a command's help."""
    return id_


def translate(id_: str, language: Language, context: str | None = None) -> str:
    """The message as the catalogue has it, its placeholders not filled in; the English text where it lacks it."""
    if language == "en":
        return id_
    return _catalogue().gettext(id_) if context is None else _catalogue().pgettext(context, id_)


def is_translated(id_: str, context: str) -> bool:
    """Whether the catalogue has a Vietnamese text for a message with a context."""
    return f"{context}\x04{id_}" in getattr(_catalogue(), "_catalog", {})


def paragraphs(text: str) -> list[str]:
    """The messages of a longer text, such as a command's help: its paragraphs, in one line, without a full stop."""
    return [" ".join(part.split()).removesuffix(".") for part in text.split("\n\n") if part.strip()]


def join(parts: Iterable[Wording], separator: str = "; ") -> Wording:
    """Several texts as one."""
    found = list(parts)
    return Text(separator.join(part.vi for part in found), separator.join(part.en for part in found))


def texts() -> dict[str, str]:
    """All messages of the catalogue that have no context, by their English texts."""
    known = getattr(_catalogue(), "_catalog", {})
    return {id_: text for id_, text in known.items() if id_ and "\x04" not in id_}


@cache
def _catalogue() -> gettext.NullTranslations:
    """Compiled by `make env`; where it was not, the catalogue's text is read, which takes longer."""
    source, compiled = (LOCALE / "vi" / "LC_MESSAGES" / f"{DOMAIN}.{kind}" for kind in ("po", "mo"))
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        with compiled.open("rb") as file:
            return gettext.GNUTranslations(file)
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - seldom needed
    from babel.messages.pofile import read_po  # noqa: PLC0415

    with source.open("rb") as file:
        catalogue = read_po(file)
    made = BytesIO()
    write_mo(made, catalogue)
    made.seek(0)
    return gettext.GNUTranslations(made)


@lru_cache(maxsize=4096)
def _parsed(pattern: str) -> Sequence[tuple[str, str | None, str, Any]]:
    """The parts of a message: text, and the name, format and conversion of the value after it."""
    return [(text, name, form or "", conversion) for text, name, form, conversion in Formatter().parse(pattern)]


class _Formatter(Formatter):
    """Fills in values as readers of one language write them."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def vformat(self, format_string: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:  # noqa: ARG002 - the library's
        """As the library's, of names only and without a format within a format."""
        return "".join(
            literal + ("" if name is None else self.format_field(self.convert_field(kwargs[name], conversion), form))
            for literal, name, form, conversion in _parsed(format_string)
        )

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec and callable(getattr(type(value), "text", None)):
            found: str = value.text(self._language)
            return found
        if isinstance(value, date) and format_spec in ("", "month"):
            return _written(value, format_spec, self._language)
        return shown_in_line(super().format_field(value, format_spec))


def _written(value: date, form: str, language: Language) -> str:
    days, months = ("%d/%m/%Y", "%m/%Y") if language == "vi" else ("%Y-%m-%d", "%Y-%m")
    return value.strftime(months if form == "month" else f"{days} %H:%M" if isinstance(value, datetime) else days)


_FORMATTERS: Mapping[Language, _Formatter] = {language: _Formatter(language) for language in LANGUAGES}
