"""Work files of the document system: opened, then closed, online or on paper."""

from collections.abc import Iterator, Sequence

import msgspec

from gateway.areas import Offices, Province
from gateway.draw import draw
from gateway.moments import DAY, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.sections import WorkFiles
from gateway.shelf import Entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_encode = msgspec.json.Encoder().encode
_DIRT = ("unknown_organisation", "unknown_tier", "closed_before_opened")
_PUBLISHED_WHEN_OPENED = 0.62


def work_file_versions(
    world: WorldFile, plans: Sequence[WorkFiles], province: Province, workdays: Workdays
) -> Iterator[Entry[None]]:
    """Every version of every work file, in no order."""
    random, offices = draw(world, "work files"), Offices(world)
    organisations: dict[str, tuple[str, ...]] = {
        "tinh": province.departments,
        "huyen": province.districts,
        "xa": tuple(commune.organisation for commune in province.communes),
    }
    kinds = world.dirt.get("work_files", {})
    check_kinds("work_files", kinds, _DIRT)
    dirt = [kind for kind, count in kinds.items() for _ in range(count)]
    # (tier, first day of closing, closed, online, secret, kind of dirt)
    cases = [
        case
        for plan in plans
        for case in (
            *[(plan.tier, plan.from_day, True, True, False, "")] * plan.closed_online,
            *[(plan.tier, plan.from_day, True, False, False, "")] * plan.closed_offline,
            *[(plan.tier, plan.from_day, True, False, True, "")] * plan.closed_secret,
            *[(plan.tier, plan.from_day, False, False, False, "")] * plan.still_open,
        )
    ]
    cases += [(plans[0].tier, plans[0].from_day, True, True, False, kind) for kind in dirt]
    random.shuffle(cases)
    last = workdays.index_until(day_start(world.last_event_day))
    start = day_start(world.first_day)
    for number, (tier, from_day, closed, online, secret, dirty) in enumerate(cases, start=world.numbers_from):
        first = workdays.index_from(day_start(from_day))
        index = random.randrange(first, last + 1)
        closed_at = in_hours(random, workdays.starts[index])
        opened_at = in_hours(random, workdays.starts[index - 1 - int(random.random() ** 2 * 28)])
        record = {
            "work_id": f"HSCV-{number:06}",
            "organid": offices.code(random.choice(organisations[tier]), opened_at),
            "tier": tier,
            "secret": secret,
            "handled_online": online,
            "opened_at": iso(opened_at),
        }
        code = str(record["work_id"])
        opened_update = opened_at + random.randrange(30, 600)
        if dirty == "unknown_organisation":
            record["organid"] = f"000.00.88.{world.province}"
        elif dirty == "unknown_tier":
            record["tier"] = "thon"
        elif dirty == "closed_before_opened":
            record["opened_at"] = iso(closed_at + 2 * DAY)
        published = not dirty and random.random() < _PUBLISHED_WHEN_OPENED
        if opened_update >= start and (published or not closed):
            yield _entry(record, code, "", opened_update)
        elif not closed:  # opened long ago: comes with the feed's first day
            yield _entry(record, code, "", start + random.randrange(DAY))
        if closed:
            yield _entry(record, code, iso(closed_at), closed_at + random.randrange(30, 600))


def _entry(record: dict[str, object], code: str, closed_at: str, updated: int) -> Entry[None]:
    return Entry(updated, code, _encode(record | {"closed_at": closed_at, "updated_at": iso(updated)}), None)
