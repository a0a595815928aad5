"""A port for a program that is started a moment later: nothing else on the machine comes by it meanwhile."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from appliance import ports
from appliance.ops import backup_drill, demo
from appliance.practice.server import PracticeServer


def test_it_is_none_of_those_that_systems_hand_out_by_themselves() -> None:
    assert {ports.free_port() in ports.OURS for _ in range(20)} == {True}
    handed_out = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if handed_out.exists():
        assert ports.OURS.stop <= int(handed_out.read_text().split()[0])


def test_one_that_is_held_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        held, free = holder.getsockname()[1], ports.free_port()
        tried = iter([held, free])
        monkeypatch.setattr("random.choice", lambda _: next(tried))
        assert ports.free_port() == free
        monkeypatch.setattr("random.choice", lambda _: held)
        with pytest.raises(OSError, match="held"):
            ports.free_port()


def test_a_practice_shop_and_a_proof_begin_there() -> None:
    with PracticeServer() as practice:
        assert demo._practice_draft(practice).port in ports.OURS
    assert vars(backup_drill)["free_port"] is ports.free_port
