"""From what rules said to whether a batch may be published."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from expectations.rules import Rule
from expectations.suite import RuleResult
from hub.translation import Wording, msg


@dataclass
class Tally:
    """Adds up what the row rules said of each chunk, by batch, without keeping rows."""

    rules: Sequence[Rule]
    _failed: Counter[tuple[int, str]] = field(default_factory=Counter)
    _errors: dict[tuple[int, str], str | None] = field(default_factory=dict)
    _columns: defaultdict[tuple[int, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def add(
        self, results: Sequence[RuleResult], batches: Collection[int], batch_of: Callable[[int], int]
    ) -> list[tuple[int, int, str]]:
        """Takes in the results of a chunk that holds rows of `batches`, and gives the rejections that they mean:
        (batch, row, rule)."""
        rejections = []
        for result in results:
            rule = result.rule
            if not result.executed:
                self._errors |= {(batch, rule.rule_id): result.error for batch in batches}
            broken = [(batch_of(row), row, rule.rule_id) for row in result.rows]
            self._failed.update((batch, rule_id) for batch, _, rule_id in broken)
            for (batch, _, rule_id), names in zip(broken, result.columns, strict=False):
                self._columns[batch, rule_id].update(names.split(", "))
            if rule.severity == "reject":
                rejections += broken
        return rejections

    def results(self, batch: int, evaluated: int) -> list[RuleResult]:
        """One result a rule of a batch with so many rows. Without a row there was nothing to judge, which every row
        rule passes."""
        return [
            RuleResult(
                rule,
                evaluated,
                self._failed[batch, rule.rule_id],
                executed=(batch, rule.rule_id) not in self._errors,
                observed=_listed(self._columns.get((batch, rule.rule_id))),
                error=self._errors.get((batch, rule.rule_id)),
            )
            for rule in self.rules
        ]

    def unread(self, batch: int) -> Counter[str]:
        """By column the values of a batch that are left out because they cannot be read; they are null already."""
        return Counter(self._columns.get((batch, "left_out"), {}))

    def unfit(self, batch: int) -> Counter[str]:
        """By column the values of a batch that can be read, and will be left out because they do not fit."""
        found: Counter[str] = Counter()
        for rule in self.rules:
            if rule.leaves_out:
                found[str(rule.options["column"])] += self._failed[batch, rule.rule_id]
        return found


@dataclass(frozen=True)
class Verdict:
    """Whether a batch may be published. `reasons` are those against it, `broken` all rules that did not hold, those
    that only refuse records or warn included, `provisional` those that keep figures of its days provisional; each in
    one line."""

    declared_rules: int
    executed_rules: int
    reasons: list[Wording]
    broken: list[Wording]
    provisional: Sequence[Wording] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


def decide(rules: Sequence[Rule], results: Sequence[RuleResult]) -> Verdict:
    """A batch passes when every declared rule ran and none that blocks was broken. Rejected rows do not block by
    themselves; too many of them break a blocking rule of their own."""
    given = {result.rule.rule_id: result for result in results}
    told = [given.get(rule.rule_id, RuleResult(rule, error="no result")) for rule in rules]
    against = [r for r in told if not r.executed or (r.rule.severity == "block" and not r.passed)]
    others = [result for result in told if not result.passed and result not in against]
    reasons = [_line(result) for result in against]
    executed = sum(result.executed for result in told)
    provisional = [_line(result) for result in others if result.rule.severity == "provisional"]
    return Verdict(len(rules), executed, reasons, [*reasons, *map(_line, others)], provisional)


def _listed(columns: Counter[str] | None) -> str | None:
    """The columns that were named, the most frequent first."""
    return ", ".join(f"{name} × {count}" for name, count in columns.most_common()) if columns else None


def _line(result: RuleResult) -> Wording:
    rule = result.rule
    if not result.executed:
        why = result.error or "no result"
        return msg("{rule_id} did not run ({why})", rule_id=rule.rule_id, why=why)
    found = result.observed or msg("{failed} rows", failed=result.failed)
    return msg("{rule}: {found} ({description})", rule=rule.rule_id, found=found, description=rule.description)
