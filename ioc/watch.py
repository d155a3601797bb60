"""`ioc watch`: looks after the ledger, opens and closes incidents, and tells of them, until it is stopped."""

import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from hub.errors import HubError
from hub.translation import N_
from ioc.output import Json, err, print_json, print_text
from ioc.reader import province_named, reader
from ioc.texts import say, told

if TYPE_CHECKING:
    from alerts.watch import Round
    from hub.settings import Settings

_EVERY = 20.0
"""Seconds between two looks: with a round of sending in between, lateness is found within 60 s."""
_SILENT = 180
"""Seconds without a look after which nobody watches any more."""


def watch(
    once: Annotated[bool, typer.Option("--once", help=N_("Look once and end"))] = False,
    seen: Annotated[
        bool, typer.Option("--seen", help=N_("Only say since when nobody has; exit 3 after three minutes"))
    ] = False,
    json: Annotated[bool, Json] = False,
) -> None:
    """Open and close incidents, and send alerts; of all provinces, until it is stopped

    Several may run at once. It ends after the alert that it is sending when it gets SIGTERM.
    """
    from alerts.settings import AlertSettings
    from alerts.watch import look
    from hub.installation import Installation
    from warehouse.database import fault, warehouse_url
    from warehouse.migrate import check

    with province_named():
        installation = Installation.open()
        codes: list[str | None] = [*installation.settings.codes]
        provinces = [installation.for_province(code) for code in codes or [None]]
    if seen:
        _say_seen(installation.settings, json=json)
        return
    stop = threading.Event()
    settings = AlertSettings.of(installation)
    url = warehouse_url(installation.settings)
    check(url)
    if not once:
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: stop.set())
        err.print(say("Watching; end with Ctrl-C or SIGTERM."))
    while not stop.is_set():
        failed = None
        for own in provinces:
            try:
                _tell(look(url, own, settings, stop.is_set), json=json)
            except Exception as error:
                found = fault(error) or error
                if not isinstance(found, HubError):
                    raise
                failed = failed or found
                said = say("{where}: {said}", where=own.settings.province, said=told(found))
                err.print(said, style="yellow", highlight=False, soft_wrap=True)
        if once:
            if failed:
                raise failed
            return
        stop.wait(_EVERY)


def _say_seen(settings: "Settings", *, json: bool) -> None:
    """Since when nobody has watched some province of the hub, and which ones nobody ever has."""
    with reader(settings) as connection:
        since = dict(
            connection.execute(
                "select p.province, extract(epoch from clock_timestamp() - max(w.seen_at)) from serving.provinces as p"
                " join serving.watches as w using (province_id) where p.province = any(%s) group by p.province",
                [settings.codes],
            ).fetchall()
        )
    never = [code for code in settings.codes if code not in since]
    seconds = None if never else round(max(since.values()))
    if json:
        print_json({"seconds": seconds, "never_watched": never})
    elif never:
        print_text(say("never watched: {provinces}", provinces=", ".join(never)))
    else:
        print_text(say("{seconds} s ago", seconds=seconds))
    if seconds is None or seconds > _SILENT:
        raise typer.Exit(3)


def _tell(done: "Round", *, json: bool) -> None:
    counts = {
        "province": done.province,
        "opened": [one.incident_id for one in done.observed.opened],
        "closed": done.observed.closed,
        "reminders": [one.reminder_id for one in done.reminders],
        "sent": len(done.delivery.sent),
        "refused": len(done.delivery.refused),
        "not_sent": len(done.delivery.failures),
    }
    if json:
        print_json(counts)
    elif any(value for name, value in counts.items() if name != "province"):
        err.print(
            say(
                "{province}: {opened} opened, {closed} closed, {sent} alerts sent, {failed} not",
                province=done.province,
                opened=len(done.observed.opened),
                closed=len(done.observed.closed),
                sent=len(done.delivery.sent),
                failed=len(done.delivery.failures) + len(done.delivery.refused),
            )
        )
