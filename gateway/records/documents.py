"""Issued documents of the document system, signed at once or later."""

from collections.abc import Iterator

from gateway import people
from gateway.areas import Offices, Province
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_start, iso
from gateway.sections import Documents
from gateway.shelf import Entry, entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_STEERING = ("1", "1", "1", "2", "3")
_URGENCY = ("0", "0", "0", "0", "1", "2")
_NOTATIONS = ("UBND-VX", "SVHTTDL-VP", "BC-UBND", "QĐ-UBND", "KH-UBND", "TB-VP", "GM-UBND")


def document_versions(world: WorldFile, plan: Documents, province: Province) -> Iterator[Entry[None]]:
    """Every version of every document, in no order."""
    random, offices, workdays = draw(world, "documents"), Offices(world), Workdays(world)
    organisations = [*province.departments * 6, *province.districts * 5, *province.offices("xa")]
    first, end = workdays.index_from(day_start(plan.from_day)), day_end(world.last_event_day)
    days = workdays.starts[first : workdays.index_until(end - DAY) + 1]
    right: Row = {}
    # (secret, signed now, unsigned at first, before the period, what is wrong)
    cases = [
        *[(False, True, True, False, right)] * plan.signed_later,
        *[(False, True, False, False, right)] * (plan.signed - plan.signed_later),
        *[(True, True, False, False, right)] * plan.secret_signed,
        *[(True, False, False, False, right)] * plan.secret_unsigned,
        *[(False, False, False, False, right)] * plan.unsigned,
        *[(False, True, False, True, right)] * plan.before,
        *[(False, True, False, False, wrong) for _, wrong in planted(world, "documents")],
    ]
    random.shuffle(cases)
    for number, (secret, signed, signed_later, before, wrong) in enumerate(cases, start=world.numbers_from):
        # a document that is signed later needs days to come
        day = day_start(world.first_day) if before else random.choice(days[:-5] if signed_later else days)
        promulgated = in_hours(random, day)
        signed_at = promulgated - random.randrange(60, 1800)
        at_once = signed and not signed_later
        code = f"VB-{number:07}"
        record = {
            "document_id": code,
            "organid": offices.code(random.choice(organisations), promulgated),
            "codenumber": str(random.randrange(1, 4000)),
            "codenotation": random.choice(_NOTATIONS),
            "promulgationdate": iso(promulgated),
            "steeringtype": random.choice(_STEERING),
            "subject": people.text("subjects", number),
            "urgency": random.choice(_URGENCY),
            "secret": secret,
            "signed": at_once,
            "signed_at": iso(signed_at) if at_once else "",
        }
        updated = promulgated + random.randrange(30, 900)
        yield entry(record | wrong, code, updated, None)
        if signed_later:
            signed_at = min(updated + random.randrange(1800, 6 * DAY), end - 3600)
            record |= {"signed": True, "signed_at": iso(signed_at)}
            yield entry(record, code, signed_at + random.randrange(5, 600), None)
