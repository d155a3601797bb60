"""Answers of a real interface, recorded: what the standard suite reads where the simulated gateway has no such feed.

`samples/<source>.<feed>/1.json`, `2.json`, … are the answers to the calls for one slice, in the order of the calls;
after the list of a `files` feed come the files themselves. Fields that are personal hold made-up values.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from connectors.specification import Feed
from tests.connectors.stub import Asked, Reply, Stub, stub

SAMPLES = Path(__file__).with_name("samples")


@contextmanager
def recorded(folder: Path, feed: Feed) -> Iterator[Stub]:
    """A gateway that answers with what was recorded; a call after the last answer is a 404."""
    answers = {int(path.stem): path.read_bytes() for path in folder.iterdir()}
    order = count(1)

    def answer(asked: Asked) -> Reply:
        body = answers.get(_page(feed, asked) or next(order))
        return Reply(status=404) if body is None else Reply(body)

    with stub(answer) as there:
        yield there


def _page(feed: Feed, asked: Asked) -> int | None:
    """The page that a call asks for by number or offset: these come side by side, in any order."""
    template, said = feed.request.query, asked.query
    if feed.request.body is not None:
        template, said = feed.request.body, json.loads(asked.body)
    for name, text in template.items():
        if text == "{page}":
            return int(said[name])
        if text == "{offset}":
            return int(said[name]) // feed.paging.size + 1
    return None
