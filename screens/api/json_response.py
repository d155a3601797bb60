"""JSON as every answer of the API has it."""

import json
from typing import Any

from starlette.responses import JSONResponse

from hub.texts import shown_in_json


class InertJson(JSONResponse):
    """JSON that a terminal can show as it is: what is not shown is written as an escape."""

    def render(self, content: Any) -> bytes:
        return shown_in_json(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))).encode()
