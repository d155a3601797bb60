"""What pages say, in the language of the page."""

from hub import owners
from hub.translation import LANGUAGES as LANGUAGES  # noqa: PLC0414 - what pages need of languages, in one place
from hub.translation import Language as Language  # noqa: PLC0414
from hub.translation import Message, Wording
from hub.units import unit_text as unit_text  # noqa: PLC0414 - a text of pages like the others
from screens.labels import LABELS


def say(message: str | Wording, language: Language, **values: object) -> str:
    """The message in that language, given itself or as its English text."""
    return (Message(message, values) if isinstance(message, str) else message).text(language)


def label(key: str, language: Language, **values: object) -> str:
    """What a value is called: `freq.month`, `status.official`. Raises KeyError for one that has no label."""
    return LABELS[key].with_values(**values).text(language)


def breakdown_label(name: str, language: Language) -> str:
    """What a breakdown is called; its id where it has no label."""
    return label(f"breakdown.{name}", language) if f"breakdown.{name}" in LABELS else name


def reason_text(reason: Wording | None, language: Language) -> str | None:
    """Why a figure is missing or provisional, in that language."""
    return None if reason is None else reason.text(language)


def owner_name(code: str, language: Language) -> str:
    """An owner's name; its code where it has none."""
    return owners.owner_name(code).text(language)
