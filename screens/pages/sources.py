"""Every source, those that are late or blocked first; and who has delivered what where several deliver a feed."""

from fastapi import APIRouter
from fastapi.responses import Response

from accounts.account_roles import SEE_INCIDENTS
from screens.evidence import deliverers, sees_evidence
from screens.freshness import sources
from screens.pages.audit_log import READERS
from screens.pages.frame import Visited, province_of
from screens.view_models.evidence import DeliverersPage, FreshnessPage
from screens.view_models.page import Link
from warehouse.deliverers import matrices

router = APIRouter(include_in_schema=False)
_PERIODS = 12


@router.get("/freshness")
def freshness(v: Visited) -> Response:
    """How every source keeps to its timetable."""
    with v.reading() as s:
        states = sources(s)
        newest = max((one.loaded_at for one in states if one.loaded_at), default=None)
        page = v.frame(s, v.say("Freshness of the data"), place=province_of(s), loaded_at=newest)
    deliverers_href = "/freshness/deliverers" if sees_evidence(s) else None
    audit_href = "/audit" if s.caller.role in READERS else None
    incidents_href = "/incidents" if sees_evidence(s) and s.caller.role in SEE_INCIDENTS else None
    runs_href = "/quality/runs" if sees_evidence(s) else None
    titles = {
        f"{name}.{feed}": one.title for name, spec in s.catalogue.sources.items() for feed, one in spec.feeds.items()
    }
    model = FreshnessPage(states, titles, deliverers_href, audit_href, incidents_href, runs_href)
    return v.answer("freshness.html", page, model)


@router.get("/freshness/deliverers")
def delivered(v: Visited) -> Response:
    """Who has delivered what, when, and who was to; nothing for whoever does not see a whole province."""
    with v.reading("explain") as s:
        found = matrices(deliverers(s), _PERIODS)
        titles = [s.catalogue.feed_title(f"{one.source}.{one.feed}") for one in found]
        trail = [Link(v.say("Freshness of the data"), "/freshness")]
        page = v.frame(s, v.say("Deliveries of data"), trail=trail, place=province_of(s))
    return v.answer("deliverers.html", page, DeliverersPage([*zip(titles, found, strict=True)]))
