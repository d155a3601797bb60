"""Turns go round: who asks often waits behind who asks seldom, and nobody holds more than a share."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import pytest

from hub.errors import HubError, SignInBusy, WrongCredentials
from screens.turns import Shares, Turns


def busy() -> HubError:
    return SignInBusy(1)


class Place:
    """What turns are at: who has used it, in order, and how many of whom at once at most."""

    def __init__(self, places: int, share: int) -> None:
        self.turns = Turns(places, share, busy)
        self.order: list[str] = []
        self.now: list[str] = []
        self.most, self.most_of_one = 0, 0

    async def use(self, caller: str, rounds: int = 1, longest: float = 60) -> None:
        for _ in range(rounds):
            async with self.turns.turn(caller, longest):
                self.order.append(caller)
                self.now.append(caller)
                self.most = max(self.most, len(self.now))
                self.most_of_one = max(self.most_of_one, self.now.count(caller))
                await asyncio.sleep(0.001)
                self.now.remove(caller)


def run(place: Place, *arrivals: Iterable[tuple[str, int]]) -> Place:
    """Groups of callers that arrive one after the other, with how many turns each one takes, one after the other."""

    async def all_of_them() -> None:
        begun = []
        for group in arrivals:
            begun += [asyncio.ensure_future(place.use(*one)) for one in group]
            for _ in range(3):
                await asyncio.sleep(0)
        await asyncio.gather(*begun)

    asyncio.run(all_of_them())
    return place


def test_one_that_waits_with_many_at_once_comes_in_between_for_each_other() -> None:
    place = run(Place(1, 1), [("many", 1)] * 15, [("one", 1), ("other", 1)])
    assert place.order[:3] == ["many", "one", "other"]
    assert len(place.order) == 17


def test_who_comes_new_waits_for_nobody_who_was_there_before() -> None:
    place = Place(1, 1)

    async def story() -> None:
        guesses = [asyncio.ensure_future(place.use(f"10.8.0.{n}", 10)) for n in range(40)]
        while len(place.order) < 100:
            await asyncio.sleep(0.001)
        before = len(place.order)
        await place.use("10.9.0.1")
        assert place.order[before : before + 3].count("10.9.0.1") == 1
        for one in guesses:
            one.cancel()

    asyncio.run(story())


def test_a_turn_that_was_refused_counts() -> None:
    place = Place(1, 1)

    async def story() -> None:
        async with place.turns.turn("slow", 1):
            for _ in range(10):
                with pytest.raises(SignInBusy):
                    await place.use("impatient", longest=0.001)
            waiting = [asyncio.ensure_future(place.use(caller)) for caller in ("impatient", "one", "other")]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    asyncio.run(story())
    assert place.order == ["one", "other", "impatient"]


def test_newcomers_without_end_put_nobody_off_for_ever() -> None:
    place = Place(1, 1)

    async def story() -> None:
        await place.use("again", 3)
        newcomers = [asyncio.ensure_future(place.use(f"{n}")) for n in range(5)]
        again = asyncio.ensure_future(place.use("again"))
        for number in range(5, 100):
            await place.use(f"{number}")
            newcomers.append(asyncio.ensure_future(place.use(f"more {number}")))
            if again.done():
                break
        assert again.done()
        await asyncio.gather(*newcomers)

    asyncio.run(story())


def test_nobody_has_more_than_a_share_and_the_rest_is_for_others() -> None:
    place = run(Place(8, 3), [("key", 2)] * 24, [("one", 1), ("other", 1)])
    assert place.order[:3] == ["key"] * 3
    assert place.order[3:5] == ["one", "other"]
    assert place.most_of_one == 3
    assert len(place.order) == 50


def test_all_places_are_used_and_no_more() -> None:
    assert run(Place(4, 4), [(f"{n}", 2) for n in range(20)]).most == 4


def test_who_uses_its_share_is_told_that_it_is_its_own_fault() -> None:
    async def story() -> None:
        turns = Turns(2, 1, busy, WrongCredentials)
        async with turns.turn("one", 1):
            with pytest.raises(WrongCredentials):
                async with turns.turn("one", 0.01):
                    pytest.fail("beyond the share")
            async with turns.turn("other", 1):
                with pytest.raises(SignInBusy):
                    async with turns.turn("third", 0.01):
                        pytest.fail("there is no place")

    asyncio.run(story())


@pytest.mark.parametrize("end", ["cancelled", "refused", "failed"])
def test_a_place_is_free_again_whatever_became_of_a_turn(end: str) -> None:
    place = Place(1, 1)

    async def fail() -> None:
        async with place.turns.turn("one", 60):
            await asyncio.sleep(0)
            raise ValueError

    async def story() -> None:
        for _ in range(5):
            task = asyncio.ensure_future(fail())
            other = asyncio.ensure_future(place.use("other", longest=0.001 if end == "refused" else 60))
            await asyncio.sleep(0)
            if end == "cancelled":
                task.cancel()
                other.cancel()
            for one in (task, other):
                with suppress(ValueError, SignInBusy, asyncio.CancelledError):
                    await one
        await place.use("last", longest=1)

    asyncio.run(story())
    assert place.order[-1] == "last"


def test_a_share_is_refused_beyond_it_and_given_back() -> None:
    shares = Shares(2, busy)
    with shares.one("a"), shares.one("a"), shares.one("b"):
        with pytest.raises(SignInBusy), shares.one("a"):
            pytest.fail("beyond the share")
        with shares.one("b"):
            pass
    with shares.one("a"), shares.one("a"):
        pass
