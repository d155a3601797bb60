"""The profile of batches: the figures that the rules about a whole batch look at."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql

from connectors.specification import Feed
from expectations.column_counts import ColumnCounts
from expectations.drift import ColumnDrift, ColumnHistory
from expectations.presence import Presence
from expectations.rules import Rule
from expectations.value_changes import compare
from hub.periods import VIETNAM
from warehouse import column_profiles, ledger, members, quality
from warehouse.column_profiles import FEWEST_RECORDS, Columns, Days
from warehouse.decisions import allowed
from warehouse.facts import mapping
from warehouse.ledger import Batch
from warehouse.period_values import measures, period_values
from warehouse.quality_dimensions import VALUES
from warehouse.schema.base import TIMEZONE
from warehouse.staging import Staging

Connection = psycopg.Connection[Any]
_MOST_NAMED = 5
_CAPS = frozenset({1000, 2000, 5000, 10_000, 20_000, 50_000, 65_535, 65_536, 100_000, 1_048_575})
"""Records at which programs cut lists off: their own limits, and the rows of a sheet."""


@dataclass
class Seen:
    """What was seen while a batch was read: counts, and names of fields."""

    received: int = 0
    declared: int | None = None
    has_shifted: bool = False
    """Whether its pages said themselves that they moved: another total on a later one."""
    repeated: int = 0
    moved: int = 0
    """Of the repetitions those on another page than the first."""
    unread: Counter[str] = field(default_factory=Counter)
    """By column the values that are left out because they cannot be read, which are null in the staging."""
    unfit: Counter[str] = field(default_factory=Counter)
    """Those that are left out because they do not fit, which are not."""
    fingerprint: int | None = None
    """Of the records that came; equal of two reads that gave the same ones."""
    known_fields: set[str] = field(default_factory=set)
    unknown_fields: set[str] = field(default_factory=set)
    presence: Presence = field(default_factory=Presence)
    longest: int = 0
    """Records of its longest page."""
    totals_differ: list[str] = field(default_factory=list)
    """Columns whose sum is not the one that the source wrote below them, with both."""

    @property
    def fetched(self) -> int:
        """Records, one that came again counted once."""
        return self.received - self.repeated

    @property
    def is_doubtful(self) -> bool:
        """Whether reading it again may show something else."""
        return self.has_shifted or self.moved > 0 or self.missing not in (None, 0)

    @property
    def missing(self) -> int | None:
        """How many of the declared records did not come; negative when more came; None where none are declared. A
        repetition on one page may be a record in the source's count, one on another page is none."""
        if self.declared is None:
            return None
        return max(0, self.declared - (self.received - self.moved)) or min(0, self.declared - self.fetched)


@dataclass(frozen=True)
class Profile:
    """A batch's figures by name (None where there is nothing to measure or compare), and what is told instead of a
    figure that does not explain itself, in any language."""

    figures: dict[str, float | None]
    told: Mapping[str, str]


@dataclass(frozen=True)
class Measured:
    """What was measured of a batch's records, and of what the hub holds of its feed; None where there was nothing."""

    rejected: int
    columns: Columns
    drift: ColumnDrift = field(default_factory=ColumnDrift)
    away: int = 0
    """Records that name an area of another province."""
    outside: tuple[int | None, str | None] = (0, None)
    """Records of other days than the asked ones, and which days those are."""
    usual: float | None = None
    """Records a day of the slices before."""
    kept_share: float | None = None
    newest: datetime | None = None
    ended: int | None = None
    """Records that name an area which had ended; None where nobody looked."""
    changes: Sequence[str] | None = None
    """What is told of values unlike those before."""


def refuse_rows(
    connection: Connection, staging: Staging, rules: Sequence[Rule], home: Mapping[str, Any]
) -> dict[tuple[int, str], int]:
    """Runs the queries of batch rules that find rows, notes these as rejected unless the rule only warns, and gives
    each rule's count by batch. `home` holds province_id and area_code."""
    counts: dict[tuple[int, str], int] = {}
    for rule in rules:
        if rule.rows is not None and rule.severity == "warn":
            found = connection.execute(
                sql.SQL("select _batch, count(*) from ({}) found group by _batch").format(rule.rows), home
            )
            counts |= {(batch, rule.rule_id): count for batch, count in found}
        elif rule.rows is not None:
            found = connection.execute(
                sql.SQL(
                    "with broken as (insert into {} select _batch, _row, {} from ({}) found returning _batch)"
                    " select _batch, count(*) from broken group by _batch"
                ).format(staging.rejected, sql.Literal(rule.rule_id), rule.rows),
                home,
            )
            counts |= {(batch, rule.rule_id): count for batch, count in found}
    return counts


def measure(
    connection: Connection,
    staging: Staging,
    feed: Feed,
    reads: Mapping[Batch, Seen],
    columns: ColumnCounts,
    previous: Mapping[date, int],
    counts: Mapping[tuple[int, str], int],
    home: Mapping[str, Any],
) -> dict[int, Profile]:
    """The profiles of batches by their number. `columns` are what their columns hold, `previous` the fingerprints of
    the reads before, by first day, `counts` the rows that rules found, by batch and rule; `home` holds province_id and
    area_code."""
    any_batch = next(iter(reads))
    rejected = dict(
        connection.execute(
            sql.SQL("select _batch, count(distinct _row) from {} group by _batch").format(staging.rejected)
        ).fetchall()
    )
    usual = ledger.usual_size(connection, any_batch)
    kept: dict[int, float] = {}
    if feed.replace:
        to = mapping(f"{any_batch.source}.{any_batch.feed}", feed)
        kept = quality.kept_shares(connection, any_batch.province_id, staging, feed, to, 1 - feed.max_shrink)
    newest: dict[int, Any] = {}
    if feed.version and feed.columns[feed.version].type == "datetime":
        newest = quality.newest(connection, staging, feed.version)
    others = _other_periods(connection, staging, feed, reads)
    unlisted = any(count for (_, rule), count in counts.items() if rule == "area_code:known")
    elsewhere = members.in_other_provinces(connection, staging, home) if unlisted else {}
    ended = members.in_ended_areas(connection, staging, home) if unlisted else {}
    filled = {} if feed.is_part else _column_profiles(connection, columns, feed, reads, counts)
    drifts = _drifts(connection, feed, reads, filled) if filled else {}
    changes: Mapping[int, Sequence[str]] = {}
    if measures(feed) and not feed.is_part:
        where = f"{any_batch.source}.{any_batch.feed}"
        changes = compare(feed, period_values(connection, where, staging, feed, home))
    profiles = {}
    for batch, seen in reads.items():
        number = batch.batch_id
        measured = Measured(
            rejected.get(number, 0),
            filled.get(number, {}),
            drifts.get(number, ColumnDrift()),
            elsewhere.get(number, 0),
            others.get(number, (0, None)),
            usual,
            kept.get(number),
            newest.get(number),
            ended.get(number, 0),
            changes.get(number),
        )
        profiles[number] = profile(feed, batch, seen, measured, previous.get(batch.first_day))
    return profiles


def profile(feed: Feed, batch: Batch, seen: Seen, measured: Measured, previous: int | None = None) -> Profile:
    """The profile of one batch. `previous` is the fingerprint of a read of it before."""
    refused, drift, columns = measured.rejected, measured.drift, measured.columns
    left_out = _left_out(seen, columns)
    ended, away, areas = measured.ended, measured.away, columns["area_code"].given if "area_code" in columns else 0
    vanished = _vanished(feed, batch, seen, drift)
    days = (batch.last_day - batch.first_day).days + 1
    outside, told_outside = measured.outside
    figures: dict[str, float | None] = {
        "rejected": refused,
        "may_be_rejected": allowed(feed.max_rejected, seen.fetched),
        "may_be_rejected_official": allowed(feed.max_rejected_official, seen.fetched),
        "left_out_share": max((count / given for count, given in left_out.values() if count > 1), default=0),
        "left_out_share_official": len(_left_out_often(feed, left_out)),
        "other_province": away / areas if away > 1 else 0,
        "ended_areas": None if ended is None else ended / areas if ended > 1 else 0,
        "other_period": outside,
        "missing_records": seen.missing,
        "total_row": len(seen.totals_differ),
        "shifted": _shifted(seen, previous),
        "cut_off": int(seen.longest in _CAPS),
        "fetched": seen.fetched,
        "vanished_fields": len(vanished),
        "unknown_fields": len(seen.unknown_fields),
        "share_of_usual": seen.fetched / days / measured.usual if measured.usual else None,
        "kept_share": measured.kept_share,
        "age_hours": _age_hours(batch, measured.newest),
        VALUES: None if measured.changes is None else len(measured.changes),
        **{rule: len(columns) for rule, columns in drift.drifting.items()},
    }
    share = f"{refused}/{seen.fetched}"
    told = {"rejected_share": share, "rejected_share_official": share}
    told |= {"other_province": f"{away}/{areas}", "ended_areas": f"{ended or 0}/{areas}"}
    if often := _left_out_often(feed, left_out):
        told["left_out_share_official"] = _listed(f"{name}: {count}/{given}" for name, count, given in often)
    if left_out:
        told["left_out_share"] = _listed(f"{name}: {count}/{given}" for name, (count, given) in left_out.items())
    if seen.totals_differ:
        told["total_row"] = _listed(seen.totals_differ)
    if seen.longest in _CAPS:
        told["cut_off"] = str(seen.longest)
    if told_outside:
        told["other_period"] = told_outside
    for rule_id, names in (("vanished_fields", vanished), ("unknown_fields", sorted(seen.unknown_fields))):
        if names:
            told[rule_id] = f"{len(names)}: {_listed(names)}"
    if measured.changes:
        told[VALUES] = _listed(measured.changes, "; ")
    told |= {rule: _listed(columns, "; ") for rule, columns in drift.drifting.items() if columns}
    return Profile(figures, told)


def _left_out(seen: Seen, columns: Columns) -> dict[str, tuple[int, int]]:
    """By column how many of its values are left out, and how many came."""
    return {
        name: (count, columns[name].given + seen.unread[name])
        for name, count in (seen.unread + seen.unfit).most_common()
        if name in columns
    }


def _left_out_often(feed: Feed, left_out: Mapping[str, tuple[int, int]]) -> list[tuple[str, int, int]]:
    """Column, values left out and values that came, where more are left out than official figures allow; one may be."""
    most = feed.max_rejected_official
    return [(n, count, given) for n, (count, given) in left_out.items() if count > max(1, allowed(most, given))]


def _column_profiles(
    connection: Connection,
    columns: ColumnCounts,
    feed: Feed,
    reads: Mapping[Batch, Seen],
    counts: Mapping[tuple[int, str], int],
) -> dict[int, Columns]:
    """How the columns of batches are filled, by their number; this is kept. A batch without a record is left out."""
    profiles: dict[int, Columns] = {}
    for batch, seen in reads.items():
        if not (measured := columns.profiles(batch.batch_id)):
            continue
        profiles[batch.batch_id] = {
            name: replace(
                profile,
                absent=seen.presence.absent[str(wire)] if (wire := feed.columns[name].wire) else None,
                unlisted=counts.get((batch.batch_id, f"{name}:known"), 0) if feed.columns[name].known else None,
            )
            for name, profile in measured.items()
        }
    column_profiles.record(connection, profiles)
    return profiles


def _drifts(
    connection: Connection, feed: Feed, reads: Mapping[Batch, Seen], profiles: Mapping[int, Columns]
) -> dict[int, ColumnDrift]:
    """What is unusual about batches beside the slices before them, the published ones and those that are judged with
    them and do not drift themselves."""
    slices = {Days(batch.first_day, batch.last_day): batch for batch in reads if batch.batch_id in profiles}
    past = ColumnHistory(feed, column_profiles.history(connection, next(iter(reads)), slices))
    found = {}
    for days, batch in sorted(slices.items()):
        columns = profiles[batch.batch_id]
        found[batch.batch_id] = past.compare(days, columns)
        if reads[batch].fetched >= FEWEST_RECORDS and not found[batch.batch_id].blocks:
            past.add(days, columns)
    return found


def _vanished(feed: Feed, batch: Batch, seen: Seen, drift: ColumnDrift) -> list[str]:
    """Fields that were renamed, that are on none of the records though those before had them, or on none of a page:
    these with the numbers of the pages."""
    renamed = _wired(feed) - seen.known_fields if seen.unknown_fields else set()
    named = sorted(renamed.union(drift.vanished))
    if feed.is_part or feed.max_drift == 1:
        return named
    for field_name, pages in sorted(seen.presence.vanished().items()):
        if field_name not in named and not _changes_within(feed, field_name, batch):
            shown = _listed(map(str, pages))
            named.append(f"{field_name} (trang/page {shown})")
    return named


def _changes_within(feed: Feed, wire: str, batch: Batch) -> bool:
    days = [column.changed_on for column in feed.columns.values() if column.wire == wire and column.changed_on]
    return any(batch.first_day < day <= batch.last_day for day in days)


def _wired(feed: Feed) -> set[str]:
    return {column.wire for column in feed.columns.values() if column.wire}


def _listed(names: Iterable[str], between: str = ", ") -> str:
    shown = list(names)
    return between.join([*shown[:_MOST_NAMED], *(["…"] if len(shown) > _MOST_NAMED else [])])


def _shifted(seen: Seen, previous: int | None) -> int:
    """How many records came on two pages, or 1 when pages declared different totals: then others may have been passed
    over. Nothing shifted where the declared number confirms the read, or a read before gave the same records."""
    if seen.declared is not None and not seen.has_shifted and seen.missing == 0:
        return 0
    if previous is not None and previous == seen.fingerprint:
        return 0
    return seen.moved or int(seen.has_shifted)


def _age_hours(batch: Batch, newest: datetime | None) -> float | None:
    if newest is None:
        return None
    end = datetime.combine(batch.last_day + timedelta(days=1), time(), VIETNAM)
    return (min(end, datetime.now(UTC)) - newest).total_seconds() / 3600


def _other_periods(
    connection: Connection, staging: Staging, feed: Feed, reads: Mapping[Batch, Seen]
) -> dict[int, tuple[int, str]]:
    """By batch how many records are of other days than the asked ones, and which days those are."""
    if not feed.asked_period:
        return {}
    column = sql.Identifier(feed.asked_period)
    if feed.columns[feed.asked_period].type == "datetime":
        day = sql.SQL("({} at time zone {})::date").format(column, sql.Literal(TIMEZONE))
    else:
        day = sql.SQL("{}").format(column)
    asked = list(reads)
    rows = connection.execute(
        sql.SQL(
            "select b.batch, count(*), min(s.day), max(s.day) from (select _batch, {day} as day from {table}) s"
            " join unnest(%s::bigint[], %s::date[], %s::date[]) as b (batch, first, last) on s._batch = b.batch"
            " where s.day not between b.first and b.last group by 1"
        ).format(day=day, table=staging.table),
        [[b.batch_id for b in asked], [b.first_day for b in asked], [b.last_day for b in asked]],
    )
    by_id = {batch.batch_id: batch for batch in asked}
    return {
        number: (count, f"{count}: {first} … {last} ≠ {by_id[number].first_day} … {by_id[number].last_day}")
        for number, count, first, last in rows
    }
