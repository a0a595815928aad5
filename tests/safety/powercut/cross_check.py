"""The same run seen by strace: nothing the product does to its files goes past the recorder."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.safety.powercut.recorder import ROOT, Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.safety.powercut.ops import Op
    from tests.safety.powercut.scenario import Scenario

Key = tuple[str, str, str, int]
CALLS = (
    "open,openat,creat,write,pwrite64,writev,pwritev,sendfile,copy_file_range,splice,fallocate,"
    "fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,symlinkat,"
    "unlink,unlinkat,mkdir,mkdirat,rmdir,truncate,ftruncate"
)
_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)\) += (\d+)(?:<.*>)?$")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
_SAME = {
    "pwrite64": "write",
    "fdatasync": "fsync",
    "renameat": "rename",
    "renameat2": "rename",
    "linkat": "link",
}


def both_traces(scenario: Scenario, folder: Path) -> tuple[list[Key], list[Key]]:
    """What the recorder and what strace noted of one and the same run of `scenario`."""
    from tests.safety.powercut.scenario import box_in

    home, notes, log = folder / "home", folder / "ops", folder / "strace"
    home.mkdir(mode=0o700)
    scenario.prepare(box_in(home))
    there = {str(path): path.is_dir() for path in [home, *home.rglob("*")]}
    program = [sys.executable, "-m", __name__, scenario.name, str(home), str(notes)]
    strace = ["strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(log), "-e", f"trace={CALLS}"]
    subprocess.run([*strace, *program], cwd=ROOT, check=True, timeout=120)
    ops: list[Op] = pickle.loads(notes.read_bytes())  # noqa: S301 - our own child wrote it
    recorded = [op.key for op in ops if op.call != "say"]
    return recorded, list(_seen(log.read_text(errors="replace").splitlines(), f"{home}{os.sep}", there))


def _seen(lines: list[str], home: str, there: dict[str, bool]) -> Iterator[Key]:
    """The calls that changed or synced something below `home`; `there`: what existed before."""
    for line in lines:
        found = _LINE.match(line)
        if found is None or home.rstrip(os.sep) not in line:
            continue
        call, arguments, result = found[1], found[2], int(found[3])
        descriptor = _DESCRIPTOR.match(arguments)
        texts = [text for text in _TEXT.findall(arguments) if not descriptor or text.startswith(os.sep)]
        path = descriptor[1] if descriptor else texts[0]
        for key in _keys(_SAME.get(call, call), path, texts, arguments, result, there):
            places = [text.removeprefix(home) if text else "" for text in key[1:3]]
            if key[1].startswith(home) or f"{key[1]}{os.sep}" == home:
                yield (key[0], "" if f"{key[1]}{os.sep}" == home else places[0], places[1], key[3])


def _keys(
    call: str, path: str, texts: list[str], arguments: str, result: int, there: dict[str, bool]
) -> Iterator[Key]:
    """One strace line in the words of a trace."""
    if call in ("open", "openat"):
        path = texts[0] if texts else path
        if "O_CREAT" in arguments and path not in there:
            there[path] = False
            yield ("create", path, "", 0)
        elif "O_TRUNC" in arguments:
            yield ("truncate", path, "", 0)
    elif call == "write":
        yield ("write", path, "", result)
    elif call == "fsync":
        yield ("sync-folder" if there.get(path) else "sync", path, "", 0)
    elif call in ("rename", "link"):
        for name in [name for name in there if name == texts[0] or name.startswith(f"{texts[0]}/")]:
            there[texts[-1] + name[len(texts[0]) :]] = there.pop(name) if call == "rename" else there[name]
        yield (call, texts[0], texts[-1], 0)
    elif call in ("truncate", "ftruncate"):
        yield ("truncate", path, "", int(arguments.rsplit(", ", 1)[1]))
    elif call in ("mkdir", "mkdirat"):
        there[texts[-1]] = True
        yield ("mkdir", texts[-1], "", 0)
    elif call in ("unlink", "unlinkat", "rmdir"):
        there.pop(texts[-1], None)
        yield ("rmdir" if call == "rmdir" or "AT_REMOVEDIR" in arguments else "unlink", texts[-1], "", 0)
    else:
        yield (call, path, "", 0)


def main() -> None:
    """The run that strace watches."""
    from tests.safety.powercut.scenario import box_in
    from tests.safety.powercut.scenarios import SCENARIOS

    name, home, notes = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    recorder = Recorder(home)
    with recorder.installed():
        SCENARIOS[name].run(box_in(home), recorder.say)
    notes.write_bytes(pickle.dumps(recorder.ops))


if __name__ == "__main__":
    main()
