"""How figures are written for people: numbers with their language's marks, and units in words."""

from decimal import ROUND_HALF_UP, Decimal

from hub.translation import Language, Text, Wording, msg

_VIETNAMESE = str.maketrans(",.", ".,")
UNITS: dict[str, Wording] = {
    "%": msg("%"),
    "percentage points": msg("percentage points"),
    "per 100 people": msg("per 100 people"),
    "billion VND": msg("billion VND"),
    "VND": msg("VND"),
    "accounts": msg("accounts"),
    "articles": msg("articles"),
    "cases": msg("cases"),
    "certificates": msg("certificates"),
    "communes": msg("communes"),
    "documents": msg("documents"),
    "dossiers": msg("dossiers"),
    "files": msg("work files"),
    "items": msg("items"),
    "km": msg("km"),
    "orders": msg("orders"),
    "people": msg("people"),
    "points": msg("points"),
    "products": msg("products"),
    "services": msg("services"),
    "sites": msg("sites"),
    "stations": msg("stations"),
    "subscribers": msg("subscribers"),
    "systems": msg("systems"),
    "threats": msg("threats"),
    "transactions": msg("transactions"),
    "vehicles": msg("vehicles"),
    "villages": msg("villages"),
    "accidents": msg("accidents"),
    "addresses": msg("addresses"),
    "agencies": msg("agencies"),
    "assistants": msg("virtual assistants"),
    "attacks": msg("attacks"),
    "booths": msg("booths"),
    "bulletins": msg("bulletins"),
    "calls": msg("calls"),
    "cameras": msg("cameras"),
    "clusters": msg("clusters"),
    "copies": msg("copies"),
    "databases": msg("databases"),
    "datasets": msg("datasets"),
    "decisions": msg("decisions"),
    "districts": msg("districts"),
    "domains": msg("domains"),
    "doses": msg("doses"),
    "enterprises": msg("enterprises"),
    "gifts": msg("gifts"),
    "groups": msg("groups"),
    "hours": msg("hours"),
    "households": msg("households"),
    "inspections": msg("inspections"),
    "installs": msg("installs"),
    "issues": msg("issues"),
    "licences": msg("licences"),
    "lines": msg("data lines"),
    "lookups": msg("look-ups"),
    "loudspeakers": msg("loudspeakers"),
    "mailboxes": msg("mailboxes"),
    "materials": msg("materials"),
    "meetings": msg("meetings"),
    "million views": msg("million views"),
    "offices": msg("offices"),
    "organisations": msg("organisations"),
    "parcels": msg("parcels"),
    "payments": msg("payments"),
    "petitions": msg("petitions"),
    "pictures": msg("pictures"),
    "plans": msg("plans"),
    "procedures": msg("procedures"),
    "rank": msg("rank"),
    "requests": msg("requests"),
    "routes": msg("routes"),
    "schools": msg("schools"),
    "servers": msg("servers"),
    "sims": msg("SIMs"),
    "statements": msg("statements"),
    "subjects": msg("subjects"),
    "teams": msg("teams"),
    "trips a week": msg("trips a week"),
    "upgrades": msg("upgrades"),
    "warnings": msg("warnings"),
    "doctor months": msg("doctor months"),
    "projects": msg("projects"),
    "pupils": msg("pupils"),
    "rooms": msg("rooms"),
    "targets": msg("targets"),
    "tasks": msg("tasks"),
    "teachers": msg("teachers"),
    "visits": msg("visits"),
}
"""A definition's unit → what people call it."""
_MEASURES = frozenset(
    {"%", "percentage points", "per 100 people", "billion VND", "VND", "km", "hours", "million views", "doctor months"}
)
"""The units of what is measured or divided, and may have a fraction."""


def counts_things(unit: str) -> bool:
    """Whether values in a unit are whole numbers. What is not known of a unit is not asked for."""
    return unit in UNITS and unit not in _MEASURES


def unit_text(unit: str, language: Language) -> str:
    """A unit in words; one that the table does not have yet is shown as its definition spells it."""
    return unit_name(unit).text(language)


def unit_name(unit: str) -> Wording:
    """A unit as a text in both languages."""
    return UNITS.get(unit, Text(unit, unit))


def number_text(value: Decimal | int | float, language: Language, sign: str = "") -> str:
    """The number with all that it has: 1.342,5 or 1,342.5. With the sign `+` above zero, too, where that is asked."""
    written = f"{value:{sign},f}" if isinstance(value, Decimal) else f"{value:{sign},}"
    return written.translate(_VIETNAMESE) if language == "vi" else written


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """As people round, and as the reports do; what becomes zero has no sign."""
    rounded = value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return rounded or abs(rounded)
