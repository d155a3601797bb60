"""The document system: issued documents, work files and digital certificates, with all their versions."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from gateway import people
from gateway.areas import Offices, Province
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_start, iso
from gateway.shelf import Entry, entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import Certificates, Documents, WorkFiles, WorldFile

_STEERING = ("1", "1", "1", "2", "3")
_URGENCY = ("0", "0", "0", "0", "1", "2")
_NOTATIONS = ("UBND-VX", "SVHTTDL-VP", "BC-UBND", "QĐ-UBND", "KH-UBND", "TB-VP", "GM-UBND")
_PUBLISHED_WHEN_OPENED = 0.62  # of the work files
_FEED_MONTH = 31 * DAY  # certificates from before the feed carry a change in its first month
_DIRTY_NUMBERS = 1_000_000
_NEVER = -1


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


def work_file_versions(world: WorldFile, plans: Sequence[WorkFiles], province: Province) -> Iterator[Entry[None]]:
    """Every version of every work file, in no order."""
    random, offices, workdays = draw(world, "work files"), Offices(world), Workdays(world)
    organisations = {tier: province.offices(tier) for tier in ("tinh", "huyen", "xa")}
    right: tuple[str, Row] = ("", {})
    # (tier, first day of closing, closed, online, secret, (kind of dirt, what is wrong))
    cases = [
        case
        for plan in plans
        for case in (
            *[(plan.tier, plan.from_day, True, True, False, right)] * plan.closed_online,
            *[(plan.tier, plan.from_day, True, False, False, right)] * plan.closed_offline,
            *[(plan.tier, plan.from_day, True, False, True, right)] * plan.closed_secret,
            *[(plan.tier, plan.from_day, False, False, False, right)] * plan.still_open,
        )
    ]
    first = plans[0]
    cases += [(first.tier, first.from_day, True, True, False, dirt) for dirt in planted(world, "work_files")]
    random.shuffle(cases)
    last = workdays.index_until(day_start(world.last_event_day))
    start = day_start(world.first_day)
    for number, (tier, from_day, closed, online, secret, (dirty, wrong)) in enumerate(cases, start=world.numbers_from):
        index = random.randrange(workdays.index_from(day_start(from_day)), last + 1)
        closed_at = in_hours(random, workdays.starts[index])
        opened_at = in_hours(random, workdays.starts[index - 1 - int(random.random() ** 2 * 28)])
        organisation = offices.code(random.choice(organisations[tier]), opened_at)
        opened_update = opened_at + random.randrange(30, 600)
        code = f"HSCV-{number:06}"
        record = {
            "work_id": code,
            "organid": organisation,
            "tier": tier,
            "secret": secret,
            "handled_online": online,
            "opened_at": iso(closed_at + 2 * DAY if dirty == "closed_before_opened" else opened_at),
            "closed_at": "",
        } | wrong
        published = not dirty and random.random() < _PUBLISHED_WHEN_OPENED
        if opened_update >= start and (published or not closed):
            yield entry(record, code, opened_update, None)
        elif not closed:  # opened long ago: comes with the feed's first day
            yield entry(record, code, start + random.randrange(DAY), None)
        if closed:
            yield entry(record | {"closed_at": iso(closed_at)}, code, closed_at + random.randrange(30, 600), None)


class Certificate(NamedTuple):
    """Moments; ``revoked`` is negative for one in force."""

    number: int
    holder: str
    issued: int
    revoked: int
    organisation: str

    def version(self, updated: int, revoked: int = _NEVER, wrong: Row | None = None) -> Entry[None]:
        """What the feed says of it, with its ``wrong`` values."""
        record = {
            "serial": f"5404{self.number * 7919 % 10**12:012}",
            "holder": self.holder,
            "holder_name": people.name(self.number),
            "organid": self.organisation,
            "issued_at": iso(self.issued),
            "revoked_at": iso(revoked),
        }
        return entry(record | (wrong or {}), record["serial"], updated, None)


def certificate_versions(
    history: tuple[WorldFile, ...], world: WorldFile, plan: Certificates, province: Province
) -> Iterator[Entry[None]]:
    """Every version that ``world`` shows of every certificate, in no order.

    The certificates are those of the whole history. A world gives those from before its feed once more in the feed's
    first month, as they are by then.
    """
    random = draw(world, "certificate versions")
    since, end = day_start(plan.feed_since), day_end(world.last_day)
    organisations = [*province.departments * 4, *province.districts * 4, *province.offices("xa")]
    for certificate in _all(history, organisations):
        issued, revoked = certificate.issued, certificate.revoked
        if issued >= end - 3600:
            continue
        updated = issued + random.randrange(60, 900) if issued >= since else since + random.randrange(_FEED_MONTH)
        if 0 <= revoked < since:
            yield certificate.version(updated, revoked)
            continue
        yield certificate.version(updated)
        if 0 <= revoked < end - 900:
            yield certificate.version(max(revoked, updated) + random.randrange(60, 900), revoked)
    yield from _dirty(world, plan, organisations)


def _all(history: tuple[WorldFile, ...], organisations: Sequence[str]) -> Iterator[Certificate]:
    """The certificates of a history: the totals are those of its last world."""
    last = history[-1]
    plan = last.certificates
    if plan is None:
        return
    random, workdays = draw(last, "certificates"), Workdays(last)
    since, end = day_start(plan.feed_since), day_end(last.last_day)
    first, final = workdays.index_from(since), workdays.index_until(end - DAY)
    windows = [part for file in history if file.certificates for part in file.certificates.issued_between]
    closed = {day for part in windows for day in _days(part.from_day, part.to_day)}
    open_days = [day for day in range(0, since, DAY) if day not in closed]

    holders = [holder for holder, number in plan.holders.items() for _ in range(number)]
    random.shuffle(holders)
    # (holder, issued since the feed began, revoked)
    cases = [(holder, number < plan.issued, False) for number, holder in enumerate(holders)]
    cases += [("ca_nhan" if n % 12 else "to_chuc", n % 20 == 0, True) for n in range(plan.revoked)]
    random.shuffle(cases)
    spans: dict[str, list[range]] = {"to_chuc": [], "ca_nhan": []}
    for part in windows:
        for holder, number in part.holders.items():
            spans[holder] += [_days(part.from_day, part.to_day)] * number
    for number, (holder, fresh, is_revoked) in enumerate(cases, start=1):
        if fresh:
            issued = in_hours(random, workdays.starts[random.randrange(first, final - 25)])
        else:
            days = spans[holder].pop() if spans[holder] and not is_revoked else open_days
            issued = random.choice(days) + random.randrange(8 * 3600, 17 * 3600)
        revoked = _NEVER
        if is_revoked:
            until = since if not fresh and random.random() < 0.6 else end - 3600
            revoked = random.randrange(issued if until == since else max(issued, since) + _FEED_MONTH, until)
        yield Certificate(number, holder, issued, revoked, random.choice(organisations))


def _dirty(world: WorldFile, plan: Certificates, organisations: Sequence[str]) -> Iterator[Entry[None]]:
    random, workdays = draw(world, "dirty certificates"), Workdays(world)
    first, last = workdays.index_from(day_start(plan.feed_since)), workdays.index_until(day_start(world.last_day))
    dirt = planted(world, "certificates")
    for number, (kind, wrong) in enumerate(dirt, start=_DIRTY_NUMBERS + world.numbers_from + 1):
        issued = in_hours(random, workdays.starts[random.randrange(first, last - 25)])
        certificate = Certificate(number, "ca_nhan", issued, _NEVER, random.choice(organisations))
        updated = issued + random.randrange(60, 900)
        revoked = issued - 30 * DAY if kind == "revoked_before_issued" else _NEVER
        yield certificate.version(updated, revoked, wrong)


def _days(first: date, last: date) -> range:
    return range(day_start(first), day_end(last), DAY)
