"""The letter to a late unit, in the form of Decree 30/2020/NĐ-CP: A4, Times New Roman, the two-column head, and number,
signature and seal left blank. A person checks, numbers and signs it."""

import io
from datetime import datetime

from docx import Document
from docx.document import Document as Letter
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from alerts.reminders import Reminder
from alerts.settings import AlertSettings
from alerts.texts import consequence
from hub.errors import Abort
from hub.periods import VIETNAM
from hub.texts import shown
from hub.translation import msg
from warehouse.serving import Province

_FONT = "Times New Roman"
_CENTRE, _JUSTIFIED = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
_WHAT = {"gateway": "LGSP không hoạt động", "hub": "hệ thống của IOC không hoạt động"}
_SAW = {
    "published": "trả lời, không có số liệu của kỳ này",
    "blocked": "trả lời, số liệu không đạt kiểm tra",
    "failed": "không trả lời được",
}


def write_letter(province: Province, reminder: Reminder, settings: AlertSettings) -> bytes:
    """The letter as DOCX, always in Vietnamese. Raises Abort for a reminder that was withdrawn."""
    if reminder.number is None:
        raise Abort(msg("Reminder {reminder} was withdrawn: there is no letter", reminder=reminder.reminder_id))
    letter = Document()
    _page(letter)
    _head(letter, province, settings)
    _line(letter, f"Kính gửi: {reminder.name.vi}", _CENTRE, before=12)
    for text in _text(province, reminder, settings):
        _line(letter, text, _JUSTIFIED, first=Mm(12.7))
    _foot(letter, reminder)
    made = io.BytesIO()
    letter.save(made)
    return made.getvalue()


def _text(province: Province, reminder: Reminder, settings: AlertSettings) -> list[str]:
    own = reminder.evidence
    lines = [
        f"Theo lịch cung cấp số liệu cho Trung tâm điều hành thông minh {province.name}, {reminder.name.vi} cung cấp"
        f" {reminder.what.vi}, thời hạn {_moment(own['due_at'])}.",
        f"Đến hết thời hạn {_moment(own['deadline'])}"
        + (" (đã cộng thời gian hệ thống hoặc LGSP không hoạt động)" if own["outages"] else "")
        + ", hệ thống chưa nhận được số liệu nêu trên. Các lần hệ thống kiểm tra sau thời hạn:",
    ]
    lines += [
        f"- {_moment(one['at'])}: nguồn {_SAW.get(one['status'], one['status'])} (lô {one['batch_id']});"
        for one in own["attempts"]
    ]
    lines += [
        f"- Không tính vào thời hạn: {_WHAT[one['what']]} từ {_moment(one['since'])} đến {_moment(one['until'])};"
        for one in own["outages"]
        if one["until"]
    ]
    lines.append(
        f"Đây là lần nhắc nhở thứ {reminder.number} của đơn vị trong năm {reminder.year}. Đề nghị đơn vị cung cấp đầy"
        " đủ số liệu và báo cáo nguyên nhân."
    )
    if (follows := consequence(reminder.number, settings)) is not None:
        lines.append(follows.vi)
    lines.append(
        "Trường hợp đơn vị đã cung cấp đúng hạn hoặc có lý do chính đáng, đề nghị phản hồi bằng văn bản để xem xét rút"
        " lại nhắc nhở này./."
    )
    return lines


def _page(letter: Letter) -> None:
    section = letter.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(15)
    style = letter.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    letter.core_properties.title, letter.core_properties.language = "Nhắc nhở cung cấp số liệu", "vi-VN"
    letter.core_properties.author = ""


def _head(letter: Letter, province: Province, settings: AlertSettings) -> None:
    """Who writes on the left; the country's name and motto, place and date on the right. Day and number are written by
    hand."""
    table = letter.add_table(rows=2, cols=2)
    table.autofit = False
    for column, width in zip(table.columns, (Mm(70), Mm(95)), strict=True):
        for cell in column.cells:
            cell.width = width
    left, right = table.rows[0].cells
    body = f"UBND {province.name}"
    _cell(left, (body.upper(), False, 13), ((settings.department or "…").upper(), True, 13), rule=True)
    _cell(right, ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", True, 13), ("Độc lập - Tự do - Hạnh phúc", True, 14), rule=True)
    number, day = table.rows[1].cells
    _cell(number, ("Số:        /", False, 13), ("V/v nhắc nhở cung cấp số liệu", False, 12))
    place = settings.place or "…"
    _cell(day, (f"{place}, ngày      tháng      năm {datetime.now(VIETNAM).year}", False, 14))
    day.paragraphs[0].runs[0].italic = True


def _cell(cell: _Cell, *lines: tuple[str, bool, int], rule: bool = False) -> None:
    for place, (text, bold, size) in enumerate(lines):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        paragraph.alignment = _CENTRE
        paragraph.paragraph_format.space_after = Pt(0)
        run = paragraph.add_run(shown(text))
        run.bold, run.font.size, run.font.name = bold, Pt(size), _FONT
    if rule:
        _rule(cell.paragraphs[-1])


def _rule(paragraph: Paragraph) -> None:
    """The line below the last words of a head."""
    border, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    border.append(bottom)
    paragraph._p.get_or_add_pPr().append(border)
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(12)


def _line(
    letter: Letter, text: str, alignment: WD_ALIGN_PARAGRAPH, *, first: Mm | None = None, before: int = 0
) -> None:
    paragraph = letter.add_paragraph(shown(text))
    paragraph.alignment = alignment
    form = paragraph.paragraph_format
    form.first_line_indent, form.space_before, form.space_after = first, Pt(before), Pt(6)


def _foot(letter: Letter, reminder: Reminder) -> None:
    """Who gets it, and the place of signature and seal."""
    table = letter.add_table(rows=1, cols=2)
    left, right = table.rows[0].cells
    _cell(
        left,
        ("Nơi nhận:", True, 12),
        ("- Như trên;", False, 11),
        (f"- Lưu: VT, IOC ({reminder.reminder_id}).", False, 11),
    )
    for paragraph in left.paragraphs:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT
    left.paragraphs[0].runs[0].italic = True
    _cell(right, ("QUYỀN HẠN, CHỨC VỤ CỦA NGƯỜI KÝ", True, 14), ("", False, 14), ("", False, 14), ("", False, 14))


def _moment(said: str) -> str:
    return datetime.fromisoformat(said).astimezone(VIETNAM).strftime("%H giờ %M ngày %d/%m/%Y")
