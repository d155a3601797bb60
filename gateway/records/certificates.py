"""Digital certificates of persons and organisations, issued and sometimes revoked."""

from collections.abc import Iterator

import msgspec

from gateway import people
from gateway.areas import Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.shelf import Entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import Certificates, WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("unknown_organisation", "revoked_before_issued")
_FEED_MONTH = 31 * DAY  # certificates from before the feed carry a change in its first month


def certificate_versions(
    world: WorldFile, plan: Certificates, province: Province, workdays: Workdays
) -> Iterator[Entry[None]]:
    """Every version of every certificate, in no order."""
    random = draw(world, "certificates")
    organisations = [*province.departments * 4, *province.districts * 4, *(c.organisation for c in province.communes)]
    kinds = world.dirt.get("certificates", {})
    check_kinds("certificates", kinds, _DIRT)
    holders = ["to_chuc"] * plan.organisations + ["ca_nhan"] * plan.persons
    random.shuffle(holders)
    # (holder, issued since the feed began, revoked, kind of dirt)
    cases = [(holder, number < plan.issued, False, "") for number, holder in enumerate(holders)]
    cases += [("ca_nhan" if n % 12 else "to_chuc", n % 20 == 0, True, "") for n in range(plan.revoked)]
    cases += [("ca_nhan", True, False, kind) for kind, count in kinds.items() for _ in range(count)]
    random.shuffle(cases)

    since, end = day_start(plan.feed_since), day_start(world.last_day) + DAY
    first, last = workdays.index_from(since), workdays.index_until(end - DAY)
    for number, (holder, fresh, revoked, dirty) in enumerate(cases, start=1):
        if fresh:
            issued = in_hours(random, workdays.starts[random.randrange(first, last - 25)])
            updated = issued + random.randrange(60, 900)
        else:
            issued = random.randrange(since // DAY) * DAY + random.randrange(8 * 3600, 17 * 3600)
            updated = since + random.randrange(_FEED_MONTH)
        record = {
            "serial": f"5404{number * 7919 % 10**12:012}",
            "holder": holder,
            "holder_name": people.name(number),
            "organid": random.choice(organisations),
            "issued_at": iso(issued),
            "revoked_at": "",
        }
        code = str(record["serial"])
        if dirty == "unknown_organisation":
            record["organid"] = f"000.00.88.{world.province}"
        elif dirty == "revoked_before_issued":
            record["revoked_at"] = iso(issued - 30 * DAY)
        revoked_before = revoked and not fresh and random.random() < 0.6
        if revoked_before:
            record["revoked_at"] = iso(random.randrange(issued, since))
        yield _entry(record, code, updated)
        if revoked and not revoked_before:
            earliest = max(updated, since + _FEED_MONTH)
            record["revoked_at"] = iso(revoked_at := random.randrange(earliest, end - 3600))
            yield _entry(record, code, revoked_at + random.randrange(60, 900))


def _entry(record: dict[str, str], code: str, updated: int) -> Entry[None]:
    return Entry(updated, code, _encode(record | {"updated_at": iso(updated)}), None)
