"""A box with a vault, and the verbs of the area as one calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.registry import find
from appliance.vault import references, shim
from appliance.vault.vault import Vault
from tests.fakes.box import make_box

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance


VALUE, LATER = "a planted value, one", "a planted value, two"


async def yes(_question: str) -> bool:
    return True


CALL = Call("human:rosa", "cli", consent=yes)


def box_in(home: Path) -> Appliance:
    """A box whose Gateway does not run."""
    write_config(home, {"gateway": {"port": 1, "auth": {"mode": "token", "token": "not-a-key"}}})
    return make_box(home)


def write_config(home: Path, value: dict[str, Any]) -> None:
    path = home / ".openclaw" / "openclaw.json"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(value))


async def run(box: Appliance, verb: str, **given: Any) -> Any:
    operation = find(f"secrets.{verb}")
    return await dispatch(box, operation, operation.params(**given), CALL)


async def undo(box: Appliance) -> Any:
    return await dispatch(box, find("undo.last"), find("undo.last").params(), CALL)


def value_of(box: Appliance, name: str) -> str:
    with Vault.open(box.places).get(name).expose() as text:
        return text


def referring(box: Appliance, *names: str) -> None:
    """The configuration refers to these through our file."""
    config = {
        "gateway": {"port": 1},
        "secrets": {"providers": {"lunatui": references.provider_entry(shim.path_of(box.places))}},
        "models": {"providers": {name: {"apiKey": references.reference(name)} for name in names}},
    }
    write_config(box.places.user_home, config)
