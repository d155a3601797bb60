"""Where and under which codes the rows of a system's block stand, and how they are dealt out among these."""

from collections import Counter
from collections.abc import Iterable, Mapping
from random import Random
from typing import TypeVar

from gateway.areas import Province
from gateway.chance import jitter, split
from gateway.systemfile import Block, Weights

T = TypeVar("T")
Place = tuple[str, str]
"""Area and organisation."""


def shares(weights: Weights) -> Mapping[str, float]:
    """By text."""
    return {weights: 1.0} if isinstance(weights, str) else weights


def deal(count: int, weights: Mapping[T, float], random: Random) -> list[T]:
    """``count`` of the keys in proportion to their weights, as exact counts, shuffled."""
    dealt = [key for key, part in zip(weights, split(count, list(weights.values())), strict=True) for _ in range(part)]
    random.shuffle(dealt)
    return dealt


def deal_evenly(count: int, weights: Mapping[T, float], random: Random) -> list[T]:
    """As ``deal``; where all weights are the same, everyone has one before anyone has two."""
    if len(set(weights.values())) > 1:
        return deal(count, weights, random)
    rounds = (random.sample(list(weights), len(weights)) for _ in range(-(-count // len(weights))))
    return [key for each in rounds for key in each][:count]


def parts(total: int, weights: list[float]) -> list[int]:
    """``total`` in proportion to ``weights``, and nobody has nothing as long as there is enough."""
    least = int(total >= len(weights))
    return [least + part for part in split(total - least * len(weights), weights)] if weights else []


def places(province: Province, block: Block, random: Random) -> dict[Place, float]:
    """The places of ``block`` with their weights. Raises ValueError for an unknown code.

    Areas: ``communes`` (more in towns), ``districts`` (by their communes), ``each_commune`` and ``each_district`` (all
    alike), or codes. Organisations: ``departments``, ``district_offices``, ``commune_offices``, ``own`` (the area's own
    office), or codes.
    """
    areas: Mapping[str, float]
    communes = {commune.code: commune.organisation for commune in province.communes}
    districts = {commune.district: commune.district_organisation for commune in province.communes}
    offices = {"departments": province.departments, "district_offices": province.districts}
    offices["commune_offices"] = province.offices("xa")
    match block.area:
        case "communes":
            areas = {place.code: jitter(random, 3.0 if place.urban else 1.0, 0.5) for place in province.communes}
        case "districts":
            areas = {
                code: float(count) for code, count in Counter(place.district for place in province.communes).items()
            }
        case "each_commune" | "each_district":
            areas = dict.fromkeys(communes if block.area == "each_commune" else districts, 1.0)
        case _:
            areas = shares(block.area)
    own = communes | districts | {"": ""}
    check_codes(province, areas=areas)
    if block.organisation == "own":
        return {(area, own[area]): weight for area, weight in areas.items()}
    named = offices.get(block.organisation) if isinstance(block.organisation, str) else None
    organisations = dict.fromkeys(named, 1.0) if named else shares(block.organisation)
    check_codes(province, organisations=organisations)
    return {(area, office): weight * share for area, weight in areas.items() for office, share in organisations.items()}


def check_codes(province: Province, areas: Iterable[str] = (), organisations: Iterable[str] = ()) -> None:
    """Raises ValueError for a code of none of the province's areas or organisations."""
    known = {code for place in province.communes for code in (place.code, place.district)}
    offices = {code for tier in ("tinh", "huyen", "xa") for code in province.offices(tier)}
    for what, codes, there in (("area", areas, known), ("organisation", organisations, offices)):
        for code in {*codes} - there - {""}:
            raise ValueError(f"{what} {code!r} is neither a code of the province nor the name of a list of them")
