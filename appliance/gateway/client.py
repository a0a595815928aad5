"""The gateway client: connects once or for ever, asks, listens, and shows what the connection is doing."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from appliance.gateway.backoff import Backoff
from appliance.gateway.credentials import Credentials, Opened
from appliance.gateway.faults import GatewayError, GatewayUnreachable, Misbehaved, lost, stalled
from appliance.gateway.frames import Event
from appliance.gateway.handshake import ALL_SCOPES, APPROVAL_CAPS, USUAL_CAPS, log_in
from appliance.gateway.link import CALL_SECONDS, Link
from appliance.gateway.release import Release, learn
from appliance.gateway.state import Connection, Counters, Happening, State
from appliance.gateway.stream import CLOSED, CONNECTED, LOST, Subscription
from appliance.gateway.transport import OPEN_SECONDS
from appliance.gateway.watch import Watch
from appliance.gateway.websocket import open_websocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence

    from appliance.gateway.endpoint import Endpoint
    from appliance.gateway.handshake import Login
    from appliance.gateway.hello import Hello
    from appliance.gateway.identity import Identity
    from appliance.gateway.transport import Opener

STEADY_SECONDS = 30.0
"""A connection that held this long starts the back-off anew."""


class GatewayClient:
    """One gateway, at most one connection at a time.

    `async with GatewayClient(endpoint, identity=...) as client:` connects once; `start()` keeps it connected.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        identity: Identity | None = None,
        scopes: Sequence[str] = ALL_SCOPES,
        caps: Sequence[str] = USUAL_CAPS,
        reread: Callable[[], Endpoint] | None = None,
        opener: Opener = open_websocket,
        backoff: Backoff | None = None,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        """`reread`: finds the endpoint anew when its secret is refused. `open_seconds`: socket and hello."""
        self._credentials = Credentials(endpoint, identity, tuple(scopes), tuple(caps), reread)
        self._opener = opener
        self._open_seconds = open_seconds
        self._backoff = backoff or Backoff()
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._subscriptions: set[Subscription] = set()
        self._watch = Watch()
        self._last_hello: Hello | None = None
        self._is_started = False
        self.counters = Counters()

    @property
    def endpoint(self) -> Endpoint:
        """Where it connects to; changes when the secret had to be read again."""
        return self._credentials.endpoint

    @property
    def connection(self) -> Connection:
        """What the connection is doing now."""
        if self._link is not None:
            self._watch.seen(self._link.last_heard)
        return self._watch.connection

    @property
    def keeps_connected(self) -> bool:
        """Whether a lost connection is opened again by itself."""
        return self._is_started

    @property
    def can_approve(self) -> bool:
        """Whether the gateway sends us approvals to decide."""
        return any(cap in APPROVAL_CAPS for cap in self._credentials.caps)

    @property
    def hello(self) -> Hello:
        """The latest hello; raises GatewayUnreachable when there was none yet."""
        if self._last_hello is None:
            raise lost("not connected yet")
        return self._last_hello

    @property
    def release(self) -> Release:
        """What the connected release can do."""
        return learn(self.hello)

    async def connect(self, *, wait: float = 0.0, keep: bool = False) -> Hello:
        """Connect; a refused port fails at once, or after `wait` seconds of a start or restart.

        Args:
            wait: seconds to wait out a cold start.
            keep: once connected, stay so: a connection lost later is opened again, as after `start()`.

        Raises:
            GatewayUnreachable: down, starting or stalled.
            GatewayRefused: token, scope or pairing.
            Misbehaved: something that is no gateway.
        """
        self._watch.move(Happening.BEGUN)
        self._is_started = keep
        try:
            link = await self._open_within(wait)
        except GatewayError as error:
            self._end(error.message, error.code)
            raise
        except asyncio.CancelledError:
            self._end("cancelled", "")
            raise
        self._opened(link)
        self._follow(self._forever(link) if keep else self._read_once(link))
        return link.hello

    def start(self) -> None:
        """Keep connected until `close()`: reconnects with back-off; only a refusal ends it."""
        self._watch.move(Happening.BEGUN)
        self._is_started = True
        self._follow(self._forever())

    async def connected(self, seconds: float = OPEN_SECONDS) -> Hello:
        """Wait until a started client is connected; raises GatewayUnreachable when it is not or has ended."""
        seen = await self._watch.settled(seconds)
        if seen.state is State.CONNECTED:
            return self.hello
        words = seen.reason or f"No connection within {seconds:g} s."
        raise GatewayUnreachable(words, code=seen.code or "gateway-lost")

    async def close(self) -> None:
        """End the connection and all subscriptions."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        if self._link is not None:
            await self._link.close()
            self._link = None
        if self.connection.state is not State.CLOSED:
            self._end("", "")
        if task is not None and not task.cancelled():
            task.result()

    async def __aenter__(self) -> GatewayClient:
        if self.connection.state is State.CLOSED:
            await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float = CALL_SECONDS,  # noqa: ASYNC109 - part of the question, turned into our own error
        large: bool = False,
    ) -> Any:
        """Ask one question; the raw payload of the answer.

        Args:
            method: the wire name of the call.
            params: only fields the gateway knows: most parameter objects are closed.
            timeout: seconds, waiting for a free place among the 32 calls in flight included.
            large: allow an answer of 8 MiB rather than 1 MiB.

        Raises:
            GatewayError: see `appliance.gateway.faults`.
        """
        if self._link is None:
            raise GatewayUnreachable(
                f"Not connected to the gateway ({self.connection.reason or self.connection.state.value}).",
                hint="Look at it: lunatui gateway status",
                code=self.connection.code or "gateway-down",
            )
        return await self._link.call(method, params, timeout, large=large)

    def events(self, wanted: Callable[[Event], bool] | None = None) -> Subscription:
        """Listen from now on: an async iterator of its own bounded queue; close it when done."""
        subscription = Subscription(self.counters, wanted=wanted, forget=self._subscriptions.discard)
        self._subscriptions.add(subscription)
        return subscription

    def changes(self) -> AsyncIterator[Connection]:
        """The state now and after each change; quick changes in between may be left out."""
        return self._watch.changes()

    def took(self, event: Event) -> None:
        """Hand one event to every reader (called by the link)."""
        for subscription in self._subscriptions:
            subscription.put(event)

    def silent(self, seconds: float) -> None:
        """The link heard nothing for too long."""
        self._watch.move(Happening.SILENT, f"silent for {seconds:.0f} s", "gateway-stalled")

    def heard(self) -> None:
        """The link heard something again."""
        self._watch.move(Happening.HEARD)

    async def _open(self) -> Link:
        opened = await self._credentials.enter(self._attempt)
        return Link(opened.transport, opened.hello, self.counters, self)

    async def _attempt(self, login: Login) -> Opened:
        seconds = self._open_seconds
        try:
            async with asyncio.timeout(seconds):
                transport = await self._opener(self.endpoint, seconds)
                try:
                    return Opened(transport, await log_in(transport, login))
                except BaseException:
                    await transport.close()
                    raise
        except TimeoutError as error:
            raise stalled("the handshake", seconds) from error

    async def _open_within(self, wait: float) -> Link:
        deadline = time.monotonic() + wait
        attempt = 0
        while True:
            try:
                return await self._open()
            except GatewayUnreachable as error:
                pause = self._backoff.delay(min(attempt, 3), at_least=error.retry_after)
                if isinstance(error, Misbehaved) or time.monotonic() + pause >= deadline:
                    raise
            attempt += 1
            await asyncio.sleep(pause)

    def _follow(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(work)
        self._task.add_done_callback(self._after_work)

    def _after_work(self, task: asyncio.Task[None]) -> None:
        """A bug must not leave readers waiting: end the connection; `close` raises it."""
        broke = not task.cancelled() and task.exception() is not None
        if broke and self.connection.state is not State.CLOSED:
            self._link = None
            self._end("an internal error", "internal")

    async def _read_once(self, link: Link) -> None:
        ending = await link.run()
        self._link = None
        self._end(ending.message, ending.code)

    async def _forever(self, link: Link | None = None) -> None:
        attempt = 0
        while True:
            opened_at = time.monotonic()
            try:
                if link is None:
                    link = await self._open()
                    self._opened(link)
                ending = await link.run()
            except GatewayUnreachable as error:
                ending = error
            except GatewayError as error:
                self._end(error.message, error.code)
                return
            if link is not None:
                link = self._link = None
                self.took(Event(LOST, {"reason": ending.message}))
                attempt = 0 if time.monotonic() - opened_at > STEADY_SECONDS else attempt
            self._failed(ending)
            at_least = self._backoff.cap / 2 if isinstance(ending, Misbehaved) else ending.retry_after
            await asyncio.sleep(self._backoff.delay(attempt, at_least=at_least))
            attempt += 1

    def _opened(self, link: Link) -> None:
        again = self._last_hello is not None
        self._link, self._last_hello = link, link.hello
        self.counters.reconnects += again
        self._watch.move(Happening.OPENED)
        self.took(Event(CONNECTED, {"bootId": link.hello.boot_id, "again": again}))

    def _failed(self, ending: GatewayUnreachable) -> None:
        happening = Happening.SILENT if ending.code == "gateway-stalled" else Happening.LOST
        if isinstance(ending, Misbehaved):
            happening = Happening.MISBEHAVED
        self._watch.move(happening, ending.message, ending.code)

    def _end(self, reason: str, code: str) -> None:
        self._watch.move(Happening.ENDED, reason, code)
        self.took(Event(CLOSED, {"reason": reason, "code": code}))
        self._subscriptions.clear()
