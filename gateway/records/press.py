"""Press pieces about the province; the sentiment of some is known only days later."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from gateway import people
from gateway.draw import draw
from gateway.moments import DAY, day_of, day_start, iso
from gateway.records.dirt import check_kinds
from gateway.sections import Press
from gateway.worldfile import WorldFile

_DIRT = ("no_code", "unknown_sentiment", "impossible_date")
_SENTIMENTS = {"positive": "TICH_CUC", "negative": "TIEU_CUC", "neutral": "TRUNG_LAP"}
_LATEST = 25 * DAY  # a piece is classified at most this long after it appeared


class Piece(NamedTuple):
    """``published`` and ``classified`` are moments."""

    published: int
    code: str
    outlet: str
    title: str
    sentiment: str
    classified: int
    printed: str  # the time as the record says it: a dirty one says it wrong

    def record(self, now: int) -> dict[str, str | None]:
        """As the source shows it at ``now``."""
        return {
            "ma_tin": self.code,
            "toa_soan": self.outlet,
            "tieu_de": self.title,
            "dang_luc": self.printed,
            "sac_thai": self.sentiment if self.classified <= now else None,
        }


class PressFeed:
    """All pieces, in order of (published, code)."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = sorted(pieces)
        self._published = [piece.published for piece in self.pieces]

    def between(self, low: int, high: int, now: int) -> list[Piece]:
        """Those published in [low, high) and known at ``now``."""
        stop = min(bisect_left(self._published, high), bisect_right(self._published, now))
        return self.pieces[bisect_left(self._published, low) : stop]


def press_feed(world: WorldFile, plan: Press) -> PressFeed:
    """Pieces that meet the plan."""
    random = draw(world, "press")
    kinds = world.dirt.get("press", {})
    check_kinds("press", kinds, _DIRT)
    outlets, shares = list(plan.outlets), list(plan.outlets.values())
    end = day_start(world.last_day) + DAY
    drawn: list[tuple[int, str, int]] = []  # published, sentiment, classified
    for part in plan.articles:
        first = day_start(part.from_day)
        days = (part.to_day - part.from_day).days + 1
        sentiments = [wire for name, wire in _SENTIMENTS.items() for _ in range(getattr(part, name))]
        for sentiment in sentiments:
            published = first + random.randrange(days) * DAY + random.randrange(5 * 3600, 22 * 3600)
            lag = random.randrange(DAY, _LATEST) if random.random() < plan.classified_late else random.randrange(3600)
            drawn.append((published, sentiment, min(published + lag, end - 1)))
        last = day_start(part.to_day)
        for _ in range(part.unclassified):
            published = last - random.randrange(15) * DAY + random.randrange(5 * 3600, 22 * 3600)
            lag = max(random.randrange(2 * DAY, _LATEST), end + DAY - published)
            drawn.append((published, random.choice(list(_SENTIMENTS.values())), published + lag))
    sequences: dict[int, int] = {}
    pieces = []
    for number, (published, sentiment, classified) in enumerate(sorted(drawn)):
        year = day_of(published).year
        sequences[year] = sequences.get(year, 0) + 1
        outlet = random.choices(outlets, shares)[0]
        code = f"TB-{year}-{sequences[year]:06}"
        pieces.append(Piece(published, code, outlet, people.headline(number), sentiment, classified, iso(published)))
    year = world.last_day.year
    for number, kind in enumerate(kind for kind, count in kinds.items() for _ in range(count)):
        published = day_start(world.first_day) + random.randrange(2, (world.last_day - world.first_day).days) * DAY
        pieces.append(
            Piece(
                published=published + 9 * 3600,
                code="" if kind == "no_code" else f"TB-{year}-9{number:05}",
                outlet=outlets[0],
                title=people.headline(number),
                sentiment="VUI" if kind == "unknown_sentiment" else "TRUNG_LAP",
                classified=0,
                printed=f"{year}-02-30T09:00:00" if kind == "impossible_date" else iso(published + 9 * 3600),
            )
        )
    return PressFeed(pieces)
