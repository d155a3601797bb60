"""Days and periods as people here write them: 30/06/2023, Quý II/2023, 6 tháng đầu năm 2023."""

from datetime import date

from hub.periods import Period
from hub.translation import Language, msg, msg_in

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}


def day_text(value: date, language: Language) -> str:
    """30/06/2023, or 30 Jun 2023: figures alone would be read in two ways in English."""
    return f"{value:%d/%m/%Y}" if language == "vi" else f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def month_number(value: date) -> str:
    """The month as administrative documents write it, with a zero before 1 and 2 (Decree 30/2020, appendix I)."""
    return f"{value.month:02}" if value.month < 3 else str(value.month)


def period_text(first: date, last: date, language: Language) -> str:
    """What people call the range: Năm 2023, 6 tháng đầu năm 2023, Quý II/2023, Tháng 6/2023, or its two days."""
    if first == last:
        return msg_in("period", "{day}", day=day_text(first, language)).text(language)
    months, year = Period(first, last).months, first.year
    if months == 12 and first.month == 1:
        return msg_in("period", "{year}", year=year).text(language)
    if months and months % 12 == 0 and first.month == 1:
        return msg_in("period", "{first}–{last}", first=year, last=last.year).text(language)
    if months == 1:
        return msg_in("period", "{name} {year}", month=first.month, name=MONTHS[first.month - 1], year=year).text(
            language
        )
    if months == 3 and first.month % 3 == 1:
        quarter = first.month // 3 + 1
        return msg_in("period", "Q{quarter} {year}", roman=ROMAN[quarter], quarter=quarter, year=year).text(language)
    if months and first.month == 1 and last.year == year:
        return msg("First {months} months of {year}", months=months, year=year).text(language)
    if months == 6 and first.month == 7:
        return msg("Last {months} months of {year}", months=months, year=year).text(language)
    own = msg_in("period", "{first} – {last}", first=day_text(first, language), last=day_text(last, language))
    return own.text(language)
