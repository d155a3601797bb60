"""The form of an administrative document by Decree 30/2020/NĐ-CP, appendix I: page, type, head, recipients, signature.

Its fixed words are Vietnamese: they are the form. Number, signature and seal are left for those who give them.
"""

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from hub.dates import month_number
from hub.province_settings import Agency
from hub.texts import shown_in_line

FONT = "Times New Roman"
SIZE = Pt(14)
TOP, BOTTOM, LEFT, RIGHT = Mm(20), Mm(20), Mm(30), Mm(15)
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
TEXT_WIDTH = Length(PAGE_WIDTH - LEFT - RIGHT)
FIRST_LINE = Cm(1.27)
_LEFT_COLUMN = Cm(7.55)
_RIGHT_COLUMN = Length(TEXT_WIDTH - _LEFT_COLUMN)
_MOTTO_WIDTH, _AGENCY_RULE, _SUBJECT_RULE = Cm(5.6), Cm(2.6), Cm(4.0)
_CELL_MARGIN = Cm(0.04)
_HEAD, _MOTTO = Pt(12), Pt(13)
CENTRE, JUSTIFY, LEFT_SIDE = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY, WD_ALIGN_PARAGRAPH.LEFT


def blank_document() -> Document:
    """An empty page of A4 in the decree's type, with the page's number on all pages but the first."""
    document = docx.Document()
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)  # noqa: S101 - of python-docx's own template
    _font(normal, SIZE)
    spacing = normal.paragraph_format
    spacing.space_before, spacing.space_after = Pt(0), Pt(6)
    spacing.line_spacing_rule, spacing.widow_control = WD_LINE_SPACING.SINGLE, True
    section = document.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.header_distance = section.footer_distance = Mm(10)
    section.different_first_page_header_footer = True
    section.first_page_header.is_linked_to_previous = False
    _page_number(section.header.paragraphs[0])
    return document


def add_small_style(document: Document, name: str) -> ParagraphStyle:
    """A style of that name for notes and tables: the text's, in a smaller size and without space between."""
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    assert isinstance(style, ParagraphStyle)  # noqa: S101 - as it was asked for
    style.base_style = document.styles["Normal"]
    _font(style, Pt(10))
    style.paragraph_format.space_after = Pt(0)
    return style


def saved(document: Document) -> bytes:
    """The document as DOCX."""
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def _font(style: ParagraphStyle, size: Length) -> None:
    style.font.name, style.font.size = FONT, size
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{kind}"), FONT)
    language = OxmlElement("w:lang")
    for kind in ("val", "eastAsia", "bidi"):
        language.set(qn(f"w:{kind}"), "vi-VN")
    properties.append(language)


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = CENTRE
    for kind, text in (("begin", None), (None, "PAGE"), ("separate", None), (None, None), ("end", None)):
        run = paragraph.add_run()
        run.font.name, run.font.size = FONT, SIZE
        if kind:
            field = OxmlElement("w:fldChar")
            field.set(qn("w:fldCharType"), kind)
            run._r.append(field)
        elif text:
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)
        else:
            run.text = "2"


def write(
    paragraph: Paragraph,
    text: str,
    *,
    size: Length | None = None,
    bold: bool = False,
    italic: bool = False,
    superscript: bool = False,
) -> None:
    """Words at the end of a paragraph, in its own size where none is given."""
    run = paragraph.add_run(shown_in_line(text))
    if size is not None:
        run.font.size = size
    if bold:
        run.bold = True
    if italic:
        run.italic = True
    if superscript:
        run.font.superscript = True


def head(document: Document, agency: Agency, day: date, *, about: str = "", is_dated: bool = True) -> None:
    """Who writes, and the motto of the country; the number to be filled in, and the place and day, of which a document
    that is not dated has the year alone. `about` is what a letter, which has no title, is about."""
    left, right = _two_columns(document)
    if agency.superior:
        write(_line(left, first=True), agency.superior.upper(), size=_HEAD)
    write(_line(left, first=not agency.superior), agency.name.upper(), size=_HEAD, bold=True)
    _rule(left, _LEFT_COLUMN, _AGENCY_RULE)
    write(_line(right, first=True), "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=_HEAD, bold=True)
    write(_line(right), "Độc lập - Tự do - Hạnh phúc", size=_MOTTO, bold=True)
    _rule(right, _RIGHT_COLUMN, _MOTTO_WIDTH)
    left, right = _two_columns(document)
    write(_line(left, first=True), f"Số:          /{agency.symbol}", size=Pt(13))
    if about:
        write(_line(left), f"V/v {about}", size=Pt(12))
    written = f"{day.day:02} tháng {month_number(day)}" if is_dated else "      tháng     "
    write(_line(right, first=True), f"{agency.place}, ngày {written} năm {day.year}", italic=True)


def title(document: Document, kind: str, subject: str) -> None:
    """The kind of document, and what it is about, with a rule below."""
    above = document.add_paragraph()
    above.alignment, above.paragraph_format.space_before, above.paragraph_format.space_after = CENTRE, Pt(18), Pt(0)
    write(above, kind.upper(), bold=True)
    about = document.add_paragraph()
    about.alignment, about.paragraph_format.space_after = CENTRE, Pt(0)
    write(about, subject, bold=True)
    _ruled(document.add_paragraph(), Length((TEXT_WIDTH - _SUBJECT_RULE) // 2), Pt(12))


def body(document: Document) -> Paragraph:
    """A paragraph of the text: justified, its first line set in."""
    paragraph = document.add_paragraph()
    paragraph.alignment, paragraph.paragraph_format.first_line_indent = JUSTIFY, FIRST_LINE
    return paragraph


def foot(document: Document, agency: Agency, recipients: Sequence[str]) -> None:
    """To whom it goes, and who signs; room for signature and seal."""
    left, right = _two_columns(document)
    write(_line(left, first=True, alignment=LEFT_SIDE), "Nơi nhận:", size=Pt(12), bold=True, italic=True)
    for recipient in recipients:
        write(_line(left, alignment=LEFT_SIDE), f"- {recipient};", size=Pt(11))
    write(_line(left, alignment=LEFT_SIDE), f"- Lưu: {agency.archive}.", size=Pt(11))
    for number, signed_by in enumerate(agency.signed_by):
        write(_line(right, first=number == 0), signed_by.upper(), bold=True)
    for _ in range(4):
        _line(right)
    if agency.signer:
        write(_line(right), agency.signer, bold=True)


def _two_columns(document: Document) -> tuple[_Cell, _Cell]:
    table = document.add_table(1, 2)
    widths(table, (_LEFT_COLUMN, _RIGHT_COLUMN))
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(_CELL_MARGIN.twips)))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = table._tbl.tblPr
    properties.insert(list(properties).index(properties.find(qn("w:tblLook"))), margins)
    whole = OxmlElement("w:cantSplit")
    table.rows[0]._tr.get_or_add_trPr().append(whole)
    return table.cell(0, 0), table.cell(0, 1)


def widths(table: Table, columns: tuple[Length, ...]) -> None:
    """A table of just these widths; Word and LibreOffice each read another place."""
    table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
    for column, width in zip(table.columns, columns, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


def _line(cell: _Cell, *, first: bool = False, alignment: WD_ALIGN_PARAGRAPH = CENTRE) -> Paragraph:
    paragraph: Paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.alignment, paragraph.paragraph_format.space_after = alignment, Pt(0)
    paragraph.paragraph_format.keep_with_next = True
    return paragraph


def _rule(cell: _Cell, column: Length, width: Length) -> None:
    _ruled(cell.add_paragraph(), Length((column - 2 * _CELL_MARGIN - width) // 2), Pt(6))


def _ruled(paragraph: Paragraph, indent: Length, after: Length) -> None:
    """A rule between two indents, as the upper border of a paragraph that is as low as can be."""
    spacing = paragraph.paragraph_format
    spacing.left_indent = spacing.right_indent = indent
    spacing.space_before, spacing.space_after = Pt(5), after
    spacing.line_spacing_rule, spacing.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(2)
    border = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        border.set(qn(f"w:{name}"), value)
    borders = OxmlElement("w:pBdr")
    borders.append(border)
    paragraph._p.get_or_add_pPr().insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
