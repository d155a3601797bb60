"""Digital certificates of persons and organisations, issued and sometimes revoked."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from gateway import people
from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.sections import Certificates
from gateway.shelf import Entry
from gateway.workdays import in_hours, workdays_of
from gateway.worldfile import WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("unknown_organisation", "revoked_before_issued")
_FEED_MONTH = 31 * DAY  # certificates from before the feed carry a change in its first month

_DIRTY_NUMBERS = 1_000_000


class Certificate(NamedTuple):
    """Moments; ``revoked`` is -1 for one in force."""

    number: int
    holder: str
    issued: int
    revoked: int
    organisation: str


def certificate_versions(
    history: tuple[WorldFile, ...], world: WorldFile, plan: Certificates, province: Province
) -> Iterator[Entry[None]]:
    """Every version that ``world`` shows of every certificate, in no order.

    The certificates are those of the whole history. A world gives those from before its feed once more in the feed's
    first month, as they are by then.
    """
    random = draw(world, "certificate versions")
    since, end = day_start(plan.feed_since), day_start(world.last_day) + DAY
    for certificate in _all(history, province):
        if certificate.issued >= end - 3600:
            continue
        record = _record(certificate)
        if certificate.issued >= since:
            updated = certificate.issued + random.randrange(60, 900)
        else:
            updated = since + random.randrange(_FEED_MONTH)
        before = 0 <= certificate.revoked < since
        if before:
            record["revoked_at"] = iso(certificate.revoked)
        yield _entry(record, updated)
        if not before and 0 <= certificate.revoked < end - 900:
            record["revoked_at"] = iso(certificate.revoked)
            yield _entry(record, max(certificate.revoked, updated) + random.randrange(60, 900))
    yield from _dirty(world, plan, province)


def _all(history: tuple[WorldFile, ...], province: Province) -> Iterator[Certificate]:
    """The certificates of a history: the totals are those of its last world."""
    last = history[-1]
    plan = last.certificates
    if plan is None:
        return
    random = draw(last, "certificates")
    organisations = _organisations(province)
    workdays = workdays_of(last)
    since, end = day_start(plan.feed_since), day_start(last.last_day) + DAY
    first, final = workdays.index_from(since), workdays.index_until(end - DAY)
    windows = [part for file in history if file.certificates for part in file.certificates.issued_between]
    closed = {day for part in windows for day in _days(part.from_day, part.to_day)}
    open_days = [day for day in range(0, since, DAY) if day not in closed]

    holders = ["to_chuc"] * plan.organisations + ["ca_nhan"] * plan.persons
    random.shuffle(holders)
    fresh = [(holder, True, False) for holder in holders[: plan.issued]]
    old = [(holder, False, False) for holder in holders[plan.issued :]]
    revoked = [("ca_nhan" if n % 12 else "to_chuc", n % 20 == 0, True) for n in range(plan.revoked)]
    cases = fresh + old + revoked
    random.shuffle(cases)
    spans = {
        "to_chuc": [_days(part.from_day, part.to_day) for part in windows for _ in range(part.organisations)],
        "ca_nhan": [_days(part.from_day, part.to_day) for part in windows for _ in range(part.persons)],
    }
    for number, (holder, is_fresh, is_revoked) in enumerate(cases, start=1):
        if is_fresh:
            issued = in_hours(random, workdays.starts[random.randrange(first, final - 25)])
        else:
            days = spans[holder].pop() if spans[holder] and not is_revoked else open_days
            issued = random.choice(days) + random.randrange(8 * 3600, 17 * 3600)
        revoked_at = -1
        if is_revoked:
            until = since if not is_fresh and random.random() < 0.6 else end - 3600
            revoked_at = random.randrange(issued if until == since else max(issued, since) + _FEED_MONTH, until)
        yield Certificate(number, holder, issued, revoked_at, random.choice(organisations))


def _dirty(world: WorldFile, plan: Certificates, province: Province) -> Iterator[Entry[None]]:
    kinds = world.dirt.get("certificates", {})
    check_kinds("certificates", kinds, _DIRT)
    random, workdays = draw(world, "dirty certificates"), workdays_of(world)
    first, last = workdays.index_from(day_start(plan.feed_since)), workdays.index_until(day_start(world.last_day))
    number = _DIRTY_NUMBERS + world.numbers_from
    for kind in (kind for kind, count in kinds.items() for _ in range(count)):
        number += 1
        issued = in_hours(random, workdays.starts[random.randrange(first, last - 25)])
        record = _record(Certificate(number, "ca_nhan", issued, -1, random.choice(_organisations(province))))
        if kind == "unknown_organisation":
            record["organid"] = f"000.00.88.{world.province}"
        else:
            record["revoked_at"] = iso(issued - 30 * DAY)
        yield _entry(record, issued + random.randrange(60, 900))


def _organisations(province: Province) -> list[str]:
    communes = [commune.organisation for commune in province.communes]
    return [*province.departments * 4, *province.districts * 4, *communes]


def _days(first: date, last: date) -> range:
    return range(day_start(first), day_start(last) + 1, DAY)


def _record(certificate: Certificate) -> dict[str, str]:
    return {
        "serial": f"5404{certificate.number * 7919 % 10**12:012}",
        "holder": certificate.holder,
        "holder_name": people.name(certificate.number),
        "organid": certificate.organisation,
        "issued_at": iso(certificate.issued),
        "revoked_at": "",
    }


def _entry(record: dict[str, str], updated: int) -> Entry[None]:
    return Entry(updated, record["serial"], _encode(record | {"updated_at": iso(updated)}), None)
