"""The four borders between releases, by what each generation advertises (compatibility §1, §3)."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.gateway.hello import read_hello
from appliance.gateway.release import Support, lacks_scopes, learn

G1 = ["health", "config.get", "agents.create", "chat.send"]
G3 = [*G1, "sessions.messages.subscribe", "sessions.files.list", "gateway.restart.preflight"]
G4 = [*G3, "secrets.store.list", "plugins.list"]


def hello(protocol: int, methods: list[str], **server: Any) -> dict[str, Any]:
    return {"protocol": protocol, "server": server, "features": {"methods": methods}}


@pytest.mark.parametrize(
    ("protocol", "methods", "support", "by_file"),
    [
        (3, G1, Support.LOOK_AND_UPDATE, False),
        (4, G1, Support.LOOK_AND_UPDATE, False),
        (4, G3, Support.FEWER_SCREENS, False),
        (4, G4, Support.FULL, True),
    ],
)
def test_each_generation_is_placed(
    protocol: int, methods: list[str], support: Support, by_file: bool
) -> None:
    release = learn(read_hello(hello(protocol, methods, version="2026.1.1")))
    assert (release.support, release.edits_by_file, release.roster_is_map) == (support, by_file, by_file)
    assert release.has("health")
    assert not release.has("nope")


def test_a_release_that_calls_itself_dev_is_known_by_its_snapshot() -> None:
    payload = hello(3, G1, version="dev")
    assert read_hello(payload).version == "dev"
    payload["snapshot"] = {"updateAvailable": {"currentVersion": "2026.2.26"}}
    assert read_hello(payload).version == "2026.2.26"


def test_missing_scopes_are_told_from_unknown_ones() -> None:
    asked = ("operator.read", "operator.write")
    assert not lacks_scopes(read_hello(hello(3, G1)), asked)
    assert lacks_scopes(read_hello({**hello(4, G1), "auth": {"scopes": []}}), asked)
    assert not lacks_scopes(read_hello({**hello(4, G1), "auth": {"scopes": [*asked, "x"]}}), asked)


def test_a_hello_of_odd_shape_is_read_as_far_as_it_goes() -> None:
    odd = {
        "protocol": 4,
        "server": [],
        "features": {"methods": [1, "health"]},
        "snapshot": "x",
        "auth": {"scopes": 1},
    }
    read = read_hello({**odd, "policy": {"tickIntervalMs": "soon", "maxPayload": True}})
    assert (read.version, read.methods, read.scopes) == ("", frozenset({"health"}), None)
    assert (read.tick_ms, read.max_payload, read.device_token) == (30_000, 0, "")


def test_a_hello_never_shows_its_device_token() -> None:
    assert "hidden" not in repr(read_hello({**hello(4, G4), "auth": {"deviceToken": "hidden"}}))
