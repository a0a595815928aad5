"""A box with a shop's configuration, and another program that writes it."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.api import Appliance
from appliance.ops.core import Call, Event, Operation, Plan
from appliance.ops.dispatch import dispatch, plan
from appliance.places import Places

if TYPE_CHECKING:
    from pathlib import Path

SHOP: dict[str, Any] = {
    "gateway": {"mode": "local", "port": 1, "bind": "loopback", "auth": {"mode": "token", "token": "t" * 32}},
    "agents": {
        "ownership": "explicit",
        "defaults": {"model": {"primary": "practice/practice"}, "systemAgent": {"agentId": "luna"}},
        "entries": {"luna": {"name": "Luna"}, "hr": {"name": "HR & Admin", "model": "practice/a"}},
    },
    "channels": {"telegram": {"enabled": False, "dmPolicy": "pairing"}},
    "bindings": [{"agentId": "luna", "match": {"channel": "telegram"}}],
}
STUB = b'{"gateway":{"mode":"local"},"agents":{}}\n'


async def yes(_question: str) -> bool:
    return True


@dataclass
class ShopBox:
    """One process at the box after the other."""

    places: Places

    @property
    def box(self) -> Appliance:
        """As a process that has just started has it."""
        env = {"HOME": str(self.places.user_home), "PATH": "/usr/bin:/bin"}
        return Appliance(self.places, env, linger=False)

    @property
    def data(self) -> bytes:
        return self.places.config_path.read_bytes()

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.data)
        return found

    def run(self, operation: Operation[Any, Any], params: Any, *, said: list[str] | None = None) -> Any:
        """A new process runs an operation."""
        return asyncio.run(dispatch(self.box, operation, params, self.call(said)))

    def plan(self, operation: Operation[Any, Any], params: Any) -> Plan:
        return asyncio.run(plan(self.box, operation, params, self.call()))

    def call(self, said: list[str] | None = None) -> Call:
        def emit(event: Event) -> None:
            if said is not None:
                said.append(event.text)

        return Call("human:rosa", "cli", emit=emit, consent=yes)

    def writes(self, data: bytes, *, age: float = 10.0) -> None:
        """Another program writes the file, so many seconds ago, without any lock."""
        path = self.places.config_path
        path.write_bytes(data)
        when = path.stat().st_mtime - age
        os.utime(path, (when, when))

    def edits(self, **sections: Any) -> None:
        """Another program changes whole sections."""
        self.writes(json.dumps({**self.value, **sections}, indent=2).encode())


def shop_box(home: Path) -> ShopBox:
    """An open shop, at which somebody has looked once."""
    home.chmod(0o700)
    places = Places.from_environment({"HOME": str(home), "LUNATUI_HOME": str(home / "ours")})
    places.state_dir.mkdir(mode=0o700)
    places.config_path.touch(mode=0o600)
    box = ShopBox(places)
    box.writes(json.dumps(SHOP, indent=2).encode())
    box.box.look_outside("test")
    return box
