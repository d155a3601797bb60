"""The watch: looks at the ledger every few seconds, opens and closes incidents, and sends what waits in the outbox.

Any number may run at once, in any number of processes: incidents are observed by one at a time, and each alert is sent
by one (`alerts.incidents`, `alerts.outbox`).
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from alerts import outages, outbox, reminders, texts
from alerts.bands import bands
from alerts.incidents import Observed, hold, observe
from alerts.mail import Mail
from alerts.outbox import Delivery
from alerts.recipients import Recipient, recipients
from alerts.reminders import Reminder
from alerts.settings import AlertSettings
from alerts.situation import Situation
from alerts.webhook import Webhook
from hub.installation import Installation
from hub.periods import VIETNAM
from kpis.catalogue import Catalogue
from warehouse.database import connect
from warehouse.serving import find_province

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """What a look at a province's ledger brought."""

    province: str
    observed: Observed
    reminders: list[Reminder]
    delivery: Delivery


def look(
    url: str, installation: Installation, settings: AlertSettings, stopping: Callable[[], bool] = lambda: False
) -> Round:
    """One look at the ledger of the installation's one province, and one round of sending.

    Raises Abort for a fault of recipients.csv or bands.csv, Retry when the database is not there; it may be broken off
    at any point.
    """
    own = installation.settings
    catalogue = Catalogue.of(installation, own.province)
    told, banded = recipients(installation, own.province), bands(installation, own.province, catalogue)
    with closing(connect(url, "loader")) as connection:
        province = find_province(connection, own.province)
        now = datetime.now(VIETNAM)
        situation = Situation(
            connection,
            province,
            catalogue.sources,
            catalogue.definitions,
            own.now or now,
            banded,
        )
        with connection.transaction():
            observed, made = note(situation, settings, told, now)
        connection.commit()
        channels: dict[str, outbox.Channel] = {"mail": Mail(settings), "webhook": Webhook(settings)}
        delivery = outbox.deliver(connection, province, told, channels, stopping=stopping)
    for error in delivery.failures:
        _LOG.warning("%s / %s", error.vi, error.en)
    return Round(province.code, observed, made, delivery)


def note(
    s: Situation, settings: AlertSettings, told: list[Recipient], now: datetime
) -> tuple[Observed, list[Reminder]]:
    """Observes, and puts what it finds into the outbox, within the caller's transaction: neither can be without the
    other. All incidents that are found at once are one alert to each address that is told of them."""
    hold(s.connection, s.province)
    outages.see(s.connection, s.province, now)
    observed, made = observe(s), reminders.record(s)
    by_address: dict[str, list[Recipient]] = defaultdict(list)
    for line in told:
        by_address[line.address].append(line)
    for lines in by_address.values():
        own = [one for one in observed.opened if any(line.wants(one.kind.id, one.cause.source) for line in lines)]
        if own:
            body = texts.of_incidents(s.province, own, s.definitions)
            outbox.enqueue(s.connection, s.province, lines[0], body, [one.incident_id for one in own])
        for reminder in made:
            if any(line.unit == reminder.unit for line in lines):
                outbox.enqueue(s.connection, s.province, lines[0], texts.of_reminder(s.province, reminder, settings))
    return observed, made
