"""A few questions in a fresh process: no event loop, no library (`performance.md` §7 row 4)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from appliance.gateway.credentials import Credentials, Opened
from appliance.gateway.faults import GatewayError, GatewayUnreachable, Misbehaved, from_fault, lost, stalled
from appliance.gateway.frames import LARGE_LIMIT, USUAL_LIMIT, Answer, decode, encode_request
from appliance.gateway.handshake import ALL_SCOPES, closed_error, log_in
from appliance.gateway.rawsocket import RawSocket, open_raw
from appliance.gateway.transport import OPEN_SECONDS, TransportClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from appliance.gateway.endpoint import Endpoint
    from appliance.gateway.handshake import Login
    from appliance.gateway.hello import Hello
    from appliance.gateway.identity import Identity

T = TypeVar("T")
CALL_SECONDS = 30.0
RETRY_SECONDS = 0.5


class OneShot:
    """A blocking connection for a few questions, one after the other; events are skipped."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        identity: Identity | None = None,
        scopes: Sequence[str] = ALL_SCOPES,
        reread: Callable[[], Endpoint] | None = None,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        self._credentials = Credentials(endpoint, identity, tuple(scopes), (), reread)
        self._open_seconds = open_seconds
        self._opened: Opened | None = None
        self._socket: RawSocket | None = None
        self._next_id = 0

    @property
    def hello(self) -> Hello:
        """The hello.

        Raises:
            GatewayUnreachable: not connected.
        """
        if self._opened is None:
            raise lost("not connected yet")
        return self._opened.hello

    def connect(self, *, wait: float = 0.0) -> Hello:
        """Connect; a refused port fails at once, or after `wait` seconds of a start or restart.

        Raises:
            GatewayError: as `GatewayClient.connect`.
        """
        deadline = time.monotonic() + wait
        while True:
            try:
                self._opened = run(self._credentials.enter(self._attempt))
            except Misbehaved:
                raise
            except GatewayUnreachable as error:
                pause = max(RETRY_SECONDS, error.retry_after)
                if time.monotonic() + pause >= deadline:
                    raise
            else:
                return self._opened.hello
            time.sleep(pause)

    def ask(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float = CALL_SECONDS,
        large: bool = False,
    ) -> Any:
        """One question; the raw payload of the answer.

        Raises:
            GatewayError: as `GatewayClient.call`.
        """
        return run(self.call(method, params, timeout=timeout, large=large))

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout: float = CALL_SECONDS,  # noqa: ASYNC109 - part of the question, turned into our own error
        large: bool = False,
    ) -> Any:
        """The same for the typed calls of `calls`; never suspends, so `run` can drive it."""
        if self._socket is None or self._opened is None:
            raise lost("not connected yet")
        self._next_id += 1
        self._socket.deadline = time.monotonic() + timeout
        try:
            await self._socket.send(encode_request(str(self._next_id), method, params or {}))
            answer = await self._answer(str(self._next_id))
        except TimeoutError as error:
            raise stalled(f"`{method}`", timeout) from error
        except TransportClosed as closed:
            raise closed_error(closed) from closed
        if answer.size > (LARGE_LIMIT if large else USUAL_LIMIT):
            raise GatewayError(
                f"The answer to `{method}` is too large ({answer.size} characters).", code="answer-size"
            )
        if answer.fault is not None:
            raise from_fault(answer.fault, method)
        return answer.payload

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            run(self._socket.close())
            self._socket = None

    def __enter__(self) -> OneShot:
        if self._opened is None:
            self.connect()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _attempt(self, login: Login) -> Opened:
        self._socket = open_raw(self._credentials.endpoint, self._open_seconds)
        try:
            return Opened(self._socket, await log_in(self._socket, login))
        except TimeoutError as error:
            self.close()
            raise stalled("the handshake", self._open_seconds) from error
        except BaseException:
            self.close()
            raise

    async def _answer(self, request_id: str) -> Answer:
        while self._socket is not None:
            frame = decode(await self._socket.receive())
            if isinstance(frame, Answer) and frame.id == request_id:
                return frame
        raise lost("closed by us")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Drive a coroutine that never waits for an event loop (all of `OneShot` and the typed calls over it)."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("this coroutine needs an event loop")
