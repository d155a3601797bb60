"""The sections of a world file: what a world declares of each source. Unknown keys are errors.

Days are inclusive, and months are named by their first day. Counts are those of a hub that loads every version updated
in [first_day, last_day + 1).
"""

from datetime import date
from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
LARGEST_BENCH = 2_000_000


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A part of a world file."""


class Period(Section, frozen=True):
    """What happened in [from_day, to_day]."""

    from_day: date
    to_day: date


class Months(Section, frozen=True):
    """What happened in the months from ``from_month`` to ``to_month`` together."""

    from_month: date
    to_month: date


class Levels(Section, frozen=True):
    """A catalogue of services, and how much it moved: services that came into force or went out of it, beyond the
    counts of the levels."""

    level_2: Count
    level_3: Count
    level_4: Count
    started: Count
    ended: Count
    raised_2_to_3: Count


class Services(Levels, frozen=True):
    """The catalogue on ``last_day``, and its moves in the period."""

    portal_level_3: Count
    portal_level_4: Count
    raised_3_to_4: Count
    portal_switched_on: Count


class ServicesBefore(Levels, frozen=True):
    """The catalogue on an earlier day ``on``; it became that of the world that continues this one by the moves that the
    levels imply, by ``started`` and by ``ended`` services in between. ``raised_2_to_3`` counts until ``on``."""

    on: date


class LevelFour(Section, frozen=True):
    """Dossiers at full online services, among those received."""

    online: Count
    direct: Count


class Dossiers(Period, frozen=True):
    """Dossiers by their newest version: received in the period, what became of them until the world's last event."""

    received_online: Count
    received_direct: Count
    resolved_on_time: Count
    resolved_late: Count
    resolved_without_due: Count  # among those on time
    carried_in: Count  # received before from_day, resolved on time in the period
    carried_in_by_post: Count  # among carried_in
    not_accepted: Count
    new: Count
    withdrawn_before_receipt: Count
    services_received: Count  # partial and full online services with a received dossier
    services_received_online: Count
    services_level_2: Count  # information-only services with a (direct) dossier
    received_level_2: Count
    received_direct_only: Count  # at services of level 3 and 4 without an online one
    corrected: Count  # a later version mends the channel, the due date or the ended date
    level_4: LevelFour | None = None
    steps: Share = 1.0  # of the dossiers whose earlier states are published too


class Documents(Section, frozen=True):
    """Issued documents promulgated in [from_day, last_day]."""

    from_day: date
    signed: Count
    secret_signed: Count
    secret_unsigned: Count
    unsigned: Count  # not secret and never signed
    signed_later: Count  # among signed: unsigned in an earlier version
    before: Count  # promulgated on first_day, before from_day


class WorkFiles(Section, frozen=True):
    """Work files of one tier, closed in [from_day, last_day]."""

    tier: str
    from_day: date
    closed_online: Count
    closed_offline: Count
    closed_secret: Count
    still_open: Count


class Issued(Period, frozen=True):
    """Certificates issued in the period and never revoked; no other is issued then."""

    organisations: Count
    persons: Count


class Certificates(Section, frozen=True):
    """Certificates in force on ``last_day``; ``issued`` of them since ``feed_since``. A world that another one
    continues leaves the counts to that one and may name those ``issued_between`` two days."""

    feed_since: date
    organisations: Count = 0
    persons: Count = 0
    revoked: Count = 0
    issued: Count = 0
    issued_between: list[Issued] = []


class Figures(Section, frozen=True):
    """Cumulative figures of all platforms together on one day."""

    day: date
    listings: Count
    transactions: Count
    orders: Count
    revenue_vnd: Count
    buyers: Count
    trained: Count


class Ecommerce(Section, frozen=True):
    """Figures in between the declared days are made up, never declining."""

    platforms: dict[str, Share]
    skipped: Share  # of the days that are neither in `figures` nor a month's end
    figures: list[Figures]


class MonthTotal(Section, frozen=True):
    """A figure at the end of ``month``."""

    month: date
    total: Count


class Subscribers(Section, frozen=True):
    """Subscribers of one kind (``loai``); ``smartphones`` is their share. Between the ``earlier`` months and the last
    one they grow evenly, before them by ``monthly_growth``."""

    kind: str
    operators: dict[str, Share]
    smartphones: Share
    monthly_growth: Share
    total: Count  # in the last month
    earlier: list[MonthTotal] = []


class Built(Months, frozen=True):
    """New sites and stations."""

    sites: Count
    technologies: dict[str, Count]


class Stations(Section, frozen=True):
    """Stations on ``last_day``; a shared site carries two operators. A world that another one continues leaves all
    but ``built`` to that one."""

    built: list[Built]
    sites: Count = 0
    shared_sites: Count = 0
    technologies: dict[str, Count] = {}
    operators: dict[str, Share] = {}


class Revenue(Months, frozen=True):
    """Telecom revenue in VND."""

    total_vnd: Count
    operators: dict[str, Share]
    services: dict[str, Share]


class Coverage(Section, frozen=True):
    """Villages and their coverage at the end of ``month``, going back from which some are worse every month. From an
    earlier world's ``month`` on, the figures run on a line to those of the world that continues it."""

    month: date
    operator: str
    villages: Count
    none: Count
    weak: Count
    improved_monthly: Count = 0
    codes_of: str = ""  # an area whose communes give the village codes, so that two provinces' codes collide


class Telecom(Section, frozen=True):
    """The operators' monthly files from ``first_month`` on."""

    first_month: date
    resubmitted: Share
    subscribers: list[Subscribers]
    stations: Stations
    revenue: list[Revenue]
    coverage: Coverage


class Processed(Period, frozen=True):
    """Processed vehicles of a gate and direction."""

    gate: str
    direction: str
    vehicles: Count


class Vehicles(Section, frozen=True):
    """Declarations at the border gates."""

    processed: list[Processed]
    cancelled: Count
    still_declared: Count


class Reported(Period, frozen=True):
    """Citizens' reports received in the period, by their state at the world's ``now``."""

    resolved: Count
    in_progress: Count
    refused: Count


class Feedback(Section, frozen=True):
    """Citizens' reports, by field (``linh_vuc``) and intake (``kenh``)."""

    fields: dict[str, Share]
    intakes: dict[str, Share]
    reported: list[Reported]


class Points(Section, frozen=True):
    """Postal points at the end of ``month``; ``unserved`` ones come beside the served."""

    month: date
    served: Count
    unserved: Count


class PostRevenue(Months, frozen=True):
    """Postal revenue in VND."""

    total_vnd: Count


class Post(Section, frozen=True):
    """The postal network; months between the declared ones lie on a line."""

    kinds: dict[str, Share]
    points: list[Points]
    operators: dict[str, Share]
    vnd_per_item: dict[str, Count]
    revenue: list[PostRevenue]


class Opened(Section, frozen=True):
    """Accounts opened until the end of ``day``, by type and for commerce by platform."""

    day: date
    citizen_app: Count
    payment: Count
    postmart: Count
    voso: Count


class CitizenApp(Section, frozen=True):
    """Figures between the declared days grow from commune to commune, never declining."""

    opened: list[Opened]


class Articles(Period, frozen=True):
    """Pieces published in the period; ``unclassified`` ones, of the last days, have no sentiment at ``now``."""

    positive: Count
    negative: Count
    neutral: Count
    unclassified: Count = 0


class Press(Section, frozen=True):
    """``classified_late`` of the pieces get their sentiment only after days."""

    outlets: dict[str, Share]
    classified_late: Share
    articles: list[Articles]


class Threats(Period, frozen=True):
    """Threats found in the period by level; ``handled`` is the share of them handled after some days."""

    levels: dict[str, Count]
    handled: Share


class Connection(Section, frozen=True):
    """A ministry's system; left-out days mean that it never came so far."""

    code: str
    name: str
    ministry: str
    required: bool
    trial_from: date | None = None
    live_from: date | None = None


class Renamed(Section, frozen=True):
    """An organisation that had the code ``code`` until the end of ``until`` and has ``then`` since."""

    code: str
    until: date
    then: str


class Bench(Period, frozen=True):
    """A number of clean dossiers."""

    dossiers: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_BENCH)]
