"""The frame around a batch: connections, claim, and the one transaction in which it is published."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import psycopg

from connectors.decoding import Decoder
from connectors.specification import Feed, find_source
from expectations.control_totals import Total
from expectations.gate import Verdict
from expectations.suite import Result
from hub.errors import HubError, Reject, Retry, Text
from hub.installation import Installation
from hub.periods import Period
from kpis.catalogue import Catalogue
from kpis.computation import compute
from kpis.question import Question
from kpis.slices import slices_text
from pipeline.load import Load
from warehouse import facts, ledger, migrate, quality
from warehouse.database import connect, warehouse_url
from warehouse.landing import Landing
from warehouse.ledger import Batch, BatchAccount
from warehouse.quality import TotalComparison
from warehouse.replay_order import take_out_overtaken

Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Outcome:
    """What became of an interval, with its account. `seconds` is the time from claim to publish."""

    batch_id: int
    source: str
    feed: str
    status: str
    account: BatchAccount
    seconds: float


class Session:
    """A feed of a province, held by this process while it works on a batch."""

    def __init__(self, installation: Installation, source: str, feed: str) -> None:
        self._settings = installation.settings
        self._catalogue = Catalogue.of(installation)
        self._source = source
        self._feed = feed
        self._stack = ExitStack()
        self._started = time.monotonic()

    def __enter__(self) -> "Session":
        url = warehouse_url(self._settings)
        migrate.check(url)
        with self._stack:
            self.main: Connection = self._stack.enter_context(closing(connect(url, "loader")))
            self._copier: Connection = self._stack.enter_context(closing(connect(url, "loader")))
            self.province_id = ledger.province_id(self.main, self._settings.province, self._settings.area)
            claim = ledger.claim(self.main, self.province_id, self._source, self._feed)
            self._token = self._stack.enter_context(claim)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(psycopg.Error):
            self._stack.close()

    @contextmanager
    def batch(
        self, spec: Feed, decoder: Decoder, first: date, last: date, replayed: int | None = None
    ) -> Iterator[tuple[Batch, Load]]:
        """A running batch. When the work in it fails, the batch is closed as failed with the reason, and nothing of
        it is in the facts."""
        days = (first, last)
        batch = ledger.open_batch(
            self.main, self.province_id, self._source, self._feed, days, self._token, spec.sha256, replayed
        )
        load: Load | None = None
        try:
            land = Landing(self._settings.landing_address)
            judged = spec if replayed is None else spec.for_part()
            with Load(self.main, self._copier, land, batch, judged, decoder) as load:
                yield batch, load
        except Reject:
            raise
        except HubError as error:
            self._fail(batch, load, Text(error.vi, error.en))
            raise
        except psycopg.errors.UndefinedTable as error:
            lost = Text(
                f"Lô {batch.batch_id} đã bị một lần chạy sau thay thế, bảng tạm của lô không còn",
                f"Batch {batch.batch_id} was overtaken by a later run, which has dropped its staging",
            )
            self._fail(batch, load, lost)
            raise Retry(*lost) from error
        except psycopg.OperationalError as error:
            raise Retry(
                f"Mất kết nối cơ sở dữ liệu ({type(error).__name__}); lô {batch.batch_id} chưa được công bố",
                f"The database broke off ({type(error).__name__}); batch {batch.batch_id} was not published",
            ) from error
        except Exception as error:
            kind = type(error).__name__
            self._fail(batch, load, Text(f"lỗi không lường trước: {kind}", f"unexpected {kind}"))
            raise

    def finish(
        self,
        batch: Batch,
        load: Load,
        spec: Feed,
        cursor: str | None = None,
        controls: Sequence[Total] = (),
        replayed: int | None = None,
    ) -> Outcome:
        """Judges what was taken and publishes it, or blocks it. Raises Reject when it is blocked."""
        lateness = find_source(self._source, self._settings.sources).lateness.total_seconds() / 3600
        home = {"province_id": self.province_id, "area_code": self._settings.area}
        verdict, results = load.judge(lateness, home)
        self._record(batch, verdict, results)
        self.main.commit()
        account = BatchAccount(fetched=load.seen.fetched, declared=load.seen.declared)
        if not verdict.passed:
            self._block(batch, load, account, verdict.reasons)
        return self._publish(batch, load, spec, account, cursor, controls, replayed)

    def _record(self, batch: Batch, verdict: Verdict, results: Sequence[Result]) -> None:
        quality.record_results(
            self.main,
            batch,
            [
                quality.RuleRow(
                    r.rule.rule_id,
                    r.rule.severity,
                    r.rule.expectation,
                    r.executed,
                    r.passed,
                    r.evaluated,
                    r.failed,
                    r.error or r.observed,
                    *r.rule.description,
                )
                for r in results
            ],
        )
        quality.record_verdict(
            self.main,
            batch,
            passed=verdict.passed,
            declared=verdict.declared_rules,
            executed=verdict.executed_rules,
            reasons=[reason.en for reason in verdict.reasons],
        )

    def _block(self, batch: Batch, load: Load, account: BatchAccount, reasons: Sequence[Text]) -> None:
        quarantined = load.quarantine(self._settings.area)
        reason = Text("; ".join(reason.vi for reason in reasons), "; ".join(reason.en for reason in reasons))
        ledger.close(self.main, batch, "blocked", replace(account, quarantined=quarantined), reason)
        load.staging.drop(self.main)
        self.main.commit()
        raise Reject(
            f"Lô {batch.batch_id} của {batch.source}.{batch.feed} bị chặn, số liệu trong kho giữ nguyên: {reason.vi}."
            f" Xem `ioc quality show {batch.batch_id}`",
            f"Batch {batch.batch_id} of {batch.source}.{batch.feed} is blocked, the facts stay as they were:"
            f" {reason.en}. See `ioc quality show {batch.batch_id}`",
        )

    def _publish(
        self,
        batch: Batch,
        load: Load,
        spec: Feed,
        account: BatchAccount,
        cursor: str | None,
        controls: Sequence[Total],
        replayed: int | None,
    ) -> Outcome:
        """Facts, dimension rows, quarantine, watermark and ledger in one transaction."""
        ledger.hold(self.main, batch)
        if not quality.passed(self.main, batch):
            raise Reject(f"Lô {batch.batch_id} không có kết luận đạt", f"Batch {batch.batch_id} has no passing verdict")
        quarantined = load.quarantine(self._settings.area)
        load.staging.drop_rejected(self.main)
        superseded = 0
        if replayed is not None:
            superseded = take_out_overtaken(self.main, batch, load.staging, spec, self._settings.area)
        superseded += facts.supersede(self.main, batch, load.staging, spec)
        merged = facts.publish(self.main, batch, load.staging, load.feed, self._settings.area)
        account = replace(
            merged,
            declared=account.declared,
            fetched=account.fetched,
            superseded=merged.superseded + superseded,
            quarantined=quarantined,
        )
        if not account.balances():
            self.main.rollback()
            empty = BatchAccount(fetched=account.fetched, declared=account.declared)
            reason = Text(f"sổ của lô không cân: {account}", f"the account does not balance: {account}")
            self._block(batch, load, empty, [reason])
        ledger.close(self.main, batch, "published", account)
        if replayed is None:
            ledger.advance(self.main, batch, cursor)
        else:
            quality.mark_replayed(self.main, replayed, batch)
        comparisons = [self._compare(batch, total) for total in controls]
        broken = [_differs(c) for c in comparisons if c.severity == "block" and not c.equal]
        if broken:
            self.main.rollback()
        quality.record_comparisons(self.main, batch, comparisons)
        if broken:
            self._block(batch, load, BatchAccount(fetched=account.fetched, declared=account.declared), broken)
        load.staging.drop(self.main)
        self.main.commit()
        return Outcome(batch.batch_id, batch.source, batch.feed, "published", account, time.monotonic() - self._started)

    def _compare(self, batch: Batch, total: Total) -> TotalComparison:
        """The source's count beside the hub's own, as the facts are inside this transaction."""
        slices = {name: [value] for name, value in total.breakdown.items()}
        own = compute(
            self.main,
            Question(
                total.kpi,
                Period(batch.first_day, batch.last_day),
                self._settings.province,
                slices=slices,
                measure=total.measure,
            ),
            catalogue=self._catalogue,
        )
        return TotalComparison(
            f"{total.kpi}.{total.measure}",
            slices_text(slices),
            batch.first_day,
            batch.last_day,
            total.value,
            None if own.value is None else float(own.value),
            total.severity,
            total.correlation_id,
        )

    def _fail(self, batch: Batch, load: Load | None, reason: Text) -> None:
        """Closes a batch whose work failed; where even that fails the next claim does it."""
        with suppress(psycopg.Error):
            self.main.rollback()
            ledger.close(self.main, batch, "failed", BatchAccount(), reason)
            if load is not None:
                load.staging.drop(self.main)
            self.main.commit()


def _differs(comparison: TotalComparison) -> Text:
    where = f"{comparison.measure} ({comparison.breakdown})" if comparison.breakdown else comparison.measure
    return Text(
        f"{where}: nguồn đếm {comparison.source_value:g}, kho {comparison.hub_value}",
        f"{where}: the source counts {comparison.source_value:g}, the hub {comparison.hub_value}",
    )
