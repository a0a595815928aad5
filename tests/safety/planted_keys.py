"""A planted key in every form it can be written in, and commands run under a umask that hides nothing."""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    Main = Callable[[list[str]], int]


@dataclass(frozen=True)
class Said:
    """What one command left behind on its two streams."""

    argv: tuple[str, ...]
    code: int
    out: bytes
    err: bytes


def forms(key: str) -> frozenset[bytes]:
    """As it is, in base64 at any offset, in a URL, in JSON, in hex."""
    raw = key.encode()
    found = {
        raw,
        urllib.parse.quote(key, safe="").encode(),
        json.dumps(key)[1:-1].encode(),
        raw.hex().encode(),
    }
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + raw)
        inner = whole[(0, 2, 3)[offset] : len(whole) - 4]
        found |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    return frozenset(found)


def holds(data: bytes, key: str) -> bool:
    """Whether any form of the key stands in the data."""
    return any(form in data for form in forms(key))


def files_with(folder: Path, key: str, *, but: Iterable[str] = ()) -> list[str]:
    """Files below `folder` that hold it, except below the named folders."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_symlink()
        and not str(path.relative_to(folder)).startswith(tuple(but))
        and holds(path.read_bytes(), key)
    ]


def open_modes(folder: Path) -> list[str]:
    """What anybody but the owner can reach."""
    return [
        f"{path.relative_to(folder)} {path.lstat().st_mode & 0o777:o}"
        for path in folder.rglob("*")
        if not path.is_symlink() and path.lstat().st_mode & 0o077
    ]


def run_all(
    main: Main, env: Mapping[str, str], commands: Sequence[tuple[Sequence[str], str]], scratch: Path
) -> list[Said]:
    """Each command line with its standard input, one after the other in one forked process, umask 000."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _child(main, env, commands, scratch)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert status == 0, "the process that ran the commands has died"
    return [
        Said(
            tuple(argv),
            int((scratch / f"{number}.code").read_text()),
            (scratch / f"{number}.out").read_bytes(),
            (scratch / f"{number}.err").read_bytes(),
        )
        for number, (argv, _) in enumerate(commands)
    ]


def _child(
    main: Main, env: Mapping[str, str], commands: Sequence[tuple[Sequence[str], str]], scratch: Path
) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.umask(0)
    for number, (argv, stdin) in enumerate(commands):
        given = scratch / f"{number}.in"
        given.write_text(stdin)
        streams = [(0, given, os.O_RDONLY)]
        for target, name in ((1, "out"), (2, "err")):
            streams.append((target, scratch / f"{number}.{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
        for target, path, flags in streams:
            descriptor = os.open(path, flags, 0o600)
            os.dup2(descriptor, target)
            os.close(descriptor)
        sys.stdin = open(0, closefd=False, encoding="utf-8")  # noqa: SIM115
        sys.stdout = open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
        code = main(list(argv))
        sys.stdout.flush()
        sys.stderr.flush()
        (scratch / f"{number}.code").write_text(str(code))
