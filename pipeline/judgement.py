"""The verdict on batches: what the rules said of their rows and of each as a whole, kept as evidence."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pandas as pd

from connectors.source_files import find_source
from expectations import profile, rules, suite, verdict
from expectations.profile import Profile
from expectations.rules import Rule
from expectations.suite import RuleResult
from expectations.verdict import Verdict
from pipeline.intake import Intake
from warehouse import quality
from warehouse.ledger import Batch
from warehouse.quality import RuleRow


def judge(intake: Intake, previous: Mapping[date, int]) -> dict[int, Verdict]:
    """The verdicts on an intake's batches, by their number, kept with every result. The rules about a whole batch are
    run on all batches at once. `previous` are the fingerprints of the reads before, by first day."""
    claim, reads = intake.claim, intake.reads
    if not reads:
        return {}
    lateness = find_source(claim.source, claim.settings.sources).lateness.total_seconds() / 3600
    home = {"province_id": claim.province_id, "area_code": claim.settings.area}
    batch_rules = rules.batch_rules(intake.feed, intake.staging, lateness)
    counts = profile.refuse_rows(claim.main, intake.staging, batch_rules, home)
    seen = {read.batch: read.seen for read in reads}
    doubtful = [batch.batch_id for batch, one in seen.items() if one.is_doubtful or batch.first_day in previous]
    fingerprints = intake.staging.fingerprints(claim.main, doubtful) if doubtful else {}
    for batch, one in seen.items():
        one.fingerprint = fingerprints.get(batch.batch_id)
        one.unread, one.unfit = intake.tally.unread(batch.batch_id), intake.tally.unfit(batch.batch_id)
    profiles = profile.measure(claim.main, intake.staging, intake.feed, seen, intake.columns, previous, counts, home)
    for (batch_id, rule_id), count in counts.items():
        profiles[batch_id].figures[rule_id] = count
    for read in reads:
        if not read.seen.fetched and read.batch.extent(read.read_at, timedelta()).complete_to is None:
            profiles[read.batch.batch_id].figures["fetched"] = None  # of a day in progress much is told when it is over
    fetched = {read.batch.batch_id: read.seen.fetched for read in reads}
    found = of_batches(f"{intake.staging.name}_batch", batch_rules, profiles, fetched)
    decided: dict[int, Verdict] = {}
    kept: list[tuple[Batch, RuleRow]] = []
    for read in reads:
        batch_id = read.batch.batch_id
        results = intake.tally.results(batch_id, read.seen.received)
        results += found[batch_id]
        decided[batch_id] = verdict.decide([*intake.row_rules, *batch_rules], results)
        kept += [(read.batch, _kept(result)) for result in results]
    quality.record_results(claim.main, kept)
    for read in reads:
        own = decided[read.batch.batch_id]
        quality.record_verdict(
            claim.main,
            read.batch,
            passed=own.passed,
            declared=own.declared_rules,
            executed=own.executed_rules,
            reasons=[reason.en for reason in own.reasons],
        )
    claim.main.commit()
    return decided


def of_batches(
    name: str, batch_rules: Sequence[Rule], profiles: Mapping[int, Profile], fetched: Mapping[int, int]
) -> dict[int, list[RuleResult]]:
    """What the rules about a whole batch say of each, by its number; `fetched` are the records of each."""
    frame = pd.DataFrame([found.figures for found in profiles.values()]).astype(float)
    frame = frame.reindex(columns=sorted({*frame.columns, *rules.judged(batch_rules)}))
    counted = [rule.rule_id for rule in batch_rules if rule.rows is not None]
    frame[counted] = frame[counted].fillna(0.0)
    frame.index = pd.Index(list(profiles))
    said = suite.judge(name, batch_rules, frame)
    return {
        number: [_of_batch(result, number, found, fetched[number]) for result in said]
        for number, found in profiles.items()
    }


def _of_batch(result: RuleResult, batch_id: int, found: Profile, fetched: int) -> RuleResult:
    """What a rule that looked at all batches said of one."""
    rule = result.rule
    if not result.executed:
        return RuleResult(rule, error=result.error)
    figure = found.figures.get(rule.rule_id, 0 if rule.rows is not None else None)
    observed = found.told.get(rule.rule_id, "—" if figure is None else f"{figure:g}")
    broken = batch_id in result.rows
    failed, evaluated = int(broken), 1
    if rule.rows is not None and figure is not None:
        failed, evaluated = int(figure), fetched
    measured = figure is not None or rule.rule_id in found.told
    return RuleResult(rule, evaluated, failed, executed=True, observed=observed, measured=measured)


def _kept(result: RuleResult) -> RuleRow:
    rule = result.rule
    return RuleRow(
        rule.rule_id,
        rule.severity,
        rule.expectation,
        result.executed,
        result.passed if result.measured or not result.executed else None,
        result.evaluated,
        result.failed,
        result.error or result.observed,
        rule.description.vi,
        rule.description.en,
    )
