"""What tests may change while a gateway runs. Not part of the interface."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gateway.faults import Faults, parse_faults
from gateway.moments import iso, of_datetime
from gateway.wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from gateway.app import Gateway


def answer(gateway: Gateway, request: Request) -> Answer:
    """``GET /__admin/state``, ``POST /__admin/faults`` with ``{"faults": "all", "seed": 1}``,
    ``POST /__admin/clock`` with ``{"now": ISO}``; each answers the state. ``GET /__admin/received`` answers what the
    Government's IOC accepted, in order of arrival."""
    try:
        asked = msgspec.json.decode(request.body or b"{}", type=dict[str, str | int])
        if request.method == "POST" and request.path == "/__admin/faults":
            gateway.faults = Faults(parse_faults(str(asked.get("faults", ""))), int(asked.get("seed", 0)))
            gateway.cache.clear()
        elif request.method == "POST" and request.path == "/__admin/clock":
            gateway.now = of_datetime(datetime.fromisoformat(str(asked.get("now"))))
            gateway.cache.clear()
        elif (request.method, request.path) == ("GET", "/__admin/received"):
            return json_answer(200, {"received": [accepted.listing() for accepted in gateway.receiver.accepted()]})
        elif (request.method, request.path) != ("GET", "/__admin/state"):
            return json_answer(404, {"loi": f"{request.path} is none of state, received, faults, clock"})
    except (ValueError, msgspec.DecodeError) as error:
        return json_answer(400, {"loi": str(error)})
    return json_answer(
        200,
        {
            "now": iso(gateway.now),
            "requests": gateway.requests,
            "faults": gateway.faults.rates,
            "fired": gateway.faults.fired,
        },
    )
