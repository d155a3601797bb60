"""What the tasks do, and how an error of the hub tells Airflow whether trying again can help."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.interval import days
from hub.errors import Abort, Blocked, HubError, Reject, Retry
from hub.logs import keep_logs_inert
from hub.periods import VIETNAM, Freq, Period, previous, standard_period
from hub.texts import shown
from hub.translation import Wording, join, msg

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

    from pipeline.batch import Outcome

_LOG = logging.getLogger(__name__)
_LONGEST_WAIT = 3600.0
"""Seconds that a task waits at most for its next attempt, whatever the other side asked for."""


def load_feed(
    province: str, source: str, feed: str, context: Mapping[str, Any]
) -> tuple[dict[str, int | str | None], bool]:
    """Load the run's days of one feed of a province. Gives its account (ids, days and counts, never records), and
    whether the feed's KPIs have news to take in.

    A run for its own interval also loads days before that nobody tried. What a load published stays published when
    other slices of it were blocked (told in the log and in `blocked`) or could not be read (the task is tried again).
    """
    from hub.installation import Installation
    from pipeline.fetch import run_feed

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # hundreds of lines on its own registration
    run = context["dag_run"]
    with _plain_errors():
        first, last = days(context["params"], run.data_interval_start, run.data_interval_end, run.run_after)
        installation = Installation.open().with_gateway(province)
        own_days = not (context["params"].get("from") or context["params"].get("to"))
        outcome = run_feed(installation, source, feed, first, last, fill_gaps=own_days)
        account = {name: count for name, count in asdict(outcome.account).items() if name != "changed_from"}
        _log_account(account, outcome.broken)
        _log_slices(outcome)
        if outcome.failures:
            raise outcome.failures[0][1]
    told = {
        "batch_id": outcome.batch_id,
        "first_day": str(first),
        "last_day": str(last),
        "published": len(outcome.published),
        "blocked": len(outcome.blocked),
        **account,
    }
    return told, outcome.has_news


def tell_blocked(blocked: str) -> NoReturn:
    """Raises AirflowFailException that says which feed's load held back how many batches: Airflow judges a run by its
    last task."""
    _LOG.error("Lô bị chặn / blocked batches: %s; `ioc incident list`", blocked)
    raise AirflowFailException(f"blocked batches: {blocked}")


def refresh_kpis(province: str) -> dict[str, int]:
    """Bring a province's KPI observations up to what the ledger says was published; which task ran before plays no
    part."""
    from government.outbox import follow, indicators
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from kpis.refresh import refresh
    from warehouse.database import warehouse_url

    with _plain_errors():
        installation = Installation.open().for_province(province)
        settings, catalogue = installation.settings, Catalogue.of(installation, province)
        done = refresh(
            warehouse_url(settings),
            settings.province,
            now=settings.now,
            follow=follow(indicators(catalogue, settings.government_kpis)),
            catalogue=catalogue,
        )
    return {"kpis": len(done), "periods": sum(d.periods for d in done), "revisions": sum(d.revisions for d in done)}


def send_to_government(province: str) -> dict[str, int]:
    """Send what waits in a province's outbox. A refusal is shown and is no failure of the run: sending again would be
    refused again. Raises Retry when some got no answer."""
    from government.sending import send
    from hub.installation import Installation

    with _plain_errors():
        sending = send(Installation.open().with_gateway(province))
        for sent in sending.refused:
            _LOG.error(
                "%s %s bị từ chối / was refused: %s; `ioc government status`",
                sent.message.kpi,
                sent.message.body["ky"],
                sent.reasons,
            )
        if sending.unanswered:
            raise sending.unanswered[-1]
    refused = len(sending.refused)
    return {"accepted": len(sending.answered) - refused, "refused": refused}


def make_checkpoint() -> dict[str, int]:
    """Sign the audit trail as it is, and bring that to the places outside of the database. Raises Retry when a place
    does not take it, AirflowSkipException where no key is configured."""
    from audit import anchors
    from hub.installation import Installation
    from warehouse import migrate
    from warehouse.database import connect, warehouse_url

    with _plain_errors():
        settings = Installation.open().settings
        if settings.audit_key is None:
            raise AirflowSkipException("IOC_AUDIT_KEY: chưa đặt khoá ký / no key is configured")
        url = warehouse_url(settings)
        migrate.check(url)
        with connect(url, "loader") as connection:
            made, kept = anchors.sign_and_keep(connection, settings)
        if wrong := [msg("{place}: {error}", place=one.place, error=one.error) for one in kept if one.error]:
            raise Retry(join(wrong))
    return {"entries": made.size, "places": len(kept)}


def write_report(province: str, context: Mapping[str, Any]) -> dict[str, str | int]:
    """Write a province's periodic report of the year to the end of the month before the run: in July that of the first
    half, in January that of the year. Gives where it lies, and its hash."""
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from reports.filing import file_periodic

    with _plain_errors():
        installation = Installation.open().for_province(province)
        period = previous(_period_of(context, "ytd"), "ytd")
        made, path = file_periodic(installation, period, catalogue=Catalogue.of(installation, province))
    _LOG.info("đã ghi %s / wrote %s", shown(str(path)), shown(str(path)))
    return {"path": str(path), "sha256": made.sha256, "figures": made.figures}


def write_quality_report(province: str, context: Mapping[str, Any]) -> list[str]:
    """Write a province's report on data quality of the month before the run. Gives where its files lie."""
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from screens.documents.quality_filing import file_quality

    with _plain_errors():
        installation = Installation.open().for_province(province)
        month = previous(_period_of(context, "month"), "month")
        filed = file_quality(installation, month, catalogue=Catalogue.of(installation, province), language="vi")
    paths = [str(path) for _, path in filed]
    for path in paths:
        _LOG.info("đã ghi %s / wrote %s", shown(path), shown(path))
    return paths


def _period_of(context: Mapping[str, Any], freq: Freq) -> Period:
    """The period that the run's day is in, in Vietnam's time."""
    return standard_period(freq, context["dag_run"].run_after.astimezone(VIETNAM).date())


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Ends a task by an error of the hub's own with what a person needs to know first in the log: the reason, a batch's
    account, the rules that did not hold. Where in the hub it was raised is not told. Of any other error, which Airflow
    logs, at least the words are as they may be shown."""
    from warehouse.database import fault

    keep_logs_inert()
    try:
        try:
            yield
        except Exception as error:
            if (found := fault(error)) is None:
                error.args = tuple(shown(said) if isinstance(said, str) else said for said in error.args)
                raise
            raise found from error
    except HubError as error:
        _LOG.error("%s / %s", error.vi, error.en)
        if isinstance(error, Blocked):
            _LOG.error(
                "đã nhận {fetched}, nguồn công bố {declared}, cách ly {quarantined}, chưa công bố gì"
                " / {fetched} fetched, {declared} declared, {quarantined} quarantined, nothing published".format(
                    **{name: "—" if count is None else count for name, count in error.account.items()}
                )
            )
            _log_rules(error.broken)
        if isinstance(error, Reject | Abort):
            raise AirflowFailException(error.en) from None
        raise copy(error) from None  # which has not come through the hub, so that no traceback of it is shown


def _log_account(account: Mapping[str, object], broken: Sequence[Wording]) -> None:
    """The account of a published batch, and the rules that records of it broke."""
    _LOG.info(
        "đã nhận {fetched} = {loaded} ghi mới + {unchanged} không đổi + {superseded} bản cũ + {quarantined} cách ly"
        " / {fetched} fetched = {loaded} loaded + {unchanged} unchanged + {superseded} superseded"
        " + {quarantined} quarantined".format(**account)
    )
    _log_rules(broken)


def _log_slices(outcome: "Outcome") -> None:
    """How many slices were published, and which were not, with the reason."""
    published, blocked, failed = len(outcome.published), len(outcome.blocked), len(outcome.failures)
    _LOG.info(
        "%s lô được công bố, %s bị chặn, %s không đọc được / %s batches published, %s blocked, %s not read",
        *(published, blocked, failed) * 2,
    )
    for end in outcome.blocked:
        for reason in end.reasons:
            _LOG.error("lô %s (%s): %s / %s", end.batch.batch_id, end.batch.last_day, reason.vi, reason.en)
    for batch, error in outcome.failures:
        _LOG.error("lô %s (%s): %s / %s", batch.batch_id, batch.last_day, error.vi, error.en)


def _log_rules(broken: Sequence[Wording]) -> None:
    for line in broken:
        _LOG.warning("%s / %s", line.vi, line.en)


class ByRecovery(RetryPolicy):
    """Retry waits as long as the other side asked, an hour at most; that and anything unforeseen else follow the task's
    own back-off. What only a person can mend has failed the task before, see _plain_errors."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002
        max_tries: int,  # noqa: ARG002
        context: "Context | None" = None,  # noqa: ARG002
    ) -> RetryDecision:
        """What Airflow shall do after `exception`; the task's log tells why in both languages."""
        if not isinstance(exception, HubError):
            return RetryDecision.default()
        said = f"{exception.vi} / {exception.en}"
        if isinstance(exception, Retry) and exception.after:
            return RetryDecision.retry(delay=timedelta(seconds=min(exception.after, _LONGEST_WAIT)), reason=said)
        return RetryDecision(reason=said)
