"""The verdict on the records of a preview as one batch, by the rules of a load. What a load asks the database is found
in the records themselves and in the files of reference data, or not judged."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from connectors.columns import PAGE, ROW
from connectors.specification import Feed, Source
from expectations import profile, rules, verdict
from expectations.profile import Measured
from hub.installation import Installation
from hub.periods import VIETNAM
from pipeline import judgement
from pipeline.intake import CHUNK
from pipeline.preview_records import MOST_CODES, ONLY, Example, PreviewRecords, UndeclaredCode
from warehouse.areas import ListedAreas
from warehouse.column_profiles import ColumnProfile, profiled
from warehouse.ledger import Batch
from warehouse.members import unsaid
from warehouse.reference import listed_codes
from warehouse.schema.facts import FACTS
from warehouse.staging import MAY_BE_MISSING, Staging


class PreviewJudgement:
    """The verdict on the records as one batch, by the same rules as a load's."""

    def __init__(
        self,
        installation: Installation,
        source: Source,
        batch: Batch,
        spec: Feed,
        records: PreviewRecords,
        *,
        are_days_known: bool,
        is_excerpt: bool,
    ) -> None:
        self._spec = spec
        self.unlisted: list[UndeclaredCode] = []
        self.broken: list[Example] = []
        lateness = source.lateness.total_seconds() / 3600
        batch_rules = rules.batch_rules(spec, Staging(batch, spec), lateness)
        identities = _Identities(spec, records.typed())
        seen = records.seen
        seen.repeated, seen.moved = identities.repeated, identities.moved
        seen.unread, seen.unfit = records.tally.unread(ONLY), records.tally.unfit(ONLY)
        typed = identities.table
        kept = set(typed[ROW].to_pylist())
        refused = {row for row, _ in records.rejections if row in kept}
        found: dict[str, float | None] = {}
        self.refused = refused
        for rule_id, find in (("keys:unique", identities.conflicts), ("days:apart", identities.overlapping)):
            rule = next((rule for rule in batch_rules if rule.rule_id == rule_id), None)
            if rule is None:
                continue
            rows = find(self.refused)
            found[rule_id] = len(rows)
            self.refused = self.refused | set(rows)
            if rows:
                key = typed.filter(pc.equal(typed[ROW], rows[0])).select(spec.keys).to_pylist()[0]
                named = "|".join("" if value is None else str(value) for value in key.values())
                self.broken.append(Example(rule, ", ".join(spec.keys), rows[0], named, len(rows)))
        counts, away = self._unlisted(installation, typed)
        found |= counts
        left_out = [rule.rule_id for rule in batch_rules if rule.rows is not None and rule.rule_id not in found]
        batch_rules = [rule for rule in batch_rules if rule.rule_id not in left_out]
        columns = {name: ColumnProfile(typed.num_rows, typed[name].null_count) for name in profiled(spec)}
        outside = self._outside(batch, typed) if are_days_known else (None, None)
        newest = None
        if are_days_known and not is_excerpt and spec.version and spec.columns[spec.version].type == "datetime":
            newest = pc.max(typed[spec.version]).as_py()
        measured = Measured(len(self.refused), columns, away=away, outside=outside, newest=newest)
        own = profile.profile(spec, batch, seen, measured)
        own.figures.update(found)
        results = records.tally.results(ONLY, seen.received)
        said = judgement.of_batches("preview_batch", batch_rules, {ONLY: own}, {ONLY: seen.fetched})[ONLY]
        self.verdict = verdict.decide([*records.row_rules, *batch_rules], [*results, *said])
        self.broken_of_batch = verdict.decide(batch_rules, said).broken
        self.not_judged = [result.rule.rule_id for result in said if result.executed and not result.measured]
        self.not_judged += left_out + ["controls"] * bool(spec.controls) + ["deliverers"] * bool(spec.deliverers)

    def _unlisted(self, installation: Installation, typed: pa.Table) -> tuple[dict[str, float | None], int]:
        """By rule how many records have a code that the reference data do not list, and how many an area of another
        province. Dimensions whose members come with records are left out."""
        counts: dict[str, float | None] = {}
        away = 0
        days = _area_days(self._spec, typed)
        for name, column in self._spec.kept.items():
            if not column.known:
                continue
            codes: Counter[tuple[str, date]] = Counter(zip(typed[name].to_pylist(), days, strict=True))
            unknown: Counter[str] = Counter()
            listed = listed_codes(installation, column.known)
            areas = ListedAreas(installation.settings.area) if column.known == "area" else None
            if listed is None and areas is None:
                continue
            for (code, day), count in codes.items():
                if code is None or code == unsaid(column):
                    continue
                if areas.has(code, day) if areas else code in (listed or ()):
                    continue
                unknown[code] += count
                away += count if areas and name == "area_code" and areas.is_elsewhere(code, day) else 0
            counts[f"{name}:known"] = unknown.total()
            self.unlisted += [UndeclaredCode(name, code, count) for code, count in unknown.most_common(MOST_CODES)]
        return counts, away

    def _outside(self, batch: Batch, typed: pa.Table) -> tuple[int, str | None]:
        """Records of other days than the asked ones, and which days those are, as `expectations.profile` tells it."""
        name = self._spec.asked_period
        if name is None:
            return 0, None
        days = [day for day in _days(typed[name]) if day and not batch.first_day <= day <= batch.last_day]
        if not days:
            return 0, None
        return len(days), f"{len(days)}: {min(days)} … {max(days)} ≠ {batch.first_day} … {batch.last_day}"


class _Identities:
    """Which records came again, and which claim to be the same version of a record and differ, as staging finds it."""

    def __init__(self, spec: Feed, typed: pa.Table) -> None:
        self._spec = spec
        version = [spec.version] if spec.version and spec.version not in spec.keys else []
        columns = [*spec.kept, *spec.constants]
        self._has_rest = len(columns) > len(spec.keys) + len(version)
        self._same: dict[int, tuple[int, int]] = {}
        alike: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for row, page, record in _plain(typed, columns):
            key = [(record[name] or "") if name in MAY_BE_MISSING else record[name] for name in spec.keys]
            if None in key:
                continue
            content = hash(tuple(record.values()))
            alike[content].append((row, page))
            if all(record[name] is not None for name in version):
                self._same[row] = hash((*key, *(record[name] for name in version))), content
        gone: set[int] = set()
        self.repeated = self.moved = 0
        for places in alike.values():
            self.repeated += len(places) - 1
            self.moved += len(places) - max(Counter(page for _, page in places).values())
            gone.update(row for row, _ in places[:-1])
        self.table = typed.filter(pc.invert(pc.is_in(typed[ROW], pa.array(list(gone), pa.int64())))) if gone else typed
        self._gone = gone

    def conflicts(self, refused: set[int]) -> list[int]:
        """The rows that contradict each other; those that are refused already claim nothing."""
        if not self._has_rest:
            return []
        claims: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for row, (same, content) in self._same.items():
            if row not in refused and row not in self._gone:
                claims[same][row] = content
        return sorted(row for rows in claims.values() if len(set(rows.values())) > 1 for row in rows)

    def overlapping(self, refused: set[int]) -> list[int]:
        """The rows of one series, of one read, whose days overlap those of others without being the same."""
        series: defaultdict[tuple[Any, ...], dict[tuple[date, date], int]] = defaultdict(dict)
        names = [name for name in self._spec.keys if name not in ("first_day", "last_day")]
        for row, _, record in _plain(self.table, self._spec.keys):
            first, last = record["first_day"], record["last_day"]
            if row not in refused and first is not None and last is not None:
                series[tuple(record[name] or "" for name in names)].setdefault((first, last), row)
        rows: list[int] = []
        for spans in series.values():
            placed = sorted(spans)
            until = list(accumulate((last for _, last in placed), max))
            since = list(accumulate((first for first, _ in reversed(placed)), min))[::-1]
            for at, (first, last) in enumerate(placed):
                if (at and first <= until[at - 1]) or (at + 1 < len(placed) and last >= since[at + 1]):
                    rows.append(spans[first, last])
        return sorted(rows)


def _plain(typed: pa.Table, columns: Sequence[str]) -> Iterator[tuple[int, int, dict[str, Any]]]:
    for part in typed.select([ROW, PAGE, *columns]).to_batches(max_chunksize=CHUNK):
        for record in part.to_pylist():
            yield record.pop(ROW), record.pop(PAGE), record


def _days(values: pa.ChunkedArray) -> list[date | None]:
    """The days of moments, in Vietnam, and days themselves."""
    given: list[Any] = values.to_pylist()
    if not pa.types.is_timestamp(values.type):
        return given
    return [moment and moment.astimezone(VIETNAM).date() for moment in given]


def _area_days(spec: Feed, typed: pa.Table) -> list[date]:
    """By record the day on which its area is meant, as staging computes it."""
    marked = [column for column in FACTS[spec.fact].columns if "area_day" in column.info]
    marked.sort(key=lambda column: int(column.info["area_day"]))
    given = [_days(typed[column.name]) for column in marked if column.name in typed.column_names]
    today = datetime.now(UTC).astimezone(VIETNAM).date()
    if not given:
        return [today] * typed.num_rows
    return [next((day for day in days if day), today) for days in zip(*given, strict=True)]
