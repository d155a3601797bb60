"""What the definition of a KPI says in words, for pages and files."""

from collections.abc import Sequence

from hub.sheets import Sheet
from hub.translation import msg, msg_in
from kpis.definition import Definition, Formula
from screens import formats
from screens.database import Snapshot
from screens.texts import Language, owner_name, say, unit_text


def formula(own: Formula, language: Language) -> str:
    """Numerator ÷ denominator in words."""
    words = say("Numerator", language)
    if own.denominator:
        words += f" ÷ {say('Denominator', language)}"
    if own.scale != 1:
        words += f" × {formats.number(own.scale.normalize(), language)}"
    return f"√({words})" if own.root else words


def definition_sheet(s: Snapshot, shown: Sequence[Definition]) -> Sheet:
    """A row for each KPI: what it is, how it is computed, from which systems, who answers for it since when."""
    language = s.language
    heads = (
        msg("KPI"),
        msg_in("export", "KPI code"),
        msg("Unit"),
        msg("How it is computed"),
        msg("Basis"),
        msg("Sources"),
        msg("Owner"),
        msg("Version of the definition"),
        msg("Holds from"),
    )
    rows = [
        (
            getattr(kpi.name, language),
            kpi.id,
            unit_text(kpi.unit, language),
            formula(kpi, language),
            getattr(kpi.basis, language),
            ", ".join(s.catalogue.source_titles(kpi)),
            owner_name(kpi.owner, language),
            kpi.version,
            kpi.valid_from,
        )
        for kpi in shown
    ]
    return Sheet(say("Definitions", language), [head.text(language) for head in heads], rows)


def about_sheet(s: Snapshot, address: str, notice: str | None) -> Sheet:
    """Who made the file, when, and of which page; `notice` is what must be known of all figures."""
    language = s.language
    lines = [
        *([(say("Notice", language), notice)] if notice else []),
        (say("Made by", language), say(msg("Operations centre of {province}", province=s.province.name), language)),
        (say("Made at", language), formats.moment(s.now, language)),
        (say("Address", language), address),
    ]
    return Sheet(msg_in("export", "About").text(language), (), lines)
