"""Calls the gateway: token, retries, deadlines, size caps. Knows no source."""

import http.client
import logging
import re
import ssl
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import requests
import urllib3

from connectors import deadline
from connectors.json_places import read_json
from connectors.links import local_path
from connectors.retries import may_pass, moment, persist, seconds
from hub.errors import Abort, ExpiredToken, Retry
from hub.translation import msg

MAX_BYTES = 64 * 2**20
"""The largest answer that is read, unpacked. A page of the largest feed is 3 MB."""
_CHUNK = 2**16
NO_CONTENT = 204
"""HTTP status of an answer that has none: an empty page."""
_PACKED, _GZIP = "gzip", b"\x1f"
"""How answers may be packed, once: the hub asks for nothing else; and how what is packed so begins."""
_TOKEN = re.compile("[!-~]{1,16384}")
_TOKEN_ANSWER = msgspec.json.Decoder(dict[str, msgspec.Raw])
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # it quotes headers that it cannot read, with traceback


@dataclass(frozen=True)
class Answer:
    """What came back: the unpacked bytes and how to find the call again."""

    body: bytes
    status: int
    correlation_id: str
    request: str
    told_at: datetime | None = None
    """When it was given, by the other side's clock."""


Check = Callable[[Answer], None]
"""Looks at an answer's body; raises ExpiredToken, Retry, Reject or Abort when it tells an error."""


@dataclass
class Gateway:
    """A province's LGSP. `timeout` is the longest silence, `deadline` the longest time from the first byte sent to the
    last one read of an answer, in seconds; `ca` is the PEM file of the certificate authorities that are trusted instead
    of the public ones."""

    url: str
    client_id: str
    client_secret: str
    timeout: float = 15.0
    deadline: float = 120.0
    ca: Path | None = None
    _token: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _local: threading.local = field(default_factory=threading.local)

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        accept: frozenset[int] = frozenset(),
        check: Check | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One answer, after as many tries as its faults allow.

        `accept` lists statuses beside 200 and 204 (which has no content) that are answers too; `check` looks at the
        body and raises when it tells an error; `headers` go with every try beside the hub's own. Raises Retry when the
        last try failed too, Abort when trying again cannot help.
        """
        return persist(self._once, method, path, query or {}, body, accept, check, headers or {})

    def locate(self, asked: str, link: str) -> str:
        """The path of a link that came in the answer to `asked`. Raises Reject when it leads elsewhere."""
        return local_path(self.url, asked, link)

    def authenticate(self) -> None:
        """Asks for a token, to see that address and credentials are right. Raises as `call` does."""
        self._renew(self._token)

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Mapping[str, Any] | None,
        accept: frozenset[int],
        check: Check | None,
        further: Mapping[str, str],
    ) -> Answer:
        if not path.startswith("/"):
            raise Abort(
                msg(
                    "{url}: the gateway names an address elsewhere ({path!r}), which is never followed",
                    url=self.url,
                    path=path[:80],
                ),
            )
        correlation_id = str(uuid.uuid4())
        token = self._token or self._renew(None)
        headers = {**further, "Authorization": f"Bearer {token}", "X-Correlation-Id": correlation_id}
        what = f"{method} {path}"
        response, content = self._exchange(method, path, params=query, json=body, headers=headers)
        status = response.status_code
        if status == 401:
            self._renew(token)
            raise ExpiredToken(
                msg("{what}: the token had expired; asked for a new one", what=what),
            )
        if status == 403:
            raise Abort(
                msg("{what}: this client may not read this feed; ask the gateway's operator for the right", what=what),
            )
        if may_pass(status):
            raise Retry(
                msg(
                    "{what}: HTTP {status} [{correlation_id}]", what=what, status=status, correlation_id=correlation_id
                ),
                after=seconds(response.headers.get("Retry-After")),
            )
        if 300 <= status < 400:
            raise Retry(
                msg(
                    "{what}: redirected elsewhere, which is never followed [{correlation_id}]",
                    what=what,
                    correlation_id=correlation_id,
                ),
            )
        if status not in (200, NO_CONTENT) and status not in accept:
            raise Abort(
                msg(
                    "{what}: HTTP {status}; the gateway's operator finds the call by [{correlation_id}]",
                    what=what,
                    status=status,
                    correlation_id=correlation_id,
                ),
            )
        asked = what + (f"?{urlencode(query)}" if query else "") + (f" {dict(body)}" if body else "")
        answer = Answer(content, status, correlation_id, asked, moment(response.headers.get("Date")))
        if check is not None and status == 200:
            try:
                check(answer)
            except ExpiredToken:
                self._renew(token)
                raise
        return answer

    def _renew(self, stale: str | None) -> str:
        """A token that is not `stale`; concurrent callers share one."""
        with self._lock:
            if self._token is None or self._token == stale:
                self._token = self._ask_token()
            return self._token

    def _ask_token(self) -> str:
        response, content = self._exchange(
            "POST",
            "/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id.encode(), self.client_secret.encode()),
        )
        if response.status_code in (400, 401, 403):
            raise Abort(
                msg(
                    "The gateway at {url} refuses client {client_id!r}; check IOC_CLIENT_ID and IOC_CLIENT_SECRET, or"
                    " the province's entry in the settings",
                    url=self.url,
                    client_id=self.client_id,
                ),
            )
        if response.status_code != 200:
            raise Retry(
                msg("POST /token: HTTP {status_code}", status_code=response.status_code),
                after=seconds(response.headers.get("Retry-After")),
            )
        try:
            token = msgspec.json.decode(read_json(_TOKEN_ANSWER.decode, content)["access_token"], type=str)
        except (Retry, KeyError, msgspec.DecodeError):
            raise Retry(msg("POST /token: the answer holds no access_token")) from None
        if not _TOKEN.fullmatch(token):
            raise Retry(msg("POST /token: the access_token has characters that no token has, or is too long"))
        return token

    def _exchange(self, method: str, path: str, **options: Any) -> tuple[requests.Response, bytes]:
        """One HTTP exchange, read to its end within time and size limits."""
        try:
            with (
                deadline.deadline(self.deadline),
                self._session().request(
                    method,
                    self.url.rstrip("/") + path,
                    stream=True,
                    allow_redirects=False,
                    timeout=self.timeout,
                    **options,
                ) as response,
            ):
                return response, self._content(response, f"{method} {path}")
        except requests.exceptions.SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" not in str(error):
                raise self._lost(method, path, error) from None
            raise Abort(
                msg(
                    "The certificate of the gateway at {url} is not trusted: set IOC_GATEWAY_CA, or gateway_ca in the"
                    " province's entry in the settings, to the PEM file of the authority that signed it",
                    url=self.url,
                )
            ) from None
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            requests.exceptions.MissingSchema,
        ):
            raise Abort(
                msg("IOC_GATEWAY_URL={url!r} is no address; it looks like https://lgsp.example.vn", url=self.url),
            ) from None
        except (
            requests.exceptions.RequestException,
            urllib3.exceptions.HTTPError,
            http.client.HTTPException,
            OSError,
            ValueError,
        ) as error:
            raise self._lost(method, path, error) from None

    def _content(self, response: requests.Response, what: str) -> bytes:
        """The unpacked body."""
        packed = response.headers.get("Content-Encoding", "").strip().lower()
        if packed not in ("", "identity", _PACKED):
            raise Retry(
                msg(
                    "{what}: the answer is packed as {packed!r}, which was not asked for", what=what, packed=packed[:40]
                )
            )
        content = bytearray()
        pieces = iter(lambda: response.raw.read1(_CHUNK, decode_content=False), b"")
        for piece in _unpacked(pieces, what) if packed == _PACKED else pieces:
            content += piece
            if len(content) > MAX_BYTES:
                raise Retry(
                    msg(
                        "{what}: the answer is larger than {max_bytes} MiB; cut off",
                        what=what,
                        max_bytes=MAX_BYTES >> 20,
                    ),
                )
        return bytes(content)

    def _lost(self, method: str, path: str, error: Exception) -> Retry:
        """What an exchange that did not come to its end is called."""
        if deadline.missed():
            return Retry(
                msg(
                    "{method} {path}: not finished after {deadline:.0f} s; cut off",
                    method=method,
                    path=path,
                    deadline=self.deadline,
                ),
            )
        if isinstance(error, requests.exceptions.ReadTimeout) or "timed out" in str(error).lower():
            return self._silent(method, path)
        kind = type(error).__name__
        if isinstance(error, requests.exceptions.ConnectionError) and isinstance(
            next(iter(error.args), None), urllib3.exceptions.MaxRetryError
        ):
            return Retry(
                msg(
                    "The gateway at {url} cannot be reached ({kind}); check IOC_GATEWAY_URL, or the province's entry"
                    " in the settings",
                    url=self.url,
                    kind=kind,
                ),
            )
        return Retry(
            msg("{method} {path}: the connection broke off ({kind})", method=method, path=path, kind=kind),
        )

    def _silent(self, method: str, path: str) -> Retry:
        return Retry(
            msg("{method} {path}: silent for {timeout:.0f} s; cut off", method=method, path=path, timeout=self.timeout),
        )

    def _session(self) -> requests.Session:
        if not hasattr(self._local, "session"):
            session = deadline.timely_session()
            if self.ca is not None:
                session.verify = str(readable_authorities(self.ca))
            session.headers["Accept-Encoding"] = _PACKED
            self._local.session = session
        session_: requests.Session = self._local.session
        return session_


def _unpacked(pieces: Iterator[bytes], what: str) -> Iterator[bytes]:
    """What is packed as gzip, unpacked; what follows behind its end is not read. Raises Retry when it is not whole:
    the library's own reader would give what has come of it, and nobody would miss the last lines of a file."""
    unpack, has_begun = None, False
    for piece in pieces:
        rest = piece
        while rest and (unpack or not has_begun or rest.startswith(_GZIP)):
            unpack, has_begun = unpack or zlib.decompressobj(zlib.MAX_WBITS + 16), True
            try:
                yield unpack.decompress(rest, _CHUNK)
            except zlib.error:
                raise Retry(msg("{what}: the answer does not unpack", what=what)) from None
            rest = unpack.unconsumed_tail or unpack.unused_data
            if unpack.eof:
                unpack = None
    if unpack:
        raise Retry(msg("{what}: the packed answer is not whole", what=what))


def readable_authorities(file: Path) -> Path:
    """The file, as it was given. Raises Abort unless it holds certificates of authorities, in PEM."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        raise Abort(
            msg("IOC_GATEWAY_CA: {file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)", file=file)
        ) from None
    except OSError as error:
        raise Abort(msg("IOC_GATEWAY_CA: {file} cannot be read: {why}", file=file, why=error.strerror)) from None
    return file
