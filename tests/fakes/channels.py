"""WhatsApp as the Gateway shows it: `plugins.*`, `web.login.*` and `channels.status` of 2026.9.6, simulated.

Held to `login-qr.ts` of @openclaw/whatsapp and to captured answers. Its clock is its own: each question for
what became of a code lets as much time pass as it was asked to wait, so 180 s take none.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from appliance.qr.encoding import png_of
from tests.fakes.channel_shapes import PLUGINS, TELEGRAM_PLUGIN, TS, WHATSAPP, WHATSAPP_PLUGIN, status
from tests.fakes.gateway import WireError

if TYPE_CHECKING:
    from tests.fakes.gateway import FakeGateway

LIFE_S = 180.0
FIRST_CODE_S = 60.0
NEXT_CODE_S = 20.0
"""WhatsApp's codes: the first lives longer."""
NO_NETWORK = "WhatsApp login failed: WebSocket Error (getaddrinfo ENOTFOUND web.whatsapp.com)"
NO_CODE = "Failed to get QR: Error: Timed out waiting for WhatsApp QR"
LOGGED_OUT = "WhatsApp reported the session is logged out. Cleared cached web session; please scan a new QR."
RESTART = "WhatsApp asked for a restart after pairing (code 515); waiting for creds to save…"
SHOW = "Scan this QR in WhatsApp → Linked Devices."
LINKED = "✅ Linked! WhatsApp is ready."


@dataclass
class WhatsApp:
    """What WhatsApp and its plugin do; set the attributes, then `serve` it on a fake Gateway."""

    installed: bool = True
    installs: bool = True
    """Whether an install works; it answers with an error otherwise, and then too when `answers` is False."""
    answers: bool = True
    """Whether the install's answer arrives, or the connection's time runs out first."""
    start_says: list[str] = field(default_factory=list)
    """Messages in place of a code, for the next logins."""
    wait_says: list[tuple[float, str]] = field(default_factory=list)
    """Failures, each after so many seconds of a login."""
    scan_after: float | None = None
    """Seconds of a login after which the code on show is scanned."""
    restart_takes: float = 8.0
    """From the scan to the linked session, over a 515."""
    restarts: bool = True
    connects: bool = True
    """Whether a connection comes about with the stored session."""
    speaks_after: float | None = 5.0
    """Seconds from the connection to the first message in."""
    answers_it: bool = True
    clock: float = TS / 1000
    linked: bool = False
    forced: int = 0
    policy: list[Any] = field(default_factory=list)
    codes: int = 0
    logins: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    _began: float | None = None
    _code_at: float = 0.0
    _shown: int = 0
    _connected_at: float | None = None
    _restarting: bool = False

    def serve(self, gateway: FakeGateway) -> None:
        """Answer this Gateway's questions about WhatsApp."""
        gateway.handlers |= {
            "plugins.list": lambda _: self._plugins(),
            "plugins.install": self._install,
            "web.login.start": self._start,
            "web.login.wait": self._wait,
            "channels.status": lambda _: self.status(),
            "logs.tail": self._tail,
            "send": self._send,
        }

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and what is due happen."""
        self.clock += seconds
        if self._began is None:
            return
        age = self.clock - self._began
        if self.scan_after is not None and self.restarts and not self._restarting and age >= self.scan_after:
            self._restarting = True
            self.log.append(json.dumps({"0": RESTART, "message": RESTART}))
        while self.scan_after is None and self.clock - self._code_at >= self._code_life():
            self._code_at += self._code_life()
            self._shown += 1

    def status(self) -> dict[str, Any]:
        """`channels.status`; an installed plugin without a section in openclaw.json has an account too."""
        if not self.installed:
            return status()
        row = dict(WHATSAPP)
        if self.linked:
            row |= {"linked": True, "running": True, "connected": self.connects, "lifecycle": "running"}
            row["stateReason"] = None if self.connects else "connecting"
        since = self._connected_at
        if since is not None and self.speaks_after is not None and self.clock - since >= self.speaks_after:
            spoken = int((since + self.speaks_after) * 1000)
            row |= {"lastInboundAt": spoken, "lastOutboundAt": spoken + 900 if self.answers_it else None}
        answer = status(whatsapp=row)
        if self.linked:
            answer["channels"]["whatsapp"]["self"]["e164"] = "+491701234567"
        return answer

    def code(self, number: int) -> str:
        """The picture of a code as a data URL; no two are the same."""
        return _picture(self.logins, number)

    def _plugins(self) -> dict[str, Any]:
        return {"plugins": [TELEGRAM_PLUGIN, WHATSAPP_PLUGIN]} if self.installed else PLUGINS

    def _install(self, params: dict[str, Any]) -> dict[str, Any]:
        if params != {"source": "official", "pluginId": "whatsapp"}:
            raise WireError("INVALID_REQUEST", f"unknown plugin {params}")
        self.clock += 95.0
        self.installed = self.installs
        if not self.installs or not self.answers:
            raise WireError("UNAVAILABLE", "npm view failed: npm error code ENOTFOUND")
        return {"ok": True, "restartRequired": False, "plugin": WHATSAPP_PLUGIN}

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        if not self.installed:
            raise WireError("INVALID_REQUEST", "web login provider is not available")
        if params.get("channel") != "whatsapp":
            raise WireError("INVALID_REQUEST", f"web login is not supported by provider {params['channel']}")
        if params["force"]:
            self.forced, self.linked = self.forced + 1, False
        if self.linked:
            self._connect()
            said = "WhatsApp is already linked (+491701234567). Say “relink” if you want a fresh QR."
            return {"message": said}
        if self.start_says:
            return {"message": self.start_says.pop(0)}
        if self._began is not None and self.clock - self._began < LIFE_S:
            return {"qrDataUrl": self.code(self._shown), "message": f"QR already active. {SHOW}"}
        self.logins += 1
        self._began = self._code_at = self.clock
        self._shown, self._restarting = 1, False
        return {"qrDataUrl": self.code(1), "message": SHOW}

    def _wait(self, params: dict[str, Any]) -> dict[str, Any]:
        if len(params.get("currentQrDataUrl", "")) > 16_384:
            raise WireError("INVALID_REQUEST", "invalid web.login.wait params: at /currentQrDataUrl")
        if self._began is None:
            return {"connected": False, "message": "No active WhatsApp login in progress."}
        if self.clock - self._began >= LIFE_S:
            return self._over("The login QR expired. Ask me to generate a new one.")
        self.pass_time(params["timeoutMs"] / 1000)
        age = self.clock - self._began
        if self.wait_says and age >= self.wait_says[0][0]:
            return self._over(self.wait_says.pop(0)[1])
        if self.scan_after is not None and age >= self.scan_after + self.restart_takes:
            self._connect()
            self.linked = True
            return self._over(LINKED, connected=True)
        shown = self.code(self._shown)
        if params.get("currentQrDataUrl", shown) != shown:
            said = "QR refreshed. Scan the latest code in WhatsApp → Linked Devices."
            return {"connected": False, "message": said, "qrDataUrl": shown}
        said = "Still waiting for the QR scan. Let me know when you’ve scanned it."
        return {"connected": False, "message": said}

    def _over(self, message: str, *, connected: bool = False) -> dict[str, Any]:
        self._began = None
        return {"connected": connected, "message": message}

    def _connect(self) -> None:
        if self.connects and self._connected_at is None:
            self._connected_at = self.clock

    def _code_life(self) -> float:
        return FIRST_CODE_S if self._shown == 1 else NEXT_CODE_S

    def _tail(self, params: dict[str, Any]) -> dict[str, Any]:
        place = params.get("cursor", 0)
        return {"file": "openclaw-2026-11-30.log", "cursor": len(self.log), "lines": self.log[place:]}

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(params)
        return {"runId": params["idempotencyKey"], "messageId": "M1", "channel": "whatsapp"}


@cache
def _picture(login: int, number: int) -> str:
    text = f"https://wa.me/settings/linked_devices#2@login-{login}-code-{number}," + "x" * 180
    return "data:image/png;base64," + base64.b64encode(png_of(text)).decode()
