"""A process of its own that loads a feed, refreshes the KPIs, and dies at a chosen step as kill -9 does.

`python -m tests.pipeline.killed STEP SOURCE FEED FIRST LAST`, settings from the environment. At the steps of BESIDE
each slice is a group of its own, which is settled while the next one is read.
"""

import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

from hub.installation import Installation
from kpis import refresh
from kpis.catalogue import Catalogue
from pipeline import batch, judgement, publication
from pipeline.fetch import run_feed
from warehouse import ledger
from warehouse.landing import Landing
from warehouse.validity import Lists

STEPS: dict[str, tuple[Any, str, int]] = {
    "fetch": (Landing, "write", 3),
    "staged": (judgement, "judge", 1),
    "judged": (publication, "settle", 1),
    "merged": (Lists, "publish", 2),
    "publishing": (ledger, "advance", 1),
    "published": (batch, "Outcome", 1),
    "refresh": (refresh, "figures_of", 2),
    "beside judged": (publication, "settle", 1),
    "beside published": (ledger, "advance", 2),
}
"""Where a step is: the function at whose n-th call the process dies."""
BESIDE = [step for step in STEPS if step.startswith("beside")]


def die_at(owner: Any, name: str, call: int) -> None:
    right: Callable[..., Any] = getattr(owner, name)
    left = [call]

    def wrong(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return right(*args, **kwargs)

    setattr(owner, name, wrong)


if __name__ == "__main__":
    step, source, feed, first, last = sys.argv[1:]
    die_at(*STEPS[step])
    if step in BESIDE:
        batch.GROUP = 1
    installation = Installation.open().with_gateway()
    settings, catalogue = installation.settings, Catalogue.of(installation)
    run_feed(installation, source, feed, date.fromisoformat(first), date.fromisoformat(last))
    refresh.refresh(str(settings.warehouse_url), settings.province, catalogue=catalogue)
