"""Which credential and which persona to try, and what next when one is refused. Needs no event loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from appliance.gateway.endpoint import Endpoint
from appliance.gateway.faults import GatewayRefused
from appliance.gateway.handshake import Login
from appliance.gateway.hello import Hello
from appliance.gateway.identity import Identity
from appliance.gateway.release import OLD_PERSONA, lacks_scopes
from appliance.gateway.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Iterator


_ANOTHER_MAY_DO = frozenset({"AUTH_TOKEN_MISMATCH", "AUTH_TOKEN_MISSING", "AUTH_DEVICE_TOKEN_MISMATCH"})


@dataclass(frozen=True)
class Opened:
    """A transport that is logged in."""

    transport: Transport
    hello: Hello


class Attempt(Protocol):
    """Opens a transport and logs in with one login; raises GatewayError."""

    async def __call__(self, login: Login) -> Opened: ...


@dataclass
class Credentials:
    """What one client can show; remembers the endpoint that was read last."""

    endpoint: Endpoint
    identity: Identity | None
    scopes: tuple[str, ...]
    caps: tuple[str, ...]
    reread: Callable[[], Endpoint] | None = None
    """Finds the endpoint anew when its secret was refused."""

    async def enter(self, attempt: Attempt) -> Opened:
        """Get in: a refused token is read again once, then the device token is tried once.

        Raises:
            GatewayRefused: nothing we have is accepted.
            GatewayUnreachable: down, starting, stalled or misbehaving.
        """
        refusal: GatewayRefused | None = None
        for login in self._logins():
            try:
                opened = await attempt(login)
            except GatewayRefused as error:
                self._note(error)
                if error.fault.detail("code") not in _ANOTHER_MAY_DO:
                    raise
                refusal = refusal or error
            else:
                return await self._with_scopes(opened, login, attempt)
        if refusal is None:
            self.endpoint.require_secret()
            raise AssertionError("neither a login nor a reason")
        raise refusal

    def _logins(self) -> Iterator[Login]:
        """Best first; the next one is worked out only when it is needed."""
        tried = self.endpoint
        token = self.identity.token_for(tried.address) if self.identity else ""
        if tried.secret or not (token or tried.secret_problem):
            yield self._login(tried.secret, tried.secret_kind)
        if self.reread is not None:
            self.endpoint = self.reread()
            if self.endpoint.secret and self.endpoint.secret != tried.secret:
                yield self._login(self.endpoint.secret, self.endpoint.secret_kind)
        if token:
            yield self._login(token, "deviceToken")

    def _login(self, secret: str, field: str) -> Login:
        return Login(self.identity, secret, field, scopes=self.scopes, caps=self.caps)

    def _note(self, error: GatewayRefused) -> None:
        if self.identity is not None and error.fault.detail("code") == "AUTH_DEVICE_TOKEN_MISMATCH":
            self.identity.keep_token(self.endpoint.address, "")

    async def _with_scopes(self, opened: Opened, login: Login, attempt: Attempt) -> Opened:
        if self.endpoint.is_loopback and lacks_scopes(opened.hello, login.scopes):
            await opened.transport.close()
            return await attempt(login.as_persona(OLD_PERSONA))
        if self.identity is not None and opened.hello.device_token:
            self.identity.keep_token(self.endpoint.address, opened.hello.device_token)
        return opened
