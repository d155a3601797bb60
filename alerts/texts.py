"""What an alert says: what happened, what it does to which KPIs, and what to do. Nothing of it is about a person."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from alerts.incidents import Opened
from alerts.reminders import Reminder
from alerts.settings import AlertSettings
from hub.periods import VIETNAM
from hub.translation import Language, Wording, join, msg
from kpis.definition import Definition
from warehouse.serving import Province

MOST = 50
"""So many incidents the text of an alert spells out; programs get all of them."""


def of_incidents(province: Province, opened: Sequence[Opened], definitions: Mapping[str, Definition]) -> dict[str, Any]:
    """The body of one alert about all incidents that were opened together."""
    first = opened[0]
    subject: Wording = msg("IOC {province}: {what}", province=province.name, what=first.kind.name)
    if len(opened) > 1:
        subject = msg("IOC {province}: {count} new incidents", province=province.name, count=len(opened))
    parts = [_told(one, definitions) for one in opened[:MOST]]
    if len(opened) > MOST:
        parts.append(msg("And {count} more: `ioc incident list`", count=len(opened) - MOST))
    parts.append(msg("Acknowledge with `ioc incident acknowledge`, or on the page Incidents."))
    return _body(
        province,
        subject,
        join(parts, "\n\n"),
        incidents=[
            {
                "incident_id": one.incident_id,
                "kind": one.kind.id,
                "cause": f"{one.kind.id}/{one.cause.key}",
                "what": _both(one.cause.what),
                "effect": _both(one.kind.effect),
                "kpis": list(one.kpis),
                "remedy": _both(one.kind.remedy),
            }
            for one in opened
        ],
    )


def _told(one: Opened, definitions: Mapping[str, Definition]) -> Wording:
    names = join([definitions[kpi].name for kpi in one.kpis if kpi in definitions], ", ")
    lines: list[Wording] = [
        msg("{number}. {kind}: {what}", number=one.incident_id, kind=one.kind.name, what=one.cause.what),
        msg("Effect: {effect}.", effect=one.kind.effect),
        msg("Indicators: {names}.", names=names) if one.kpis else msg("Indicators: none."),
        msg("To do: {remedy}.", remedy=one.kind.remedy),
    ]
    return join(lines, "\n")


def of_reminder(province: Province, reminder: Reminder, settings: AlertSettings) -> dict[str, Any]:
    """The body of the alert that tells a unit of a reminder."""
    subject = msg("IOC {province}: reminder of a late delivery", province=province.name)
    lines: list[Wording] = [
        msg("{unit} has not delivered {what}.", unit=reminder.name, what=reminder.what),
        msg("Due by {due}.", due=reminder.due_at.astimezone(VIETNAM)),
        msg(
            "After that the hub asked {count} times, the last time on {last}, and received no data.",
            count=len(reminder.looks),
            last=reminder.looks[-1].astimezone(VIETNAM),
        ),
        msg("This is reminder {number} of the unit in {year}.", number=reminder.number, year=str(reminder.year)),
    ]
    if (follows := consequence(reminder.number, settings)) is not None:
        lines.append(follows)
    lines.append(
        msg("A unit that delivered in time, or has a reason, may tell the department, which can withdraw the reminder.")
    )
    return _body(province, subject, join(lines, "\n"), reminder_id=reminder.reminder_id)


def consequence(number: int | None, settings: AlertSettings) -> Wording | None:
    """What so many reminders in a year lead to; None for fewer."""
    if number is None:
        return None
    if number >= settings.discipline_after:
        return msg("{count} reminders in a year lead to discipline.", count=settings.discipline_after)
    if number >= settings.review_after:
        return msg("{count} reminders in a year lead to a review of the unit's head.", count=settings.review_after)
    return None


def _body(province: Province, subject: Wording, text: Wording, **more: Any) -> dict[str, Any]:
    made = datetime.now(VIETNAM).isoformat(timespec="seconds")
    return {"province": province.code, "made_at": made, "subject": subject.vi, "text": text.vi, **more}


def _both(text: Wording) -> dict[Language, str]:
    return {"vi": text.vi, "en": text.en}
