"""How figures of areas are spread: how many lie in each stretch of one scale."""

from collections.abc import Sequence
from decimal import Decimal

from markupsafe import Markup

from screens.charts.scale import limits_of, nice_scale
from screens.charts.svg import add, markup, picture
from screens.formats import stepped, with_unit
from screens.texts import Language, say

WIDTH, HEIGHT, TOP, BOTTOM, SIDE = 520.0, 150.0, 24.0, 30.0, 30.0
FEWEST, STRETCHES = 8, 8
"""Figures of which a spread is drawn, and into how many stretches at most."""


def histogram(
    name: str, title: str, unit: str, values: Sequence[Decimal | None], own: Decimal | None, language: Language
) -> Markup | None:
    """The picture, with a stroke where the whole's own figure lies; None of few figures or of such as are all alike."""
    known = [value for value in values if value is not None]
    if len(known) < FEWEST or min(known) == max(known):
        return None
    scale = nice_scale(known, SIDE, WIDTH - SIDE, STRETCHES, *limits_of(unit, known))
    counts = stretches(known, scale.ticks)
    described = say(
        "{count} figures from {low} to {high}",
        language,
        count=len(known),
        low=with_unit(min(known), unit, language),
        high=with_unit(max(known), unit, language),
    )
    root, floor = picture(name, title, described, WIDTH, HEIGHT, "histogram"), HEIGHT - BOTTOM
    for (low, high), count in zip(zip(scale.ticks, scale.ticks[1:], strict=False), counts, strict=True):
        x, height = scale.place(low), (floor - TOP) * count / max(counts)
        width = scale.place(high) - x
        if count:
            add(root, "rect", class_="column", x=x + 1, y=floor - height, width=width - 2, height=height)
            add(root, "text", str(count), class_="tick", x=x + width / 2, y=floor - height - 6, text_anchor="middle")
    add(root, "line", class_="base", x1=SIDE, x2=WIDTH - SIDE, y1=floor, y2=floor)
    step = scale.ticks[1] - scale.ticks[0]
    for tick in scale.ticks:
        words = stepped(tick, max(abs(scale.low), abs(scale.high)), step, language)
        add(root, "text", words, class_="tick", x=scale.place(tick), y=HEIGHT - 8, text_anchor="middle")
    if own is not None and scale.low <= own <= scale.high:
        at = scale.place(own)
        add(root, "line", class_="own", x1=at, x2=at, y1=TOP - 8, y2=floor)
    return markup(root)


def stretches(values: Sequence[Decimal], ticks: Sequence[Decimal]) -> list[int]:
    """How many values lie between each two ticks; one on a tick is of the stretch that begins there, the highest of the
    last."""
    counts = [0] * (len(ticks) - 1)
    for value in values:
        place = sum(value >= tick for tick in ticks[1:-1])
        counts[place] += 1
    return counts
