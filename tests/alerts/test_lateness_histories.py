"""A thousand random histories of lateness, on PostgreSQL, with two schedulers that are killed at random: each lateness
is told to each recipient, by one alert.

A run has UNITS sources of its own, which deliver when they like; 10 runs are 1,000 histories. A killed scheduler is one
whose connection ends where it stands, which is all that the database sees of a killed process.
"""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime, timedelta

import psycopg
import pytest

from alerts import outbox
from alerts.incidents import STATES, advance
from alerts.outbox import Alert
from alerts.recipients import Recipient
from alerts.settings import AlertSettings
from alerts.watch import note
from connectors.specification import Source
from hub.errors import Abort, Retry, WrongQuestion
from hub.periods import VIETNAM
from hub.translation import msg
from tests.alerts.world import Ledger
from tests.installation import CATALOGUE, FOLDER
from tests.postgres import Postgres
from warehouse.database import connect
from warehouse.punctuality import due_at
from warehouse.serving import find_province

RUNS, UNITS, STEPS = 10, 100, 10
BEGIN = datetime(2023, 6, 2, 0, 30, tzinfo=VIETNAM)
STEP = timedelta(hours=7)
RECIPIENTS = [Recipient("truc@ioc.example.vn", (), (), ""), Recipient("https://chat.example.vn/ioc", (), (), "")]
SETTINGS = AlertSettings(installation=FOLDER)


class Killed(BaseException):
    """The scheduler ends here."""


class Run:
    """One run: its sources, what they have delivered, and what receivers got."""

    def __init__(self, url: str, seed: int) -> None:
        self.url, self.chance = url, random.Random(seed)
        spec = CATALOGUE.sources["feedback"]
        self.sources: dict[str, Source] = {
            f"s{number:02}": spec.model_copy(update={"name": f"s{number:02}"}) for number in range(UNITS)
        }
        self.covered = dict.fromkeys(self.sources, date(2023, 5, 31))
        self.received: list[tuple[str, Alert]] = []
        self.handed_over_and_killed: Counter[str] = Counter()
        self.looked: set[datetime] = set()
        self.lock = threading.Lock()

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """One that ends with the process that holds it."""
        with suppress(Killed), closing(connect(self.url, "loader")) as connection:
            yield connection

    def deliver_data(self, now: datetime) -> None:
        yesterday = now.date() - timedelta(days=1)
        with connect(self.url, "owner") as owner:
            ledger = Ledger(owner)
            for source, covered in self.covered.items():
                if covered < yesterday and self.chance.random() < 0.3:
                    last = covered + timedelta(days=self.chance.randint(1, (yesterday - covered).days))
                    ledger.batch(f"{source}.cases", covered + timedelta(days=1), last, at=now)
                    self.covered[source] = last
            owner.commit()

    def schedule(self, now: datetime, fate: random.Random) -> None:
        """What one scheduler does at a moment, if it lives so long."""

        def killed(chance: float) -> None:
            if fate.random() < chance:
                raise Killed

        def send(address: str, alert: Alert) -> None:
            killed(0.05)  # between taking the alert and handing it over
            if fate.random() < 0.1:
                raise Retry(msg("not now"))
            with self.lock:
                self.received.append((address, alert))
            if fate.random() < 0.05:
                with self.lock:
                    self.handed_over_and_killed[str(alert.alert_id)] += 1
                raise Killed

        with self.connection() as connection:
            s = Ledger(connection).situation(now, self.sources)
            note(s, SETTINGS, RECIPIENTS, now)
            killed(0.2)
            connection.commit()
            with self.lock:
                self.looked.add(now)
            killed(0.1)
            channels = {"mail": send, "webhook": send}
            outbox.deliver(connection, s.province, RECIPIENTS, channels)

    def act(self) -> None:
        """A person acknowledges or resolves something meanwhile."""
        with self.connection() as connection:
            found = connection.execute("select incident_id from ledger.incident where state <> 'resolved'").fetchall()
            for (incident,) in self.chance.sample(found, min(3, len(found))):
                state = self.chance.choice(STATES[1:])
                try:
                    with connection.transaction():
                        advance(connection, incident, "H37", state, "account:x", assignee="ai", reason="đã rõ")
                except (Abort, WrongQuestion):
                    pass
                connection.commit()  # as people do: who held one and waited for another could wait for the watch

    def play(self) -> dict[str, int]:
        """Runs the history, and gives how often each source became late between two looks."""
        with connect(self.url, "owner") as owner:
            ledger = Ledger(owner)
            ledger.watched(BEGIN, BEGIN + STEP * (STEPS + 1))
            for source, covered in self.covered.items():
                ledger.batch(f"{source}.cases", date(2023, 5, 1), covered, at=BEGIN)
            owner.commit()
        became: Counter[str] = Counter()
        was: dict[str, bool] = defaultdict(bool)
        for number in range(STEPS):
            now = BEGIN + STEP * number
            self.deliver_data(now)
            two = [
                threading.Thread(target=self.schedule, args=(now, random.Random(self.chance.random())))
                for _ in range(2)
            ]
            for one in two:
                one.start()
            self.act()
            for one in two:
                one.join()
            if now in self.looked:
                for source, spec in self.sources.items():
                    is_late = due_at(self.covered[source], spec.cadence, spec.lateness) <= now
                    became[source] += is_late and not was[source]
                    was[source] = is_late
        return became

    def settle(self) -> None:
        """The last scheduler lives, and both receivers are there."""
        with self.connection() as connection:
            connection.execute("update ledger.alert set next_at = now() where status = 'waiting'")
            connection.commit()
            send = {"mail": self._take, "webhook": self._take}
            province = find_province(connection, "H37")
            connection.commit()
            outbox.deliver(connection, province, RECIPIENTS, send)

    def _take(self, address: str, alert: Alert) -> None:
        self.received.append((address, alert))


@pytest.mark.parametrize("seed", range(RUNS))
def test_each_lateness_is_told_to_each_recipient_once(postgres: Postgres, seed: int) -> None:
    with postgres.copied(postgres.database()) as url:
        run = Run(url, seed)
        became = run.play()
        run.settle()
        told: Counter[tuple[str, str]] = Counter()
        for address, alert in {
            (address, str(alert.alert_id)): (address, alert) for address, alert in run.received
        }.values():
            for one in alert.body["incidents"]:
                told[address, one["cause"]] += 1
        expected = {
            (recipient.address, f"late/{source}/cases"): times
            for recipient in RECIPIENTS
            for source, times in became.items()
            if times
        }
        assert dict(told) == expected
        assert sum(expected.values()) > UNITS
        times = Counter(str(alert.alert_id) for _, alert in run.received)
        assert times == Counter(dict.fromkeys(times, 1)) + run.handed_over_and_killed, (
            "only an alert whose sender was killed after the hand-over came again, and as the same alert"
        )
