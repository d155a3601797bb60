"""The form of ``worlds/*.toml``: what a world declares. Unknown keys are errors.

Days are inclusive. Counts are those of a hub that loads every version updated in [first_day, last_day + 1).
A section that is left out is a source that this world does not have: its paths answer 404.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
LARGEST_BENCH = 2_000_000
WORLDS = Path(__file__).parent / "worlds"


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A part of a world file."""


class Services(Section, frozen=True):
    """The catalogue on ``last_day``, and how much it moved in the period."""

    level_2: Count
    level_3: Count
    level_4: Count
    portal_level_3: Count
    portal_level_4: Count
    started: Count  # came into force in the period
    ended: Count  # went out of force in the period, beyond the counts above
    raised_2_to_3: Count
    raised_3_to_4: Count
    portal_switched_on: Count


class Dossiers(Section, frozen=True):
    """Dossiers by their newest version; ``received_…`` and ``resolved_…`` are counts of [from_day, last_day]."""

    from_day: date
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


class Certificates(Section, frozen=True):
    """Certificates in force on ``last_day``; ``issued`` of them since ``feed_since``."""

    feed_since: date
    organisations: Count
    persons: Count
    revoked: Count
    issued: Count


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


class Subscribers(Section, frozen=True):
    """Subscribers of one kind (``loai``); ``smartphones`` is their share."""

    kind: str
    operators: dict[str, Share]
    smartphones: Share
    monthly_growth: Share
    total: Count  # on last_day


class Stations(Section, frozen=True):
    """Stations on ``last_day``; a shared site carries two operators."""

    sites: Count
    shared_sites: Count
    technologies: dict[str, Count]
    operators: dict[str, Share]
    built_monthly: Count  # at existing sites


class Revenue(Section, frozen=True):
    """Revenue in VND of the months from ``from_month`` to ``to_month`` (first days) together."""

    from_month: date
    to_month: date
    total_vnd: Count
    operators: dict[str, Share]
    services: dict[str, Share]


class Coverage(Section, frozen=True):
    """Villages and their coverage; some improve every month."""

    operator: str
    villages: Count
    none: Count  # on last_day
    weak: Count
    improved_monthly: Count


class Telecom(Section, frozen=True):
    """The operators' monthly files from ``first_month`` on."""

    first_month: date
    resubmitted: Share
    subscribers: list[Subscribers]
    stations: Stations
    revenue: list[Revenue]
    coverage: Coverage


class Processed(Section, frozen=True):
    """Processed vehicles of a gate and direction."""

    gate: str
    direction: str
    from_day: date
    to_day: date
    vehicles: Count


class Vehicles(Section, frozen=True):
    """Declarations at the border gates."""

    processed: list[Processed]
    cancelled: Count
    still_declared: Count


class Bench(Section, frozen=True):
    """A number of clean dossiers."""

    dossiers: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_BENCH)]
    from_day: date
    to_day: date


class WorldFile(Section, frozen=True):
    """A whole world."""

    title: str
    province: str  # organisation code
    area: str
    now: datetime  # nothing later is ever shown
    first_day: date
    last_day: date
    seed: int
    holidays: list[date] = []
    services: Services | None = None
    dossiers: Dossiers | None = None
    documents: Documents | None = None
    work_files: list[WorkFiles] = []
    certificates: Certificates | None = None
    ecommerce: Ecommerce | None = None
    telecom: Telecom | None = None
    vehicles: Vehicles | None = None
    bench: Bench | None = None
    dirt: dict[str, dict[str, Count]] = {}


def read_world(name: str) -> WorldFile:
    """The world ``name`` of ``gateway/worlds``, or of a path that ends in ``.toml``.

    Raises ValueError with one line that says what is wrong and where.
    """
    path = Path(name) if name.endswith(".toml") else WORLDS / f"{name}.toml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        known = ", ".join(sorted(world.stem for world in WORLDS.glob("*.toml")))
        raise ValueError(f"unknown world {name!r}: there are {known}; or give a path that ends in .toml") from None
    try:
        return msgspec.convert(tomllib.loads(text), WorldFile)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: {error}") from None
