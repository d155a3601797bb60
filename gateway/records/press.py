"""Press pieces about the province; the sentiment of some is known only days later."""

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import NamedTuple

from gateway import people
from gateway.chance import Row, draw, planted
from gateway.moments import DAY, day_end, day_of, day_start, iso
from gateway.worldfile import Press, WorldFile

_LATEST = 25 * DAY  # a piece is classified at most this long after it appeared


class Piece(NamedTuple):
    """``published`` and ``classified`` are moments."""

    published: int
    code: str
    classified: int
    record: Row

    def shown(self, now: int) -> Row:
        """As the source shows it at ``now``."""
        return self.record if self.classified <= now else {**self.record, "sac_thai": None}


class PressFeed:
    """All pieces that meet the plan, in order of (published, code)."""

    def __init__(self, world: WorldFile, plan: Press) -> None:
        self._random = draw(world, "press")
        self._end = day_end(world.last_day)
        outlets, shares = list(plan.outlets), list(plan.outlets.values())
        sequences: Counter[int] = Counter()
        pieces = []
        for number, (published, sentiment, classified) in enumerate(sorted(self._drawn(plan))):
            year = day_of(published).year
            sequences[year] += 1
            outlet, code = self._random.choices(outlets, shares)[0], f"TB-{year}-{sequences[year]:06}"
            pieces.append(_piece(number, published, code, outlet, sentiment, classified, {}))
        year, days = world.last_day.year, (world.last_day - world.first_day).days
        for number, (_, wrong) in enumerate(planted(world, "press")):
            published = day_start(world.first_day) + self._random.randrange(2, days) * DAY + 9 * 3600
            pieces.append(_piece(number, published, f"TB-{year}-9{number:05}", outlets[0], "TRUNG_LAP", 0, wrong))
        self._pieces = sorted(pieces, key=lambda piece: piece[:3])
        self._published = [piece.published for piece in self._pieces]

    def between(self, low: int, high: int, now: int) -> list[Piece]:
        """Those published in [low, high) and known at ``now``."""
        stop = min(bisect_left(self._published, high), bisect_right(self._published, now))
        return self._pieces[bisect_left(self._published, low) : stop]

    def _drawn(self, plan: Press) -> list[tuple[int, str, int]]:
        """(published, sentiment, classified) of every piece, in no order."""
        random, end = self._random, self._end
        drawn = []
        for part in plan.articles:
            first, last = day_start(part.from_day), day_start(part.to_day)
            for sentiment in [name for name, number in part.sentiments.items() for _ in range(number)]:
                published = first + random.randrange((last - first) // DAY + 1) * DAY + self._time_of_day()
                late = random.random() < plan.classified_late
                lag = random.randrange(DAY, _LATEST) if late else random.randrange(3600)
                drawn.append((published, sentiment, min(published + lag, end - 1)))
            for _ in range(part.unclassified):
                published = last - random.randrange(15) * DAY + self._time_of_day()
                lag = max(random.randrange(2 * DAY, _LATEST), end + DAY - published)
                drawn.append((published, random.choice(list(part.sentiments)), published + lag))
        return drawn

    def _time_of_day(self) -> int:
        return self._random.randrange(5 * 3600, 22 * 3600)


def _piece(number: int, published: int, code: str, outlet: str, sentiment: str, classified: int, wrong: Row) -> Piece:
    record: Row = {
        "ma_tin": code,
        "toa_soan": outlet,
        "tieu_de": people.text("headlines", number),
        "dang_luc": iso(published),
        "sac_thai": sentiment,
    } | wrong
    return Piece(published, str(record["ma_tin"]), classified, record)
