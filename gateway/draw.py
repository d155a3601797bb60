"""The one source of chance: a generator for each purpose, so that a change in one feed leaves the others alone."""

from random import Random

from gateway.worldfile import WorldFile


def draw(world: WorldFile, purpose: str) -> Random:
    """A generator that follows from the world's seed and ``purpose``, the same in every process."""
    return Random(f"{world.seed}:{purpose}")  # noqa: S311 - invented records, nothing secret
