"""The demo: the whole path in a throw-away home, finished, killed and interrupted; nothing stays behind."""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import lunatui
from appliance.engine.release import PINNED
from appliance.ops.demo import PREFIX
from tests.e2e.shop import LIMIT_S, SIX, Shop, ended, killed, opened, processes_of, wait_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from appliance.engine.models import Engine

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

GONE_S = 60.0
"""A Gateway that was told to end takes some seconds over it."""


@pytest.fixture
def shop(tmp_path: Path, engine: Engine, machine_cache: Path) -> Iterator[Shop]:
    """The box of whoever tries the demo; the practice homes lie in a folder of its own."""
    (tmp_path / "tmp").mkdir()
    with opened(tmp_path / "home", machine_cache, TMPDIR=str(tmp_path / "tmp")) as box:
        yield box
    assert not _leftovers(box)


def _homes(shop: Shop) -> list[Path]:
    return list(Path(shop.variables["TMPDIR"]).glob(f"{PREFIX}*"))


def _leftovers(shop: Shop) -> list[str]:
    below = Path(shop.variables["TMPDIR"])
    return [str(process) for home in (below, *_homes(shop)) for process in processes_of(home)]


def _gateway_starts(shop: Shop) -> bool:
    """The supervisor has written down the pid of a Gateway that it started."""
    return any((home / "lunatui" / "run" / "gateway" / "child.json").exists() for home in _homes(shop))


def _demo_with_gateway(shop: Shop, *arguments: str) -> subprocess.Popen[str]:
    process = shop.begin("demo", "--headless", "--json", *arguments)
    assert wait_for(lambda: _gateway_starts(shop), LIMIT_S), process.poll()
    return process


def _interrupted(process: subprocess.Popen[str], number: signal.Signals) -> None:
    process.send_signal(number)
    ended(process).failed(1, "interrupted")


def test_the_whole_path_ends_with_a_reply_and_leaves_nothing(shop: Shop) -> None:
    report = shop.run("demo", "--headless").result
    assert "Luna" in report["reply"]
    assert "Café Rosa" in report["reply"]
    assert tuple(report["agents"]) == SIX
    assert report["gateway"]["version"] == PINNED
    steps = [step["name"] for step in report["steps"]]
    assert steps.count("agents.create") == 6
    assert steps[-4:] == ["gateway.start", "providers.add", "setup.finish", "chat.send"]
    assert all(step["seconds"] >= 0 for step in report["steps"])
    assert report["home"] == ""
    assert _homes(shop) == []
    assert _leftovers(shop) == []
    assert not (shop.home / ".openclaw").exists()


def test_a_demo_killed_while_the_gateway_starts_takes_it_along_and_the_next_can_be_kept(shop: Shop) -> None:
    killed(_demo_with_gateway(shop), signal.SIGKILL)
    (abandoned,) = _homes(shop)
    # The next demo begins at once, while the Gateway of the first may still be on its way out.
    report = shop.run("demo", "--headless", "--keep", "--question", "Who is there?").result
    assert "Who is there?" in report["reply"]
    assert wait_for(lambda: not processes_of(abandoned), GONE_S), processes_of(abandoned)
    if abandoned.exists():
        # Its Gateway wrote a last time when it had been removed: what is left then is for the next demo.
        _interrupted(_demo_with_gateway(shop), signal.SIGINT)
    assert not abandoned.exists()
    kept = Path(report["home"])
    assert _homes(shop) == [kept]
    assert processes_of(kept) == []
    assert tuple(json.loads((kept / ".openclaw" / "openclaw.json").read_text())["agents"]["entries"]) == SIX
    shutil.rmtree(kept)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_demo_says_so_and_cleans_up(shop: Shop, number: signal.Signals) -> None:
    process = _demo_with_gateway(shop)
    _interrupted(process, number)
    assert _homes(shop) == []
    assert wait_for(lambda: not _leftovers(shop), GONE_S), _leftovers(shop)


def test_an_impatient_second_ctrl_c_leaves_no_gateway(shop: Shop) -> None:
    process = _demo_with_gateway(shop)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    _interrupted(process, signal.SIGINT)
    assert wait_for(lambda: not _leftovers(shop), GONE_S), _leftovers(shop)


@pytest.mark.parametrize("delay", [0.02, 0.1, 0.25, None])
def test_ctrl_c_before_anything_happened_shows_no_traceback(shop: Shop, delay: float | None) -> None:
    """At moments after the start (seconds), and as soon as there is a practice home (None)."""
    process = shop.begin("demo", "--headless")
    if delay is None:
        assert wait_for(lambda: _homes(shop) != [], LIMIT_S)
    else:
        time.sleep(delay)
    process.send_signal(signal.SIGINT)
    answer = ended(process)
    if delay is not None and (answer.code == -signal.SIGINT or "Traceback" in answer.said):
        # Python itself had not come up, and what it says is not ours.
        assert str(Path(lunatui.__file__).parent) not in answer.said
    else:
        assert answer.code == 1, answer
        assert "Traceback" not in answer.said
    assert _homes(shop) == []


def test_strange_things_with_the_name_of_a_practice_home_do_no_harm(shop: Shop) -> None:
    below = Path(shop.variables["TMPDIR"])
    precious = below / "precious"
    precious.mkdir()
    (precious / "file").write_text("stays")
    (below / f"{PREFIX}1999999999-link").symlink_to(precious)
    (below / f"{PREFIX}1999999998-dangling").symlink_to(below / "nowhere")
    (below / f"{PREFIX}1999999997-file").write_text("no folder")
    alive = Path(tempfile.mkdtemp(prefix=f"{PREFIX}1-", dir=below))
    process = _demo_with_gateway(shop)
    _interrupted(process, signal.SIGINT)
    assert (precious / "file").read_text() == "stays"
    assert alive.exists()
