"""A source's timetable in words: `30 0 * * *` is hằng ngày lúc 00:30."""

from screens.texts import Language, text

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def cadence(cron: str, language: Language) -> str:
    """The cron expression in words; one that these words cannot say is shown as it stands."""
    minute, hour, day, month, weekday = cron.split()
    if month != "*" or not minute.isdecimal():
        return cron
    if hour == day == weekday == "*":
        return text("cadence.hourly", language, minute=f"{int(minute):02}")
    if not hour.isdecimal():
        return cron
    at = f"{int(hour):02}:{int(minute):02}"
    if day == weekday == "*":
        return text("cadence.daily", language, at=at)
    if day == "*" and weekday.isdecimal() and int(weekday) < len(_DAYS):
        name = text(f"cadence.{_DAYS[int(weekday)]}", language)
        return text("cadence.weekly", language, day=name, at=at)
    if weekday == "*" and day.isdecimal():
        return text("cadence.monthly", language, day=day, at=at)
    return cron
