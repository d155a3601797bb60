"""Digital certificates of persons and organisations, issued and sometimes revoked."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from gateway import people
from gateway.areas import Province
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_start, iso
from gateway.sections import Certificates
from gateway.shelf import Entry, entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_FEED_MONTH = 31 * DAY  # certificates from before the feed carry a change in its first month
_DIRTY_NUMBERS = 1_000_000
_NEVER = -1


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

    holders = ["to_chuc"] * plan.organisations + ["ca_nhan"] * plan.persons
    random.shuffle(holders)
    # (holder, issued since the feed began, revoked)
    cases = [(holder, number < plan.issued, False) for number, holder in enumerate(holders)]
    cases += [("ca_nhan" if n % 12 else "to_chuc", n % 20 == 0, True) for n in range(plan.revoked)]
    random.shuffle(cases)
    spans = {
        "to_chuc": [_days(part.from_day, part.to_day) for part in windows for _ in range(part.organisations)],
        "ca_nhan": [_days(part.from_day, part.to_day) for part in windows for _ in range(part.persons)],
    }
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
