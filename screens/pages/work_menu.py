"""Links to the pages of engineers and auditors, in the menu of those whose role they are for."""

from dataclasses import dataclass

from accounts.account_roles import AUDITORS, ENGINEERS, SEE_INCIDENTS, Role
from hub.translation import Message, msg
from screens.database import Snapshot
from screens.evidence import sees_evidence
from screens.texts import say
from screens.view_models.page import Link


@dataclass(frozen=True)
class WorkPage:
    """A page about data, and not about figures."""

    href: str
    title: Message
    roles: frozenset[Role]
    """Whose menu it is in; the page itself decides who may open it."""


_EVERYDAY: frozenset[Role] = SEE_INCIDENTS | {"department"}
PAGES = (
    WorkPage("/audit", msg("Audit trail"), AUDITORS),
    WorkPage("/incidents", msg("Incidents"), SEE_INCIDENTS),
    WorkPage("/freshness/deliverers", msg("Deliveries of data"), _EVERYDAY),
    WorkPage("/quality", msg("Data quality"), _EVERYDAY),
    WorkPage("/quality/runs", msg("Runs"), SEE_INCIDENTS),
    WorkPage("/quality/rules", msg("Worst rules"), SEE_INCIDENTS),
    WorkPage("/quality/quarantine", msg("Refused records"), SEE_INCIDENTS),
    WorkPage("/reference", msg("Gaps in the reference data"), ENGINEERS),
)


def work_menu(s: Snapshot, path: str) -> list[Link]:
    """Those for the caller's role; none for accounts that see a part of the province, as these pages are of the whole.
    `path` is the page that is shown."""
    if not sees_evidence(s):
        return []
    return [Link(say(one.title, s.language), one.href, one.href == path) for one in PAGES if s.caller.role in one.roles]
