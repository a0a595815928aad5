"""Which key wins, which place is the first to differ: as OpenClaw resolves it, from files alone."""

from __future__ import annotations

import json
import plistlib
from typing import TYPE_CHECKING, Any

import pytest

from appliance.errors import LunaError
from appliance.hygiene.chain import Chain, chain
from appliance.hygiene.scrub import without_variable
from appliance.ops.core import Call, Nothing, Verdict
from appliance.ops.dispatch import dispatch, plan
from appliance.ops.drive import drive
from appliance.ops.secrets_chain import CHAIN
from appliance.ops.secrets_repair import REPAIR
from tests.fakes.box import Consent, make_box
from tests.fakes.ports import free_port
from tests.unit.appliance.hygiene.boxes import write

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance

NAME = "OPENCLAW_GATEWAY_TOKEN"
A, B, C = "key-a-0123456789", "key-b-0123456789", "key-c-0123456789"


def box_with(home: Path, auth: object, **more: Any) -> Appliance:
    box = make_box(home)
    gateway = {"mode": "local", "port": free_port(), "auth": auth, **more}
    write(box.places.config_path, json.dumps({"gateway": gateway}))
    return box


def linked(
    box: Appliance, *, env: dict[str, str] | None = None, process: dict[str, str] | None = None
) -> Chain:
    return chain(box.config.read().value, box.places, env or {}, process)


def states(found: Chain) -> dict[str, str]:
    return {link.place: link.state for link in found.links}


def text(found: Chain) -> str:
    with found.winner.expose() as value:
        return value


def test_the_setting_wins_over_everything(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"token": A})
    write(box.places.state_dir / ".env", f"{NAME}={B}\n")
    found = linked(box, env={NAME: C}, process={NAME: C})
    assert text(found) == A
    assert states(found) == {
        "setting": "wins",
        "process": "differs",
        "variables": "differs",
        "shell": "differs",
    }
    assert found.first_mismatch is found.links[1]


def test_without_a_setting_the_process_wins_and_then_the_file(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"mode": "token"})
    write(box.places.state_dir / ".env", f"{NAME}={B}\n")
    assert text(linked(box, process={NAME: C})) == C
    found = linked(box, process={})
    assert (text(found), states(found)) == (B, {"setting": "missing", "variables": "wins"})
    assert found.first_mismatch is None
    assert found.links[1].changed is not None


def test_a_variable_in_the_setting_is_filled_as_the_gateway_fills_it(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"token": f"${{{NAME}}}"})
    write(box.places.state_dir / ".env", f"{NAME}={B}\n")
    found = linked(box, process={NAME: C})
    assert (text(found), states(found)) == (C, {"setting": "wins", "process": "same", "variables": "differs"})
    assert text(linked(box, process={})) == B


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"token": {"source": "store", "provider": "default", "id": "X"}})
    found = linked(box)
    assert (text(found), states(found)) == ("", {"setting": "unreadable"})
    assert "only OpenClaw itself" in found.problem
    with pytest.raises(LunaError) as raised:
        drive_plan(box)
    assert raised.value.code == "keys-elsewhere"


def drive_plan(box: Appliance) -> object:
    import asyncio

    return asyncio.run(plan(box, REPAIR, Nothing(), Call("human:rosa", "cli")))


def test_definitions_of_services_are_read(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"token": A})
    ours = write(box.places.home / "run" / "gateway" / "spec.json", json.dumps({"env": {NAME: A}}))
    unit = write(
        tmp_path / ".config" / "systemd" / "user" / "openclaw-gateway.service",
        f'[Service]\nEnvironment="{NAME}={B}" OTHER=1\nEnvironment=\'broken\n',
    )
    agents = tmp_path / "Library" / "LaunchAgents"
    plist = write(
        agents / "ai.openclaw.gateway.plist",
        plistlib.dumps({"EnvironmentVariables": {NAME: B, "PORT": 1}}).decode(),
    )
    write(agents / "ai.openclaw.hostile.plist", '<!DOCTYPE x [<!ENTITY a "b">]><plist/>')
    write(agents / "ai.openclaw.broken.plist", "<plist>")
    write(box.places.state_dir / "service-env" / "gateway.env", f"export {NAME}={B}\n")
    services = {
        link.where.partition(":")[0]: link.state for link in linked(box).links if link.place == "service"
    }
    assert services == {
        str(ours): "same",
        str(unit): "differs",
        str(plist): "differs",
        str(box.places.state_dir / "service-env" / "gateway.env"): "differs",
    }


def test_a_password_has_its_own_chain(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"mode": "password", "password": A})
    write(box.places.state_dir / ".env", f"{NAME}={B}\nOPENCLAW_GATEWAY_PASSWORD={A}\n")
    found = linked(box)
    assert (found.kind, states(found)) == ("password", {"setting": "wins", "variables": "same"})


def test_the_operation_tells_no_value_and_that_nobody_answers(tmp_path: Path) -> None:
    box = box_with(tmp_path, {"token": A})
    write(box.places.state_dir / ".env", f"{NAME}={B}\n")
    found = drive(dispatch(box, CHAIN, Nothing(), Call("human:rosa", "cli")))
    assert A not in repr(found)
    assert B not in repr(found)
    assert (found.connection, found.whole) == ("down", False)
    assert CHAIN.verdict(found) is Verdict.UNREACHABLE
    first, second = found.links[:2]
    assert first.fingerprint != second.fingerprint
    assert second.first_mismatch


def test_the_repair_takes_the_outdated_copy_out_and_names_the_step_that_failed(tmp_path: Path) -> None:
    import asyncio

    box = box_with(tmp_path, {"token": A})
    file = write(box.places.state_dir / ".env", f"ONE=1\nexport {NAME}={B}\nTWO=2\n")
    consent = Consent()
    with pytest.raises(LunaError) as raised:
        asyncio.run(dispatch(box, REPAIR, Nothing(), Call("human:rosa", "cli", consent=consent)))
    assert raised.value.code == "keys-repair-connection"
    assert len(consent.asked) == 1
    assert B not in file.read_text()
    assert file.read_text().splitlines()[::2] == ["ONE=1", "TWO=2"]
    assert box.audit.newest(1)[0]["code"] == "keys-repair-connection"


def test_a_line_that_sets_another_variable_stays() -> None:
    before = f"MY_{NAME}=x\n# {NAME}=y\n{NAME}=z".encode()
    assert without_variable(before, NAME).splitlines()[:2] == before.splitlines()[:2]
    assert b"=z" not in without_variable(before, NAME)
