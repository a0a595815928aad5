"""Getting in: challenge, signed `connect`, hello (gateway-core §2). No event loop needed."""

from __future__ import annotations

import sys
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from appliance.gateway.faults import GatewayUnreachable, Misbehaved, from_fault, lost, plain, starting
from appliance.gateway.frames import USUAL_LIMIT, Answer, Event, decode, encode_request
from appliance.gateway.hello import Hello, read_hello
from appliance.gateway.identity import Claim, Identity
from appliance.gateway.release import NEWEST_PROTOCOL, OLDEST_PROTOCOL, USUAL_PERSONA, Persona
from appliance.gateway.told import WHOLE_LIMIT
from appliance.gateway.transport import RESTARTING, STARTING, TransportClosed
from appliance.values import dataclass

if TYPE_CHECKING:
    from appliance.gateway.transport import Transport

READ = "operator.read"
WRITE = "operator.write"
ADMIN = "operator.admin"
APPROVALS = "operator.approvals"
QUESTIONS = "operator.questions"
PAIRING = "operator.pairing"
ALL_SCOPES = (READ, WRITE, ADMIN, APPROVALS, QUESTIONS, PAIRING)
USUAL_CAPS = ("tool-events", "agent-kind", "session-scoped-events")
APPROVAL_CAPS = ("exec-approvals", "approvals", "plugin-approvals")
"""Only where somebody can answer: with them a run waits for the answer, without them it is denied."""

ROLE = "operator"
_FRAMES_BEFORE_HELLO = 32


@dataclass(frozen=True)
class Login:
    """Everything one handshake says about us."""

    identity: Identity | None
    secret: str = field(repr=False)
    """Shared token, password or device token."""
    secret_field: str = "token"  # noqa: S105 - a name
    """The field of `auth` it goes into: `token`, `password` or `deviceToken`."""
    scopes: tuple[str, ...] = ALL_SCOPES
    caps: tuple[str, ...] = USUAL_CAPS
    persona: Persona = USUAL_PERSONA
    display_name: str = "lunatui"
    client_version: str = "0"

    def as_persona(self, persona: Persona) -> Login:
        """The same under another client id."""
        return replace(self, persona=persona)

    def params(self, nonce: str, signed_at: int) -> dict[str, Any]:
        """The parameters of `connect`: a closed object, so nothing the gateway does not know."""
        device = self.identity if self.persona.with_device else None
        platform = self.identity.platform if self.identity else sys.platform
        params: dict[str, Any] = {
            "minProtocol": OLDEST_PROTOCOL,
            "maxProtocol": NEWEST_PROTOCOL,
            "client": {
                "id": self.persona.id,
                "mode": self.persona.mode,
                "version": self.client_version,
                "platform": platform,
                "displayName": self.display_name,
            },
            "role": ROLE,
            "scopes": list(self.scopes),
            "caps": list(self.caps),
        }
        if self.secret:
            params["auth"] = {self.secret_field: self.secret}
        if device is not None:
            params["device"] = device.signed(self._claim(nonce, signed_at))
        return params

    def _claim(self, nonce: str, signed_at: int) -> Claim:
        signed_secret = "" if self.secret_field == "password" else self.secret  # noqa: S105 - a name
        return Claim(self.persona.id, self.persona.mode, ROLE, self.scopes, signed_at, signed_secret, nonce)


async def log_in(transport: Transport, login: Login) -> Hello:
    """Answer the challenge and read the hello; the caller closes the transport when this raises.

    Raises:
        GatewayRefused: token, scope or pairing.
        GatewayUnreachable: starting, stopping, or gone.
        Misbehaved: not a gateway's handshake.
    """
    try:
        challenge = await _until_challenge(transport)
        nonce, signed_at = challenge.get("nonce"), challenge.get("ts")
        if not isinstance(nonce, str) or type(signed_at) is not int or abs(signed_at) >= WHOLE_LIMIT:
            raise Misbehaved("a challenge without nonce and time")
        await transport.send(encode_request("connect", "connect", login.params(nonce, signed_at)))
        answer = await _until_answer(transport)
    except TransportClosed as closed:
        raise closed_error(closed) from closed
    if answer.fault is not None:
        raise from_fault(answer.fault, "connect")
    return read_hello(answer.payload)


def closed_error(closed: TransportClosed) -> GatewayUnreachable:
    """Our error for a connection that ended."""
    if closed.code in (RESTARTING, STARTING):
        return starting("The gateway is restarting.")
    return lost(f"closed with {closed.code}" + (f": {plain(closed.reason)[:200]}" if closed.reason else ""))


async def _until_challenge(transport: Transport) -> Any:
    for _ in range(_FRAMES_BEFORE_HELLO):
        frame = decode(await transport.receive(), limit=USUAL_LIMIT)
        if isinstance(frame, Event) and frame.name == "connect.challenge":
            return frame.payload
        if isinstance(frame, Answer) and frame.fault is not None:
            raise from_fault(frame.fault, "connect")
    raise Misbehaved("no challenge")


async def _until_answer(transport: Transport) -> Answer:
    for _ in range(_FRAMES_BEFORE_HELLO):
        frame = decode(await transport.receive(), limit=USUAL_LIMIT)
        if isinstance(frame, Answer) and frame.id == "connect":
            return frame
    raise Misbehaved("no answer to the handshake")
