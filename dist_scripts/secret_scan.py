"""Fails when a tracked file holds something that looks like a real key.

A planted test key is allowed when its line says `planted` or the value is plainly made up (see `MADE_UP`).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHAPES = re.compile(
    r"sk-(?:ant-|or-|proj-)?[A-Za-z0-9_\-]{24,}"
    r"|(?:xox[abpsr]|xapp)-[A-Za-z0-9\-]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}"
    r"|AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_\-]{35}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
MADE_UP = re.compile(r"(?i)planted|example|dummy|fake|practice|test|0123|abcd|xxxx|(.)\1{5}")
BINARY = {".gz", ".png", ".ico", ".icns"}


def main() -> int:
    """1 and one line a finding (path and line number only) when there is any."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
    findings = 0
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = ROOT / name
        if path.suffix in BINARY or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if SHAPES.search(line) and not MADE_UP.search(line):
                print(f"{name}:{number}: looks like a real key")
                findings += 1
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
