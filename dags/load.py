"""What the tasks do, and how an error of the hub tells Airflow whether trying again can help."""

import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

from dags.interval import days
from hub.errors import Abort, HubError, Reject, Retry

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context


def load_feed(province: str, source: str, feed: str, context: Mapping[str, Any]) -> dict[str, int | str | None]:
    """Load the run's days of one feed of a province and give its account: ids, days and counts, never records."""
    from hub.installation import Installation
    from pipeline.feed import run_feed

    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # hundreds of lines on its own registration
    run = context["dag_run"]
    first, last = days(context["params"], run.data_interval_start, run.data_interval_end, run.run_after)
    outcome = run_feed(Installation.open().with_gateway(province), source, feed, first, last)
    account = {name: count for name, count in asdict(outcome.account).items() if name != "changed_from"}
    return {"batch_id": outcome.batch_id, "first_day": str(first), "last_day": str(last), **account}


def refresh_kpis(province: str) -> dict[str, int]:
    """Bring a province's KPI observations up to what the ledger says was published; which task ran before plays no
    part."""
    from government.outbox import follow, indicators
    from hub.installation import Installation
    from kpis.catalogue import Catalogue
    from kpis.refresh import refresh
    from warehouse.database import warehouse_url

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

    sending = send(Installation.open().with_gateway(province))
    for sent in sending.refused:
        logging.getLogger(__name__).error(
            "%s %s bị từ chối / was refused: %s; `ioc government status`",
            sent.message.kpi,
            sent.message.body["ky"],
            sent.reasons,
        )
    if sending.unanswered:
        raise sending.unanswered[-1]
    refused = len(sending.refused)
    return {"accepted": len(sending.answered) - refused, "refused": refused}


class ByRecovery(RetryPolicy):
    """Reject and Abort fail at once, for only a person can help. Retry waits as long as the other side asked; that
    and anything unforeseen else follow the task's own back-off."""

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
        if isinstance(exception, Reject | Abort):
            return RetryDecision.fail(reason=said)
        if isinstance(exception, Retry) and exception.after:
            return RetryDecision.retry(delay=timedelta(seconds=exception.after), reason=said)
        return RetryDecision(reason=said)
