"""A gateway for tests: the formats captured from OpenClaw 2026.9.6, in memory or on a loopback port."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from appliance.gateway.endpoint import Endpoint
from appliance.gateway.faults import down
from appliance.gateway.memory import MemoryTransport, memory_pair
from appliance.gateway.transport import TransportClosed
from tests.fakes.waiting import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Handler = Callable[[dict[str, Any]], Any]

TOKEN = "tok-test"
NONCE = "334f6297-98ba-4c12-908b-26e9f190e917"
SIGNED_AT = 1795163124804
CLIENT_IDS = {"cli", "gateway-client", "openclaw-tui", "test"}
CONNECT_FIELDS = {
    "minProtocol", "maxProtocol", "client", "role", "scopes", "caps", "auth", "device", "commands",
    "permissions", "locale", "userAgent",
}  # fmt: skip
"""`connect` takes no others (gateway-core §2.3)."""


class WireError(Exception):
    """What a handler raises to refuse: the `error` object of the answer."""

    def __init__(self, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message, **more}


STARTING = {
    "code": "UNAVAILABLE",
    "message": "gateway starting; retry shortly",
    "retryable": True,
    "retryAfterMs": 10,
    "details": {"reason": "startup-sidecars"},
}
TOKEN_MISMATCH = {
    "code": "INVALID_REQUEST",
    "message": "unauthorized: gateway token mismatch",
    "details": {"code": "AUTH_TOKEN_MISMATCH", "canRetryWithDeviceToken": True},
}
PROTOCOL_MISMATCH = {
    "code": "INVALID_REQUEST",
    "message": "protocol mismatch",
    "details": {"code": "PROTOCOL_MISMATCH", "expectedProtocol": 9},
}
NOT_PAIRED = {
    "code": "NOT_PAIRED",
    "message": "pairing required: device metadata changed",
    "details": {"code": "PAIRING_REQUIRED", "reason": "metadata-upgrade", "requestId": "8bf28950"},
}


@dataclass
class Seen:
    """One connection as the gateway saw it."""

    end: MemoryTransport | LoopbackEnd
    connect: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seq: int = 0

    async def event(self, name: str, payload: dict[str, Any], *, skip: int = 0) -> None:
        """Send one event; `skip` sequence numbers are left out, as for a slow reader."""
        self.seq += 1 + skip
        await self.end.send(json.dumps({"type": "event", "event": name, "payload": payload, "seq": self.seq}))


class FakeGateway:
    """Answers like a gateway; every refusal and fault is a plain attribute."""

    def __init__(self, **hello: Any) -> None:
        """`hello`: parts of `hello-ok.policy` (`tickIntervalMs`, `maxPayload`) that differ."""
        self.token = TOKEN
        self.device_token = "device-tok"
        self.policy = {"maxPayload": 26214400, "maxBufferedBytes": 52428800, "tickIntervalMs": 30000, **hello}
        self.refusals: list[dict[str, Any]] = []
        """Faults answered to the next handshakes, first one first."""
        self.methods = ["health", "secrets.store.list", "sessions.files.list", "sessions.messages.subscribe"]
        self.scopeless_ids: set[str] = set()
        """Client ids that get in without any scope, as `cli` on 2026.6.35."""
        self.odd_hellos: list[Any] = []
        """Payloads that take the place of the next hellos."""
        self.silent_handshake = False
        self.up = True
        self.handlers: dict[str, Handler] = {"health": lambda _: {"ok": True}}
        self.connections: list[Seen] = []
        self.connected = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._starts = 0

    async def opener(self, endpoint: Endpoint, seconds: float) -> MemoryTransport:  # noqa: ARG002 - the seam
        """Opens in memory, for `GatewayClient(opener=...)`."""
        if not self.up:
            raise down(endpoint.address, "Connection refused")
        ours, theirs = memory_pair()
        self._spawn(self.serve(theirs))
        return ours

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        """Listen on a free loopback port with the real WebSocket library."""
        from websockets.asyncio.server import serve

        async def handle(connection: Any) -> None:
            await self.serve(LoopbackEnd(connection))

        async with serve(handle, "127.0.0.1", 0, compression=None) as server:
            yield next(iter(server.sockets)).getsockname()[1]

    async def serve(self, end: MemoryTransport | LoopbackEnd) -> None:
        """One connection from challenge to close."""
        seen = Seen(end)
        with suppress(TransportClosed):
            await end.send(
                json.dumps({"type": "event", "event": "connect.challenge", "payload": _challenge()})
            )
            frame = json.loads(await end.receive())
            if self.silent_handshake:
                await end.receive()
            seen.connect = frame["params"]
            refusal = self._refusal(frame["params"])
            if refusal is not None:
                await end.send(json.dumps({"type": "res", "id": frame["id"], "ok": False, "error": refusal}))
                await end.close(1002 if refusal is PROTOCOL_MISMATCH else 1008)
                return
            await end.send(
                json.dumps(
                    {
                        "type": "res",
                        "id": frame["id"],
                        "ok": True,
                        "payload": self.odd_hellos.pop() if self.odd_hellos else self._hello(seen),
                    }
                )
            )
            async with self.connected:
                self.connections.append(seen)
                self.connected.notify_all()
            await self._answer_all(seen)

    async def connection(self, number: int = 1) -> Seen:
        """Wait for the connection of that number, counted from 1."""
        async with asyncio.timeout(LIMIT_S), self.connected:
            await self.connected.wait_for(lambda: len(self.connections) >= number)
        return self.connections[number - 1]

    async def asked(self, seen: Seen, count: int, method: str = "") -> None:
        """Wait until a connection was asked `count` questions (of one method)."""
        async with asyncio.timeout(LIMIT_S), self.connected:
            await self.connected.wait_for(
                lambda: sum(method in ("", asked) for asked, _ in seen.calls) >= count
            )

    async def stop(self) -> None:
        """End all connections of this gateway."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer_all(self, seen: Seen) -> None:
        while True:
            frame = json.loads(await seen.end.receive())
            async with self.connected:
                seen.calls.append((frame["method"], frame["params"]))
                self.connected.notify_all()
            answer = self._answer(frame)
            if answer is not None:
                await seen.end.send(json.dumps(answer, ensure_ascii=False))

    def _answer(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        handler = self.handlers.get(frame["method"])
        try:
            if handler is None:
                raise WireError("INVALID_REQUEST", f"unknown method: {frame['method']}")
            payload = handler(frame["params"])
        except WireError as refused:
            return {"type": "res", "id": frame["id"], "ok": False, "error": refused.error}
        return (
            None
            if payload is NO_ANSWER
            else {"type": "res", "id": frame["id"], "ok": True, "payload": payload}
        )

    def _refusal(self, params: dict[str, Any]) -> dict[str, Any] | None:
        if self.refusals:
            return self.refusals.pop(0)
        if set(params) - CONNECT_FIELDS or params["client"]["id"] not in CLIENT_IDS:
            return {
                "code": "INVALID_REQUEST",
                "message": "invalid connect params: at root: unexpected property",
            }
        auth = params.get("auth", {})
        if auth.get("token") != self.token and auth.get("deviceToken") != self.device_token:
            return TOKEN_MISMATCH
        if "device" in params and not signature_is_valid(params):
            details = {"code": "DEVICE_AUTH_SIGNATURE_INVALID"}
            return {"code": "INVALID_REQUEST", "message": "device signature invalid", "details": details}
        return None

    def _hello(self, seen: Seen) -> dict[str, Any]:
        self._starts += 1
        params = seen.connect
        scopes = [] if params["client"]["id"] in self.scopeless_ids else params["scopes"]
        token = {"deviceToken": self.device_token} if "device" in params else {}
        return {
            "type": "hello-ok",
            "protocol": 4,
            "server": {
                "version": "2026.9.6",
                "buildId": "b",
                "bootId": f"boot-{self._starts}",
                "connId": "c",
            },
            "features": {"methods": self.methods, "events": ["tick"], "capabilities": ["profile-binding-v1"]},
            "snapshot": {
                "uptimeMs": 40142,
                "appliedConfigHash": "hmac-sha256:v1:BemM",
                "sessionDefaults": {"defaultAgentId": "luna", "modelConfigured": True},
                "configPath": "/home/o/.openclaw/openclaw.json",
                "stateDir": "/home/o/.openclaw",
                "health": {"plugins": {"loaded": ["browser"]}},
            },
            "auth": {"method": "token", "role": "operator", "scopes": scopes, **token},
            "policy": self.policy,
        }

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


NO_ANSWER = object()
"""What a handler returns to stay silent."""


class LoopbackEnd:
    """The gateway's end of a real WebSocket."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        await self._guarded(self._connection.send(text))

    async def receive(self) -> str:
        text: str = await self._guarded(self._connection.recv())
        return text

    async def close(self, code: int = 1000, reason: str = "") -> None:
        await self._connection.close(code, reason)

    @staticmethod
    async def _guarded(work: Any) -> Any:
        from websockets.exceptions import ConnectionClosed

        try:
            return await work
        except ConnectionClosed as closed:
            raise TransportClosed(1006) from closed


def endpoint(token: str = TOKEN, port: int = 18789) -> Endpoint:
    """An endpoint of the fake gateway."""
    return Endpoint(f"ws://127.0.0.1:{port}", "127.0.0.1", port, secret=token, secret_source="given")


def signature_is_valid(params: dict[str, Any]) -> bool:
    """Check the v3 signature as the gateway does (gateway-core §2.3)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    device, client, auth = params["device"], params["client"], params.get("auth", {})
    public = _from_base64url(device["publicKey"])
    token = auth.get("token") or auth.get("deviceToken") or ""
    who = ["v3", device["id"], client["id"], client["mode"], params["role"], ",".join(params["scopes"])]
    what = [str(device["signedAt"]), token, device["nonce"], client["platform"].strip().lower(), ""]
    message = "|".join([*who, *what])
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            _from_base64url(device["signature"]), message.encode()
        )
    except InvalidSignature:
        return False
    expected = (hashlib.sha256(public).hexdigest(), NONCE, SIGNED_AT)
    return (device["id"], device["nonce"], device["signedAt"]) == expected


def _from_base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _challenge() -> dict[str, Any]:
    return {"nonce": NONCE, "ts": SIGNED_AT, "capabilities": []}
