"""Issued documents of the document system, signed at once or later."""

from collections.abc import Iterator

import msgspec

from gateway import people
from gateway.areas import Offices, Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.sections import Documents
from gateway.shelf import Entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("no_code", "unknown_organisation", "impossible_date")
_STEERING = ("1", "1", "1", "2", "3")
_URGENCY = ("0", "0", "0", "0", "1", "2")
_NOTATIONS = ("UBND-VX", "SVHTTDL-VP", "BC-UBND", "QĐ-UBND", "KH-UBND", "TB-VP", "GM-UBND")


def document_versions(
    world: WorldFile, plan: Documents, province: Province, workdays: Workdays
) -> Iterator[Entry[None]]:
    """Every version of every document, in no order."""
    random, offices = draw(world, "documents"), Offices(world)
    organisations = [*province.departments * 6, *province.districts * 5, *(c.organisation for c in province.communes)]
    days = workdays.starts[
        workdays.index_from(day_start(plan.from_day)) : workdays.index_until(day_start(world.last_event_day)) + 1
    ]
    end = day_start(world.last_event_day) + DAY
    kinds = world.dirt.get("documents", {})
    check_kinds("documents", kinds, _DIRT)
    dirt = [kind for kind, count in kinds.items() for _ in range(count)]
    # (secret, signed now, unsigned at first, before the period, kind of dirt)
    cases = [
        *[(False, True, True, False, "")] * plan.signed_later,
        *[(False, True, False, False, "")] * (plan.signed - plan.signed_later),
        *[(True, True, False, False, "")] * plan.secret_signed,
        *[(True, False, False, False, "")] * plan.secret_unsigned,
        *[(False, False, False, False, "")] * plan.unsigned,
        *[(False, True, False, True, "")] * plan.before,
        *[(False, True, False, False, kind) for kind in dirt],
    ]
    random.shuffle(cases)
    for number, (secret, signed, signed_later, before, dirty) in enumerate(cases, start=world.numbers_from):
        # a document that is signed later needs days to come
        day = day_start(world.first_day) if before else random.choice(days[:-5] if signed_later else days)
        promulgated = in_hours(random, day)
        signed_at = promulgated - random.randrange(60, 1800)
        record = {
            "document_id": f"VB-{number:07}",
            "organid": offices.code(random.choice(organisations), promulgated),
            "codenumber": str(random.randrange(1, 4000)),
            "codenotation": random.choice(_NOTATIONS),
            "promulgationdate": iso(promulgated),
            "steeringtype": random.choice(_STEERING),
            "subject": people.subject(number),
            "urgency": random.choice(_URGENCY),
            "secret": secret,
            "signed": signed and not signed_later,
            "signed_at": iso(signed_at) if signed and not signed_later else "",
        }
        code = str(record["document_id"])
        updated = promulgated + random.randrange(30, 900)
        if dirty:
            record.update(
                {
                    "no_code": {"document_id": ""},
                    "unknown_organisation": {"organid": f"000.00.88.{world.province}"},
                    "impossible_date": {"promulgationdate": f"{world.last_day.year}-02-31T08:00:00"},
                }[dirty]
            )
        yield _entry(record, code, updated)
        if signed_later:
            signed_at = min(updated + random.randrange(1800, 6 * DAY), end - 3600)
            record |= {"signed": True, "signed_at": iso(signed_at)}
            yield _entry(record, code, signed_at + random.randrange(5, 600))


def _entry(record: dict[str, object], code: str, updated: int) -> Entry[None]:
    return Entry(updated, code, _encode(record | {"updated_at": iso(updated)}), None)
