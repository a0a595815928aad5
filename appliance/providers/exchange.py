"""One bounded HTTP exchange with a provider; every way it can fail has a cause."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import time
from dataclasses import field
from typing import TYPE_CHECKING

from appliance.providers.causes import CAUSES, Cause
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

BODY_LIMIT = 2**20
CONNECT_SECONDS = 10.0
_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}
_BROKEN_OFF = ("closed connection", "incomplete", "disconnected")
_OF_THE_FIRST_STEP = ("dns", "refused", "network", "connect-timeout")
"""What can go wrong before anybody has answered: with a proxy, it is the proxy that did not."""
_OWN_MACHINE = ("all://127.0.0.1", "all://localhost", "all://[::1]")


@dataclass(frozen=True)
class Exchange:
    """What came back: a status and a body, or a trouble on the way (the body then is what had come)."""

    status: int = 0
    body: bytes = field(default=b"", repr=False)
    milliseconds: int = 0
    first_milliseconds: int = 0
    """Until the first piece of the body; 0 when there was none."""
    trouble: Cause | None = None
    clock_skew: float = 0.0
    """Seconds this machine's clock is ahead of the provider's; 0 when it did not say."""


def open_client(connect_seconds: float = CONNECT_SECONDS) -> httpx.AsyncClient:
    """A client that obeys the proxy settings (never for this machine itself) and follows no redirect.

    Each request gets a connection of its own: one the server was about to close would pass for a cut answer.
    """
    import httpx

    return httpx.AsyncClient(
        trust_env=True,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=connect_seconds),
        limits=httpx.Limits(max_keepalive_connections=0),
        mounts=dict.fromkeys(_OWN_MACHINE),
        headers={"User-Agent": "lunatui", "Accept-Encoding": "identity"},
    )


async def exchange(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: object = None,
    *,
    seconds: float,
) -> Exchange:
    """Send one request and read at most 1 MiB of the answer within `seconds`; a failure is a value."""
    import httpx

    started = time.monotonic()
    status, skew, first, parts = 0, 0.0, 0, bytearray()
    trouble: Cause | None = None
    request = client.build_request(method, url, headers=dict(headers), json=body)
    try:
        async with asyncio.timeout(seconds):
            response = await client.send(request, stream=True)
            try:
                status, skew = response.status_code, _clock_skew(response.headers.get("date", ""))
                async for chunk in response.aiter_bytes():
                    first = first or _since(started)
                    parts += chunk[: BODY_LIMIT + 1 - len(parts)]
                    if len(parts) > BODY_LIMIT:
                        trouble = CAUSES["too-large"]
                        break
            finally:
                await response.aclose()
    except TimeoutError:
        trouble = CAUSES["timeout"]
    except httpx.HTTPError as error:
        code = _code_of(error)
        trouble = CAUSES["proxy" if code in _OF_THE_FIRST_STEP and goes_by_proxy(url) else code]
    return Exchange(status, bytes(parts), _since(started), first, trouble, skew)


def goes_by_proxy(url: str) -> bool:
    """Whether the settings of this machine send a request for `url` to a proxy first."""
    from urllib.parse import urlsplit
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in ("127.0.0.1", "localhost", "::1") or proxy_bypass(host):
        return False
    proxies = getproxies()
    return bool(proxies.get(parts.scheme) or proxies.get("all"))


def _since(started: float) -> int:
    """Milliseconds, at least one."""
    return max(1, round((time.monotonic() - started) * 1000))


def _code_of(error: httpx.HTTPError) -> str:
    import httpx

    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "tls-clock" if cause.verify_code in (9, 10) else "tls"
        if isinstance(cause, ssl.SSLError):
            return "not-https" if cause.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE") else "tls"
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        if isinstance(cause, OSError) and cause.errno in _UNREACHABLE:
            return "network"
    if isinstance(error, httpx.ConnectTimeout):
        return "connect-timeout"
    if isinstance(error, httpx.ProxyError):
        return "proxy"
    if isinstance(error, httpx.ConnectError):
        return "network"
    if isinstance(error, httpx.RemoteProtocolError):
        return "cut" if any(word in str(error) for word in _BROKEN_OFF) else "protocol"
    return "cut" if isinstance(error, httpx.NetworkError) else "protocol"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it came from, and the members of groups on the way."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        waiting += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def _clock_skew(date: str) -> float:
    from email.utils import parsedate_to_datetime

    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return 0.0
