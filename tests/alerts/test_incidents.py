"""An incident lives as long as its cause, people take it over, and every step is in its history and in the trail."""

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from alerts.incidents import Incident, Observed, advance, find, incidents, observe
from alerts.kinds import KINDS, Kind
from alerts.situation import Cause, Situation
from hub.errors import Abort, HubError, Retry, WrongQuestion
from hub.translation import Text, msg
from tests.alerts.world import NOON, Ledger

HERE = "account:ky.su"


class Causes:
    """A kind whose causes are what the test says."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.now = ledger, ["a"]
        self.error: HubError | None = None
        self.kind = Kind("blocked", KINDS[1].name, KINDS[1].effect, KINDS[1].remedy, self._causes)

    def _causes(self, _: Situation) -> Iterator[Cause]:
        if self.error:
            raise self.error
        yield from (Cause(key, Text(f"vì {key}", f"because {key}"), "feedback", "cases") for key in self.now)

    def observe(self, *now: str) -> Observed:
        self.now = list(now)
        return observe(self.ledger.situation(), [self.kind])

    def open(self) -> list[Incident]:
        return incidents(self.ledger.connection, self.ledger.situation().province)

    def step(self, number: int, state: str, **said: str) -> None:
        advance(self.ledger.connection, number, "H37", state, HERE, **said)  # type: ignore[arg-type]

    def history(self, number: int) -> list[tuple[str, str | None]]:
        _, steps = find(self.ledger.connection, self.ledger.situation().province, number)
        return [(step.state, step.reason) for step in steps]


@pytest.fixture
def cause(ledger: Ledger) -> Causes:
    return Causes(ledger)


def test_a_cause_opens_one_incident_however_often_it_is_seen(cause: Causes) -> None:
    [opened] = cause.observe("a").opened
    assert opened.kpis == ["feedback_resolved_rate"]
    assert cause.observe("a").opened == []
    assert [one.cause for one in cause.open()] == ["blocked/a"]


def test_the_database_itself_takes_no_second_one(cause: Causes) -> None:
    cause.observe("a")
    again = "insert into ledger.incident (province_id, kind, cause, what_vi, what_en) select province_id, kind, cause,"
    with pytest.raises(psycopg.errors.UniqueViolation):
        cause.ledger.connection.execute(f"{again} '', '' from ledger.incident".encode())


def test_it_closes_itself_when_its_cause_is_gone_and_comes_back_as_a_new_one(cause: Causes) -> None:
    [first] = cause.observe("a", "b").opened[:1]
    assert cause.observe("b").closed == [first.incident_id]
    assert cause.history(first.incident_id) == [("new", None), ("resolved", None)]
    [second] = cause.observe("a", "b").opened
    assert second.incident_id != first.incident_id


def test_people_take_it_over_step_by_step(cause: Causes) -> None:
    [one] = cause.observe("a").opened
    cause.step(one.incident_id, "acknowledged")
    cause.step(one.incident_id, "assigned", assignee="trung-tam-1022")
    cause.step(one.incident_id, "resolved", reason="nguồn đã sửa")
    assert cause.history(one.incident_id) == [
        ("new", None),
        ("acknowledged", None),
        ("assigned", None),
        ("resolved", "nguồn đã sửa"),
    ]
    assert cause.open() == []
    entries = cause.ledger.connection.execute(
        "select actor, body::jsonb -> 'after' ->> 'state' from ledger.entry where subject = %s order by entry_id",
        [f"incident/{one.incident_id}"],
    ).fetchall()
    assert [state for _, state in entries] == ["new", "acknowledged", "assigned", "resolved"]
    assert [actor for actor, _ in entries][1:] == [HERE] * 3


def test_what_a_person_resolved_is_not_opened_again_before_its_cause_was_gone_once(cause: Causes) -> None:
    [one] = cause.observe("a").opened
    cause.step(one.incident_id, "resolved", reason="đã biết")
    assert cause.observe("a").opened == []
    assert cause.observe().closed == [one.incident_id]
    assert cause.history(one.incident_id)[-1] == ("resolved", "đã biết"), "the hub adds nothing to a person's word"
    assert len(cause.observe("a").opened) == 1


@pytest.mark.parametrize(("state", "said"), [("assigned", {}), ("resolved", {"reason": " \u200b"})])
def test_a_step_without_what_it_needs_is_refused(cause: Causes, state: str, said: dict[str, str]) -> None:
    [one] = cause.observe("a").opened
    with pytest.raises(Abort):
        cause.step(one.incident_id, state, **said)


def test_a_step_back_and_one_of_another_province_are_refused(cause: Causes) -> None:
    [one] = cause.observe("a").opened
    cause.step(one.incident_id, "assigned", assignee="x")
    with pytest.raises(Abort, match="already"):
        cause.step(one.incident_id, "acknowledged")
    with pytest.raises(WrongQuestion):
        advance(cause.ledger.connection, one.incident_id, "H59", "acknowledged", HERE)


def test_a_kind_whose_causes_cannot_be_found_closes_nothing_and_stops_no_other(cause: Causes) -> None:
    cause.observe("a")
    other = replace(cause.kind, id="late", causes=lambda _: [Cause("b", Text("b", "b"))])
    cause.error = Retry(msg("not now"))
    observed = observe(cause.ledger.situation(), [cause.kind, other])
    assert (observed.closed, [one.cause.key for one in observed.opened]) == ([], ["b"])


def test_news_whose_causes_could_not_be_found_are_news_for_the_next_look(cause: Causes) -> None:
    cause.ledger.watched(NOON, NOON)
    kind = replace(cause.kind, is_of_news=True)
    cause.error = Retry(msg("not now"))
    observe(cause.ledger.situation(), [kind])
    cause.error = None
    assert len(observe(cause.ledger.situation(), [kind]).opened) == 1
    assert not cause.ledger.situation().has_news


def test_the_history_is_only_added_to(cause: Causes) -> None:
    cause.observe("a")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        cause.ledger.connection.execute("set role ioc_loader; update ledger.incident_event set reason = 'x'")
