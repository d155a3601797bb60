"""What KPIs need of an installation's sources: feeds, and indicators whose values add up as the KPI adds them."""

from collections.abc import Iterable, Mapping, Sequence

from connectors.specification import Feed, Source
from hub.errors import Abort
from hub.suggestions import nearest
from hub.translation import msg
from kpis import expression
from kpis.definition import Definition


def check_feeds(definitions: Iterable[Definition], sources: Mapping[str, Source]) -> None:
    """Raises Abort for the first KPI that depends on a feed, or counts an indicator, which none of an installation's
    sources has, or that counts an indicator as its values do not add up."""
    feeds = {f"{source.name}.{name}": feed for source in sources.values() for name, feed in source.feeds.items()}
    for definition in definitions:
        for feed in definition.sources:
            if feed not in feeds:
                near = nearest(feed, sorted(feeds))
                raise Abort(
                    msg(
                        "{definition}.toml: sources names {feed!r}; {near}",
                        definition=definition.id,
                        feed=feed,
                        near=near,
                    ),
                )
        own = [feeds[feed] for feed in definition.sources]
        for measure in (definition.measure, *definition.measures):
            _check_indicators(definition, measure, own)


def _check_indicators(definition: Definition, measure: str, feeds: Sequence[Feed]) -> None:
    """Raises Abort where the specification says that the values of an indicator do not add up in this way."""
    formula = definition.formula(measure)
    fixed = set(expression.columns(formula.where))
    known = {code: (feed, indicator) for feed in feeds for code, indicator in feed.indicators.items()}
    for code in formula.indicators:
        if code not in known:
            near = nearest(code, sorted(known))
            raise Abort(
                msg(
                    "{definition}.toml: indicators names {code!r}; {near}",
                    definition=definition.id,
                    code=code,
                    near=near,
                )
            )
        feed, indicator = known[code]
        counts = "flow" if formula.kind in ("flow", "distinct") else "stock"
        if indicator.counts != counts:
            raise Abort(
                msg(
                    "{definition}.toml: {measure} is a {kind}, but {code} is declared as a {counts}",
                    definition=definition.id,
                    measure=measure,
                    kind=formula.kind,
                    code=code,
                    counts=indicator.counts,
                )
            )
        if counts == "flow" and indicator.grain != formula.grain:
            raise Abort(
                msg(
                    "{definition}.toml: {measure} has the grain {grain}, but values of {code} are for a {own}; write"
                    ' grain = "month" for those of months; those of years are no flow',
                    definition=definition.id,
                    measure=measure,
                    grain=formula.grain,
                    code=code,
                    own=indicator.grain,
                )
            )
        for name in ("area", "organisation", "kind", "class"):
            column = f"{name}_code" if name in ("area", "organisation") else name
            if column in feed.kept and name not in indicator.adds_over and name not in fixed:
                raise Abort(
                    msg(
                        "{definition}.toml: values of {code} do not add up over {name}: say in where which counts, or"
                        " name it in adds_over of the indicator",
                        definition=definition.id,
                        code=code,
                        name=name,
                    )
                )
