"""Work files of the document system: opened, then closed, online or on paper."""

from collections.abc import Iterator, Sequence

from gateway.areas import Offices, Province
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_start, iso
from gateway.sections import WorkFiles
from gateway.shelf import Entry, entry
from gateway.workdays import Workdays, in_hours
from gateway.worldfile import WorldFile

_PUBLISHED_WHEN_OPENED = 0.62


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
