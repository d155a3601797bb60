"""The form of ``worlds/*.toml``: what a world declares of each source. Unknown keys are errors.

A section that is left out is a source that this province does not have: its paths answer 403.

Days are inclusive, and months are named by their first day. Counts are those of a hub that loads every version updated
in [first_day, last_day + 1).
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Holder = Literal["to_chuc", "ca_nhan"]
Figures = dict[str, dict[str, Count]]
"""By day and name."""
T = TypeVar("T")
LARGEST_BENCH = 2_000_000
WORLDS = Path(__file__).parent / "worlds"
DIRT: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("dirt.toml").read_text(encoding="utf-8"))
"""What is wrong in the dirty rows that a world may plant, by feed and kind."""


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

    levels: dict[int, Count]
    started: Count
    ended: Count
    raised_2_to_3: Count


class Services(Levels, frozen=True):
    """The catalogue on ``last_day``, and its moves in the period."""

    portal: dict[int, Count]  # by level
    raised_3_to_4: Count
    portal_switched_on: Count


class ServicesBefore(Levels, frozen=True):
    """The catalogue on an earlier day ``on``; it became that of the world that continues this one by the moves that the
    levels imply, by ``started`` and by ``ended`` services in between. ``raised_2_to_3`` counts until ``on``."""

    on: date


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
    level_4: dict[Literal["online", "direct"], Count] = {}  # dossiers at full online services, among those received
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
    """Certificates issued in the period and never revoked, by holder; no other is issued then."""

    holders: dict[Holder, Count]


class Certificates(Section, frozen=True):
    """Certificates in force on ``last_day``, by holder; ``issued`` of them since ``feed_since``.

    A world that another one continues leaves the counts to that one and may name those ``issued_between`` two days.
    """

    feed_since: date
    holders: dict[Holder, Count] = {}
    revoked: Count = 0
    issued: Count = 0
    issued_between: list[Issued] = []


class Ecommerce(Section, frozen=True):
    """Cumulative figures of all platforms together, by day and wire name; in between they are made up and never
    decline."""

    platforms: dict[str, Share]
    skipped: Share  # of the days that are neither in `figures` nor a month's end
    figures: Figures


class Subscribers(Section, frozen=True):
    """Subscribers of one kind (``loai``); ``smartphones`` is their share. Between the ``earlier`` months and the last
    one they grow evenly, before them by ``monthly_growth``."""

    kind: str
    operators: dict[str, Share]
    smartphones: Share
    monthly_growth: Share
    total: Count  # in the last month
    earlier: dict[str, Count] = {}


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

    states: dict[str, Count]


class Feedback(Section, frozen=True):
    """Citizens' reports, by field (``linh_vuc``) and intake (``kenh``)."""

    fields: dict[str, Share]
    intakes: dict[str, Share]
    reported: list[Reported]


class Points(Section, frozen=True):
    """Postal points at a month's end; ``unserved`` ones come beside the served."""

    served: Count
    unserved: Count


class PostRevenue(Months, frozen=True):
    """Postal revenue in VND."""

    total_vnd: Count


class Post(Section, frozen=True):
    """The postal network; months between the declared ones lie on a line."""

    kinds: dict[str, Share]
    points: dict[str, Points]  # by month
    operators: dict[str, Share]
    vnd_per_item: dict[str, Count]
    revenue: list[PostRevenue]


class Articles(Period, frozen=True):
    """Pieces published in the period; ``unclassified`` ones, of the last days, have no sentiment at ``now``."""

    sentiments: dict[str, Count]
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

    ma_he_thong: str
    ten: str
    bo_nganh: str
    bat_buoc: bool
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


class WorldFile(Section, frozen=True):
    """A whole world. Worlds that tell one history name each other in ``continues`` and ``continued_by``; what both show
    is made once, from the later one's"""

    title: str
    province: str  # organisation code
    area: str
    now: datetime  # nothing later is ever shown
    first_day: date
    last_day: date
    seed: int
    events_until: date | None = None  # nothing is filed, issued or passes later, though last_day's figures are shown
    continues: str = ""
    continued_by: str = ""
    numbers_from: Count = 1  # where running keys begin, so that worlds of one history do not share any
    holidays: tuple[date, ...] = ()
    renamed: tuple[Renamed, ...] = ()
    services: Services | None = None
    services_before: ServicesBefore | None = None
    dossiers: tuple[Dossiers, ...] = ()
    documents: Documents | None = None
    work_files: tuple[WorkFiles, ...] = ()
    certificates: Certificates | None = None
    ecommerce: Ecommerce | None = None
    telecom: Telecom | None = None
    vehicles: Vehicles | None = None
    feedback: Feedback | None = None
    post: Post | None = None
    citizen_app: Figures = {}  # accounts opened until the end of a day, by `loai` or `loai/nen_tang`
    press: Press | None = None
    security: tuple[Threats, ...] = ()
    lgsp: tuple[Connection, ...] = ()
    bench: Bench | None = None
    systems: str = ""  # a folder beside the world file, with a file for each system of the general forms
    dirt: dict[str, dict[str, Count]] = {}

    @property
    def last_event_day(self) -> date:
        """The last day on which anything happens."""
        return self.events_until or self.last_day


def read_world(name: str) -> WorldFile:
    """The world ``name`` of ``gateway/worlds``, or of a path that ends in ``.toml``.

    Raises ValueError with one line that says what is wrong and where.
    """
    path = world_path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        known = ", ".join(sorted(world.stem for world in WORLDS.glob("*.toml")))
        raise ValueError(f"unknown world {name!r}: there are {known}; or give a path that ends in .toml") from None
    try:
        world = msgspec.toml.decode(text, type=WorldFile)
    except msgspec.DecodeError as error:
        raise ValueError(f"{path}: {error}") from None
    check_dirt(str(path), world.dirt)
    return world


def world_path(name: str) -> Path:
    """Where the world ``name`` is."""
    return Path(name) if name.endswith(".toml") else WORLDS / f"{name}.toml"


def check_dirt(path: str, dirt: dict[str, dict[str, Count]]) -> None:
    """Raises ValueError when ``dirt`` of the file ``path`` has a kind that there is not."""
    for feed, kinds in dirt.items():
        possible = DIRT.get(feed, {})
        for kind in kinds.keys() - possible.keys():
            raise ValueError(f"{path}: dirt.{feed}.{kind} is unknown; there are {', '.join(possible)}")


def history(world: WorldFile) -> tuple[WorldFile, ...]:
    """The worlds that tell one history with ``world``, itself included, in order of time and with its seed.

    Raises ValueError as ``read_world`` does.
    """
    before = [read_world(world.continues)] if world.continues else []
    after = [read_world(world.continued_by)] if world.continued_by else []
    return tuple(msgspec.structs.replace(file, seed=world.seed) for file in (*before, world, *after))


def whole_history(worlds: tuple[WorldFile, ...]) -> WorldFile:
    """The last of the worlds of one history as if it told all of it."""
    return msgspec.structs.replace(
        worlds[-1],
        first_day=worlds[0].first_day,
        holidays=tuple(sorted({day for world in worlds for day in world.holidays})),
        renamed=tuple(renamed for world in worlds for renamed in world.renamed),
    )


def by_day(table: dict[str, T]) -> dict[date, T]:
    """A table of the world file with days for keys, in their order. Raises ValueError."""
    try:
        return {date.fromisoformat(day): value for day, value in sorted(table.items())}
    except ValueError as error:
        raise ValueError(f"world: {', '.join(table)}: {error}") from None
