"""Security headers of every answer: no foreign content, no content sniffing, no framing, no caching in between."""

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from screens.rendering import CONTENT_POLICY, STATIC_PATH

ALWAYS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_A_YEAR = 31_536_000


class SecurityHeaders:
    """ASGI middleware; an answer's own headers win."""

    def __init__(self, app: ASGIApp, https: bool = False) -> None:
        self._app = app
        self._headers = ALWAYS | ({"Strict-Transport-Security": f"max-age={_A_YEAR}"} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(scope, message)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, scope: Scope, message: MutableMapping[str, Any]) -> None:
        headers = MutableHeaders(scope=message)
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        named_by_content = scope["path"].startswith(f"{STATIC_PATH}/") and message["status"] in (200, 304)
        headers.setdefault("Cache-Control", f"public, max-age={_A_YEAR}, immutable" if named_by_content else "no-store")
