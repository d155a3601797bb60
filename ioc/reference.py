"""`ioc reference`: what the installation's reference data lack."""

from typing import Annotated

from hub.installation import Installation
from hub.translation import N_
from ioc.arguments import Province
from ioc.command_line import App
from ioc.output import Json, err, print_rows
from ioc.reader import reader, reader_settings
from ioc.texts import say

app = App(N_("Reference data"))


@app.command()
def missing(province: Annotated[str | None, Province] = None, json: Annotated[bool, Json] = False) -> None:
    """Codes that records name and no reference data list, the most frequent first."""
    from connectors.catalogue import sources_of
    from warehouse.unlisted_codes import DIMENSIONS, unlisted_codes

    settings = reader_settings(province)
    with reader(settings) as connection:
        found = unlisted_codes(connection, settings.province, sources_of(Installation.open()))
    rows = [
        {
            "dimension": one.dimension if json else say(DIMENSIONS[one.dimension]),
            "code": one.code,
            "feed": f"{one.source}.{one.feed}",
            "records": one.records,
            "first_day": one.first_day,
            "last_day": one.last_day,
            "batch_id": one.batch_id,
        }
        for one in found
    ]
    labels = {
        "dimension": say("dimension"),
        "code": say("code"),
        "feed": say("feed"),
        "records": say("records"),
        "first_day": say("first seen"),
        "last_day": say("last seen"),
        "batch_id": say("first batch"),
    }
    print_rows(say("Not in the reference data"), labels, rows, json=json)
    if rows and not json:
        err.print(say("Add them to the files in reference/, then `ioc db migrate`: nothing has to be loaded again"))
