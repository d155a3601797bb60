"""Making and applying plans of changes.

Making a plan loads the changed inputs and computes the figures that can depend on them, in a transaction that is rolled
back. Applying the plan does the same in a transaction that is committed if nothing differs from the plan.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from typing import Any

from psycopg import IsolationLevel

from hub.errors import Abort, Retry
from hub.installation import Installation
from hub.periods import VIETNAM, Period
from hub.translation import msg
from kpis import disclosure_judgement
from kpis.catalogue import Catalogue
from kpis.change_plan import ChangePlan, Move, PlannedFigures, TargetMove, check_document, digest, planned, stale
from kpis.definition import Definition
from kpis.inputs import TARGETS, InputChange, approved_or_held, changes, inputs_of, words
from kpis.memo import Once
from kpis.refresh import Follow, figures_again, new_batches, published_periods
from kpis.revisions import differences, write
from kpis.targets import attainment
from kpis.version_records import record
from kpis.versions import versions
from warehouse import approved_inputs, locks, reference, trail
from warehouse.approved_inputs import Inputs
from warehouse.database import connect
from warehouse.serving import Connection, Province, find_province

Told = Callable[[str, int, int], None]
"""Is told which KPI is computed, as the how-manieth of how many."""
_ATTEMPTS = 3
_KEY = "plan"


def make(url: str, installation: Installation, told: Told) -> ChangePlan:
    """The plan of what the installation's files change of what was approved last. Writes nothing.

    When another session waits for a row that the plan has locked, the plan is rolled back before the next KPI and made
    again, up to _ATTEMPTS times. Raises Abort for faults in files, without the installation's key, and where figures do
    not reflect all published batches yet; Retry where other sessions waited each time.
    """
    for _ in range(_ATTEMPTS):
        with connect(url, "owner") as connection:
            try:
                now = installation.settings.now or datetime.now(VIETNAM)
                return _Work(connection, installation, now, told).plan()
            except _GiveWayError:
                continue
            finally:
                connection.rollback()
    raise Retry(msg("Loads needed the rows that the plan looks at each time it began; try again when they have ended"))


def apply(
    url: str,
    installation: Installation,
    document: Mapping[str, Any],
    reason: str,
    follow: Mapping[str, Follow],
    told: Told,
) -> ChangePlan:
    """Writes the planned figures and approves the inputs, in one transaction with its entry of the trail; gives what
    was done. Afterwards it is judged which of the figures leave the hub.

    `document` is a plan's, `follow` by province what else is to happen with new revisions. Where anything differs from
    the plan, nothing is changed and Abort is raised, which says what.
    """
    check_document(document)
    with connect(url, "owner") as connection, closing(connect(url, "loader")) as guard:
        now = datetime.fromisoformat(document["now"])
        work = _Work(connection, installation, now, told)
        work.hold_kpis(guard)
        try:
            done = work.plan(document, follow)
            trail.write(
                connection,
                "plan",
                f"plan/{document['sha256'][:12]}",
                before={"approved": digest(document["approved"])},
                after={
                    "plan": document["sha256"],
                    "planned_by": document["made_by"],
                    "inputs": digest(document["inputs"]),
                    "changes": len(done.changes),
                    "moves": {name: one.moves for name, one in done.figures.items() if one.moves},
                    "targets": len(done.target_moves),
                },
                reason=reason,
            )
            locks.check(guard)
            connection.commit()
        finally:
            connection.rollback()
    with connect(url, "loader") as connection, closing(connect(url, "loader")) as guard:
        for code in installation.settings.codes:
            own = find_province(connection, code)
            connection.commit()
            disclosure_judgement.renew(connection, guard, own, Catalogue.of(installation, code))
    return done


class _GiveWayError(Exception):
    """Another session waits for a row that the transaction has locked."""


class _Work:
    """One plan, made in one transaction of the owner's, with one snapshot."""

    def __init__(self, connection: Connection, installation: Installation, now: datetime, told: Told) -> None:
        self._connection, self._installation, self._now, self._told = connection, installation, now, told
        self._catalogues = {code: Catalogue.of(installation, code) for code in installation.settings.codes}
        self._all = Catalogue.of(installation)
        self._key = installation.settings.hmac_key.get_secret_value()
        if not self._key:
            raise Abort(msg("IOC_HMAC_KEY is not set: the figures of a plan are hashed with it"))

    def hold_kpis(self, guard: Connection) -> None:
        """Keeps refreshes from writing figures until the guard's transaction ends. Called before the snapshot."""
        own = [find_province(guard, code) for code in self._catalogues]
        keys = [f"kpi/{one.province_id}/{kpi}" for one in own for kpi in self._all.definitions]
        locks.hold_all(guard, [*keys, _KEY])

    def plan(self, document: Mapping[str, Any] | None = None, follow: Mapping[str, Follow] | None = None) -> ChangePlan:
        """Makes the plan. With the `document` of a plan and `follow` it writes the figures as well, and raises Abort
        where they would differ from the document's."""
        connection, writes = self._connection, document is not None
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        locks.have_patience(connection)
        connection.execute("set local lock_timeout = '10s'")
        before = approved_or_held(connection)
        waiting = self._waiting()
        reference.load(connection, self._installation, self._all.fields)
        after = inputs_of(connection, self._installation, self._all)
        changed = changes(before, after)
        if document is not None:
            self._compare_inputs(document, before, after)
        figures: dict[str, PlannedFigures] = {}
        moves: list[Move] = []
        touched = [
            (find_province(connection, code), definition, catalogue)
            for code, catalogue in self._catalogues.items()
            for definition in catalogue.definitions.values()
            for known in [self._versions(definition)]
            if any(one.touches(known) for one in changed)
        ]
        newest = {f"{own.code}/{kpi.id}": self._newest(own, kpi) for own, kpi, _ in touched}
        affected = [one for one in touched if newest[f"{one[0].code}/{one[1].id}"]]  # of others nothing is published
        names = [f"{own.code}/{kpi.id}" for own, kpi, _ in affected]
        if late := [name for name in names if name in waiting]:
            raise Abort(
                msg(
                    "The figures of {kpis} do not reflect all published batches yet, so that their effect could not be"
                    " told from the change's: run `ioc kpi refresh` first",
                    kpis=", ".join(late),
                )
            )
        if document is not None:
            _compare_figures(document, {name: newest[name] for name in names})
        for number, (own, definition, catalogue) in enumerate(affected, 1):
            self._told(definition.id, number, len(affected))
            if not writes:
                self._give_way()
            found = self._moves(own, definition, catalogue, changed, (follow or {}) if writes else None)
            moves += found
            name = names[number - 1]
            figures[name] = planned(newest[name], found, self._key)
            if document is not None and document["figures"].get(name) != figures[name]._asdict():
                raise stale(msg("figures of {kpi} would move otherwise", kpi=name))
        if writes:
            approved_inputs.approve(connection, after)
        return ChangePlan(
            datetime.now(VIETNAM),
            trail.process_actor(),
            self._now,
            after,
            before,
            changed,
            moves,
            list(self._target_moves(changed, moves)),
            figures,
        )

    def _compare_inputs(self, document: Mapping[str, Any], before: Inputs, after: Inputs) -> None:
        """Raises Abort that names the files that differ from those of the plan."""
        if document["approved"] != {name: digest(dict(one)) for name, one in before.items()}:
            raise stale(msg("another plan was approved, or a new definition recorded"))
        now = {name: digest(dict(one)) for name, one in after.items()}
        then: Mapping[str, str] = document["inputs"]
        if differ := sorted(name for name in {*then, *now} if then.get(name) != now.get(name)):
            files = dict.fromkeys(InputChange(name, "", None, None).file for name in differ)
            raise stale(msg("these were changed: {files}", files=", ".join(files)))

    def _waiting(self) -> set[str]:
        """Province and KPI of the figures that do not reflect all published batches yet. Asked before the reference
        data are loaded, which may have some KPIs computed anew."""
        return {
            f"{code}/{definition.id}"
            for code, catalogue in self._catalogues.items()
            for own in [find_province(self._connection, code)]
            for definition in catalogue.definitions.values()
            if new_batches(self._connection, own, definition)
        }

    def _versions(self, definition: Definition) -> list[Definition]:
        """The file's, and those that the hub keeps: each governs its own periods."""
        return [definition, *versions(self._connection, definition.id).kept.values()]

    def _newest(self, own: Province, definition: Definition) -> int:
        """The newest observation of the KPI; 0 where nothing is published."""
        row = self._connection.execute(
            "select coalesce(max(observation_id), 0) from kpi.observation where province_id = %s and kpi_id = %s",
            (own.province_id, definition.id),
        ).fetchone()
        return int(row[0]) if row else 0

    def _give_way(self) -> None:
        """Raises _GiveWayError when a session waits for this one."""
        waits = self._connection.execute(
            "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
        ).fetchone()
        if waits == (True,):
            raise _GiveWayError

    def _moves(
        self,
        own: Province,
        definition: Definition,
        catalogue: Catalogue,
        changed: Sequence[InputChange],
        follow: Mapping[str, Follow] | None,
    ) -> list[Move]:
        """The KPI's published figures that differ from those computed now. With `follow` these are written, and
        compared once more."""
        connection = self._connection
        before = published_periods(connection, own, definition.id)
        if follow is not None:
            record(connection, definition)
        kept = versions(connection, definition.id).with_file(definition)
        once = Once(connection)
        computed, figures = figures_again(once, own, kept, before, sorted(before), None, self._now, catalogue)
        found = differences(connection, own, definition.id, computed, figures)
        if follow is not None:
            _, revisions = write(connection, own, definition, computed, figures)
            if differences(connection, own, definition.id, computed, figures):
                raise stale(msg("figures of {kpi} would move otherwise", kpi=f"{own.code}/{definition.id}"))
            if revisions and own.code in follow:
                follow[own.code](connection, own, definition, revisions)
        codes = once(_codes)
        causes = [one for one in changed if one.touches(kept.kept.values())]
        return [
            Move(own.code, definition.id, area, one, tuple([c for c in causes if c.explains(one.last, area)] or causes))
            for one in found
            for area in [codes.get(one.area_id, "")]
        ]

    def _target_moves(self, changed: Sequence[InputChange], moves: Sequence[Move]) -> Iterator[TargetMove]:
        """Published figures of whole provinces whose target has changed."""
        differ = {one.key: one for one in changed if one.name == TARGETS}
        if not differ:
            return
        moved = {
            (one.province, one.kpi, one.area, one.found.first, one.found.last, one.found.breakdown): one.found.after
            for one in moves
        }
        rows = self._connection.execute(
            "select p.province, o.kpi, p.area, o.first_day, o.last_day, o.breakdown, o.value"
            " from serving.kpi_observations as o join serving.areas as a using (area_id)"
            " join serving.provinces as p on p.province_id = o.province_id and p.area = a.area"
            " where o.is_latest and a.level = 'province' and o.kpi = any(%s)"
            " order by 1, 2, 5, 4, 6",
            [[kpi for kpi in self._all.definitions if any(f" {kpi} " in key for key in differ)]],
        ).fetchall()
        for province, kpi, area, first, last, breakdown, value in rows:
            definition = self._all.definitions[kpi]
            change = differ.get(words((province, kpi, definition.measure, breakdown, last.year)))
            if change is None:
                continue
            now = moved.get((province, kpi, area, first, last, breakdown), value)
            old, new = (None if said is None else Decimal(said) for said in (change.before, change.after))
            yield TargetMove(
                *(province, kpi, breakdown, Period(first, last), now, old, new),
                *(attainment(definition.good, now, target) for target in (old, new)),
            )


def _compare_figures(document: Mapping[str, Any], newest: Mapping[str, int]) -> None:
    """Raises Abort that names KPIs of which something was published since."""
    then = {name: one["observations"] for name, one in document["figures"].items()}
    if differ := sorted(name for name in {*then, *newest} if then.get(name) != newest.get(name)):
        raise stale(msg("figures were published of {kpis}", kpis=", ".join(differ)))


def _codes(connection: Connection) -> dict[int, str]:
    return dict(connection.execute("select area_id, area from serving.areas").fetchall())
