"""A source's timetable in words: `30 0 * * *` is hằng ngày lúc 00:30."""

from screens.texts import Language, label, say

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


def cadence(cron: str, language: Language) -> str:
    """The cron expression in words; one that these words cannot say is shown as it stands."""
    minute, hour, day, month, weekday = cron.split()
    if month != "*" or not minute.isdecimal():
        return cron
    if hour == day == weekday == "*":
        return say("hourly, at minute {minute}", language, minute=f"{int(minute):02}")
    if not hour.isdecimal():
        return cron
    at = f"{int(hour):02}:{int(minute):02}"
    if day == weekday == "*":
        return say("daily at {at}", language, at=at)
    if day == "*" and weekday.isdecimal() and int(weekday) < len(_DAYS):
        name = label(f"cadence.{_DAYS[int(weekday)]}", language)
        return say("on {day} at {at}", language, day=name, at=at)
    if weekday == "*" and day.isdecimal():
        return say("monthly, on day {day} at {at}", language, day=day, at=at)
    return cron
