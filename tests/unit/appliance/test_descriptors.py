"""A save with every file descriptor of the process in use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from appliance.descriptors import Reserve

SAVER = """
import os, resource, sys
from pathlib import Path
from appliance.descriptors import RESERVE
from appliance.errors import LunaError
from appliance.ops.config import SET, SetSetting
from appliance.ops.core import Call
from appliance.ops.dispatch import dispatch
from appliance.ops.drive import drive
from tests.fakes.box import make_box

box, call = make_box(Path(sys.argv[1])), Call("human:rosa", "tui")
save = lambda colour: drive(dispatch(box, SET, SetSetting("ui.seamColor", colour), call))
save("#111111")  # whatever is loaded when first needed is there by now
resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
if sys.argv[2] == "reserve":
    RESERVE.fill()
while True:
    try:
        os.open(os.devnull, os.O_RDONLY)
    except OSError:
        break
try:
    print(save("#222222").changed)
    print(save("#333333").changed)
except LunaError as error:
    print(error.code)
"""


def saved(home: Path, how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SAVER, str(home), how],
        capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3], check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_save_goes_through_with_the_reserve(tmp_path: Path) -> None:
    assert saved(tmp_path, "reserve") == ["('ui.seamColor',)"] * 2


def test_without_one_it_is_refused_and_says_why(tmp_path: Path) -> None:
    assert saved(tmp_path, "none") == ["no-handles"]


def open_ones() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_borrowers_share_and_everything_is_taken_back_in_the_end() -> None:
    reserve, before = Reserve(), open_ones()
    with reserve.lent():
        assert open_ones() == before
    reserve.fill(5)
    assert open_ones() == before + 5
    with reserve.lent():
        with reserve.lent():
            assert open_ones() == before
        assert open_ones() == before
    assert open_ones() == before + 5
    reserve.fill(0)
    with reserve.lent():
        assert open_ones() == before
    assert open_ones() == before
