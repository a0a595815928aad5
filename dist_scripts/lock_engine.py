"""Rewrites the shipped lock file of an OpenClaw release: `python dist_scripts/lock_engine.py [VERSION]`.

Needs the registry. Read the diff. Which install scripts may run is decided in `package.json`
(`allowScripts`); a release that brings a new one stops here until somebody has read it and decided.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from appliance.engine.node import env_with_node_first, npm_script, shipped_node
from appliance.engine.release import PINNED, lock_folder

FLAGS = ("--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def main() -> int:
    """0 when the lock file was written, 1 when a decision about an install script is missing."""
    version = sys.argv[1] if len(sys.argv) > 1 else PINNED
    package = json.loads((lock_folder() / "package.json").read_text(encoding="utf-8"))
    package |= {"version": version, "dependencies": {"openclaw": version}}
    home, _ = shipped_node()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "package.json").write_text(json.dumps(package, indent=2) + "\n", encoding="utf-8")
        node = home / "bin" / "node"
        # No addresses in the file: it must serve whatever registry or mirror a customer's network has.
        argv = [node, npm_script(home), "install", *FLAGS, "--omit-lockfile-registry-resolved"]
        environment = env_with_node_first(os.environ, node)
        subprocess.run([*map(str, argv)], cwd=folder, env=environment, check=True)  # noqa: S603
        undecided = _undecided(folder, package["allowScripts"])
        if undecided:
            print(
                f"Decide in package.json (allowScripts) about: {', '.join(sorted(undecided))}",
                file=sys.stderr,
            )
            return 1
        target = lock_folder(version)
        target.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(folder / name, target / name)
    return 0


def _undecided(folder: Path, decided: dict[str, bool]) -> set[str]:
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    scripts = {path for path, entry in packages.items() if entry.get("hasInstallScript")}
    return {path.rpartition("node_modules/")[2] for path in scripts} - set(decided)


if __name__ == "__main__":
    sys.exit(main())
