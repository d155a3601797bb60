"""Every text of the pages, in both languages, by key: `texts/*.toml`, each entry {vi, en} side by side."""

import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from hub.units import unit_text as unit_text  # noqa: PLC0414 - a text of pages like the others
from kpis.figure import Reason

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
TEXTS = Path(__file__).parent / "texts"


@cache
def catalogue(folder: Path = TEXTS) -> Mapping[str, Mapping[Language, str]]:
    """Key (`group.name`) → language → text. Raises ValueError naming file and key of an entry that is not whole."""
    entries: dict[str, Mapping[Language, str]] = {}
    for path in sorted(folder.glob("*.toml")):
        for group, texts in tomllib.loads(path.read_text("utf-8")).items():
            for name, entry in texts.items():
                key = f"{group}.{name}"
                if key in entries:
                    raise ValueError(f"{path.name}: {key} is defined twice")
                if not isinstance(entry, dict) or set(entry) != set(LANGUAGES) or not all(entry.values()):
                    raise ValueError(f"{path.name}: {key} needs vi and en, and nothing else")
                entries[key] = entry
    return entries


def placeholders(template: str) -> set[str]:
    """Names of the values that the text needs."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def label(key: str, language: Language, **values: object) -> str:
    """The text of that key with its values filled in. Raises KeyError for a key that no file has."""
    return catalogue()[key][language].format(**values)


def reason_text(reason: Reason | None, language: Language) -> str | None:
    """Why a figure is missing or provisional, in that language."""
    if reason is None:
        return None
    return reason.vi if language == "vi" else reason.en


def owner_name(code: str, language: Language) -> str:
    """An owner's name; its code where no file has one."""
    return label(f"owner.{code}", language) if f"owner.{code}" in catalogue() else code
