"""The letter to a late unit, in the form of Decree 30/2020/NĐ-CP; number, day, signature and seal are left blank. A
person checks, numbers and signs it."""

from datetime import date, datetime

from docx.shared import Pt

from alerts.reminders import Reminder
from alerts.settings import AlertSettings
from alerts.texts import consequence
from hub import official_form
from hub.errors import Abort
from hub.periods import VIETNAM
from hub.province_settings import Agency
from hub.translation import msg
from warehouse.serving import Province

_SUBJECT = "nhắc nhở cung cấp số liệu"
_WHAT = {"gateway": "LGSP không hoạt động", "hub": "hệ thống của IOC không hoạt động"}
_SAW = {
    "published": "trả lời, không có số liệu của kỳ này",
    "failed": "không trả lời được",
}


def write_letter(province: Province, reminder: Reminder, settings: AlertSettings, agency: Agency, day: date) -> bytes:
    """The letter as DOCX, always in Vietnamese, in the name of the agency, of the year of `day`; what its settings do
    not say is left to be filled in. Raises Abort for a reminder that was withdrawn."""
    if reminder.number is None:
        raise Abort(msg("Reminder {reminder} was withdrawn: there is no letter", reminder=reminder.reminder_id))
    own = agency.model_copy(
        update={
            "superior": agency.superior or f"UBND {province.name}",
            "name": agency.name or "…",
            "place": agency.place or "…",
            "signed_by": agency.signed_by or ("Quyền hạn, chức vụ của người ký",),
            "archive": f"{agency.archive}, IOC ({reminder.reminder_id})",
        }
    )
    letter = official_form.blank_document()
    properties = letter.core_properties
    properties.title, properties.author, properties.language = "Nhắc nhở cung cấp số liệu", "", "vi-VN"
    official_form.head(letter, own, day, about=_SUBJECT, is_dated=False)
    to = letter.add_paragraph()
    to.alignment, to.paragraph_format.space_before = official_form.CENTRE, Pt(12)
    official_form.write(to, f"Kính gửi: {reminder.name.vi}")
    for text in _text(province, reminder, settings):
        official_form.write(official_form.body(letter), text)
    official_form.foot(letter, own, ["Như trên"])
    return official_form.saved(letter)


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


def _moment(said: str) -> str:
    return datetime.fromisoformat(said).astimezone(VIETNAM).strftime("%H giờ %M ngày %d/%m/%Y")
