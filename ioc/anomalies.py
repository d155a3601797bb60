"""`ioc quality anomalies`: what is not as usual."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer

from hub.translation import N_
from ioc.arguments import First, Last, Province, check_order
from ioc.output import Json, print_rows
from ioc.quality_arguments import require_source
from ioc.reader import installation_of, reader
from ioc.texts import ANOMALY, say


def anomalies(
    first: Annotated[date | None, First] = None,
    last: Annotated[date | None, Last] = None,
    source: Annotated[str | None, typer.Option("--source", help=N_("One source only"))] = None,
    province: Annotated[str | None, Province] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """What is not as usual for such a day: volumes, silent deliverers, repeated answers, codes, arrival, KPIs

    Without days those of the last week that each feed is loaded for. An anomaly blocks nothing by itself.
    """
    from alerts.anomalies import anomalies as unusual
    from kpis.catalogue import Catalogue

    check_order(first, last)
    require_source(source, province)
    installation = installation_of(province)
    settings = installation.settings
    now = settings.now or datetime.now(UTC)
    with reader(settings) as connection:
        found = unusual(connection, settings.province, Catalogue.of(installation, settings.province), now, first, last)
    rows = [
        {
            "cause": one.cause,
            "subject": one.subject if json else say(ANOMALY[one.subject]),
            "source": one.source,
            "feed": one.feed,
            "kpi": one.kpi,
            "part": one.part,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "seen": one.seen,
            "low": one.low,
            "high": one.high,
            "text": say(one.text),
        }
        for one in found
        if source is None or one.source == source
    ]
    labels = {
        "subject": say("what"),
        "first_day": say("from"),
        "last_day": say("to"),
        "text": say("anomaly"),
    }
    print_rows(say("Anomalies"), labels, rows, json=json)
