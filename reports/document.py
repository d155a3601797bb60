"""The periodic report as a Word document: its text with a footnote to each figure, a list of all figures, and the
published figures beside the computed ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length
from docx.styles.style import ParagraphStyle
from docx.table import _Cell

from hub.official_form import CENTRE, add_small_style, blank_document, body, foot, head, saved, title, widths, write
from hub.periods import VIETNAM, Period
from hub.province_settings import Agency
from hub.texts import shown_in_line
from hub.translation import msg
from kpis.figure import Reason
from reports import phrases
from reports.contradicted import Compared
from reports.footnotes import Footnotes
from reports.notes import Reported, beside, note_of
from reports.periodic import Paragraph, PeriodicReport, WrittenPart
from reports.phrases import say
from reports.texts import VERDICTS

TABLE_TEXT = "Table Text"
PROVISIONAL, REMARKED = "(*)", "(**)"
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_FIGURES: tuple[Length, ...] = (Cm(0.9), Cm(5.5), Cm(3.2), Cm(4.0), Cm(2.9))
_PUBLISHED: tuple[Length, ...] = (Cm(4.9), Cm(2.7), Cm(2.9), Cm(2.9), Cm(3.1))


def as_docx(report: PeriodicReport, agency: Agency, made_at: datetime) -> bytes:
    """The document, dated by the day of `made_at`. The agency's settings must not miss anything."""
    document = blank_document()
    add_small_style(document, TABLE_TEXT)
    notes = Footnotes(document)
    _properties(document, report, agency, made_at)
    head(document, agency, made_at.astimezone(VIETNAM).date())
    title(document, report.title, report.subject)
    if report.is_simulated:
        write(body(document), say(msg("The figures of this report are simulated.")), bold=True, italic=True)
    for text in report.opening:
        _write(document, text, notes)
    _explain_marks(document, report)
    for number, section in zip(_numerals(len(report.sections)), report.sections, strict=True):
        _section(document, number, section, notes)
    for text in report.closing:
        _write(document, text, notes)
    foot(document, agency, agency.recipients)
    _annexes(document, report)
    notes.attach()
    return saved(document)


def _properties(document: Document, report: PeriodicReport, agency: Agency, made_at: datetime) -> None:
    own = document.core_properties
    author = shown_in_line(agency.name)
    own.title, own.author, own.last_modified_by, own.comments = report.subject[:255], author[:255], author[:255], ""
    own.created = own.modified = made_at.astimezone(VIETNAM).replace(tzinfo=None)
    own.language = "vi-VN"


def _numerals(count: int) -> Sequence[str]:
    return _ROMAN[:count] if count <= len(_ROMAN) else [str(number) for number in range(1, count + 1)]


def _explain_marks(document: Document, report: PeriodicReport) -> None:
    """What the marks behind figures mean, where there are any."""
    marks = [
        (any(one.is_provisional for one in report.figures), msg("{mark} provisional", mark=PROVISIONAL)),
        (any(one.remarks for one in report.figures), msg("{mark} computed; see its note", mark=REMARKED)),
    ]
    if said := "; ".join(say(mark) for found, mark in marks if found):
        write(body(document), say(msg("Marks of figures: {marks}.", marks=said)), italic=True)


def _section(document: Document, number: str, section: WrittenPart, notes: Footnotes) -> None:
    _heading(document, f"{number}. {section.title.upper()}")
    for text in section.paragraphs:
        _write(document, text, notes)
    for position, part in enumerate(section.parts, 1):
        _heading(document, f"{position}. {part.title}")
        for text in part.paragraphs:
            _write(document, text, notes)


def _heading(document: Document, text: str) -> None:
    paragraph = body(document)
    paragraph.paragraph_format.keep_with_next = True
    write(paragraph, text, bold=True)


def _write(document: Document, runs: Paragraph, notes: Footnotes) -> None:
    paragraph = body(document)
    for run in runs:
        write(paragraph, run.text)
        if run.reported:
            write(paragraph, marks_of(run.reported), superscript=True)
            notes.add(paragraph, note_of(run.reported))


def marks_of(one: Reported) -> str:
    """What stands behind the figure: that it is provisional, that there is a remark on it."""
    return (PROVISIONAL if one.is_provisional else "") + (REMARKED if one.remarks else "")


def _annexes(document: Document, report: PeriodicReport) -> None:
    several = bool(report.published)
    _annex(document, say(msg("Appendix I")) if several else say(msg("Appendix")), say(msg("Figures of the report")))
    header = [say(name) for name in (msg("No."), msg("Indicator"), msg("Value"), msg("Comparison"), msg("Target"))]
    _table(document, header, _FIGURES, [_figure_row(one) for one in report.figures])
    if several:
        _annex(document, say(msg("Appendix II")), say(msg("Published figures beside those of the data hub")))
        header = [
            say(name)
            for name in (msg("Indicator"), msg("Days"), msg("Published"), msg("Data hub"), msg("Verdict, remark"))
        ]
        reasons = list(dict.fromkeys(one.comparison.reason for one in report.published if one.comparison.reason))
        numbers = {reason: f"[{number}]" for number, reason in enumerate(reasons, 1)}
        _table(document, header, _PUBLISHED, [_published_row(one, numbers) for one in report.published])
        for reason, number in numbers.items():
            write(document.add_paragraph(style=TABLE_TEXT), f"{number} {say(reason)}.")


def _annex(document: Document, name: str, about: str) -> None:
    above = document.add_paragraph()
    above.paragraph_format.page_break_before = True
    write(above, name, bold=True)
    below = document.add_paragraph()
    write(below, about, bold=True)
    for paragraph in (above, below):
        paragraph.alignment = CENTRE
        paragraph.paragraph_format.keep_with_next = True


def _figure_row(one: Reported) -> list[str]:
    goal = phrases.target(one.figure)
    value = f"{one.value_text}{marks_of(one)}"
    return [str(one.number), f"{one.name}, {phrases.days(one.figure)}", value, beside(one), goal or "–"]


def _published_row(one: Compared, reasons: Mapping[Reason, str]) -> list[str]:
    """`reasons` are the numbers below the list under which it is told why a figure is not computed."""
    comparison, published = one.comparison, one.comparison.published
    computed = "–" if comparison.computed is None else phrases.amount(comparison.computed, published.unit)
    verdict = say(VERDICTS[comparison.verdict])
    if comparison.reason:
        verdict = f"{verdict} {reasons[comparison.reason]}"
    printed = phrases.amount(published.value, published.unit)
    days = phrases.range_text(Period(published.first, published.last))
    return [one.name, days, printed, computed, "; ".join([verdict, *map(say, one.remarks)])]


def _table(document: Document, header: Sequence[str], columns: tuple[Length, ...], rows: Sequence[list[str]]) -> None:
    table = document.add_table(1 + len(rows), len(columns))
    table.style, style = "Table Grid", document.styles[TABLE_TEXT]
    assert isinstance(style, ParagraphStyle)  # noqa: S101 - of add_small_style
    cells = table._cells
    for place, text in enumerate(header):
        _cell(cells[place], text, style, bold=True)
    for number, row in enumerate(rows, 1):
        for place, text in enumerate(row):
            _cell(cells[number * len(columns) + place], text, style)
    widths(table, columns)
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row_ in table.rows:
        row_._tr.get_or_add_trPr().insert(0, OxmlElement("w:cantSplit"))


def _cell(cell: _Cell, text: str, style: ParagraphStyle, *, bold: bool = False) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    if bold:
        paragraph.alignment = CENTRE
    write(paragraph, text, bold=bold)
