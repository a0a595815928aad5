"""One `npm ci` of the pinned release: our Node, our lock file, our cache, and words for failures."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

from appliance.engine.disk import no_space
from appliance.engine.environment import base_environment
from appliance.engine.manifest import platform_name
from appliance.engine.node import env_with_node_first, npm_script
from appliance.engine.process import run_program
from appliance.errors import Invalid, LunaError, NotFound, Refused, Unreachable
from appliance.places import private_dir
from appliance.text import safe_line
from appliance.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from appliance.engine.process import Completed
    from appliance.places import Places

LOOK_S = 0.5
"""How often the packages on disk are counted."""
FLAGS = (
    *("--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--prefer-offline"),
    *(
        "--ignore-scripts=false",
        "--strict-allow-scripts",
        "--include=prod",
        "--include=optional",
        "--omit=dev",
        "--global=false",
    ),
    *("--dry-run=false", "--install-strategy=hoisted", "--legacy-peer-deps=false", "--logs-max=0"),
    *("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=4000"),
)
"""Said outright where a setting of the user's own npm could change what is installed. `--prefer-offline`:
the lock file names every content by hash, so nothing cached has to be asked for again."""
NPM_SETTINGS = ("npm_config_registry", "npm_config_cafile", "npm_config_proxy", "npm_config_https_proxy")
"""Of npm's own variables, only where the registry is and how it is reached."""


@dataclass(frozen=True)
class Fault:
    """What some of npm's error codes mean to a person."""

    codes: re.Pattern[str]
    kind: type[LunaError]
    ours: str
    message: str
    hint: str


FAULTS = (
    Fault(
        re.compile(
            "ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|E(?:SOCKET)?TIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH"
            "|ENETDOWN|EHOSTUNREACH|FETCH_ERROR|EPIPE|ENOTCACHED"
        ),
        Unreachable,
        "registry-unreachable",
        "The package registry cannot be reached ({code}), so OpenClaw cannot be downloaded.",
        "Check the network or the proxy and run the same command again; or use a packed engine.",
    ),
    Fault(
        re.compile(".*CERT.*|.*SELF_SIGNED.*|UNABLE_TO_(?:GET|VERIFY).*"),
        Unreachable,
        "registry-certificate",
        "The package registry shows a certificate this machine does not trust ({code}).",
        "Set NODE_EXTRA_CA_CERTS to your network's certificate file and try again.",
    ),
    Fault(
        re.compile("EACCES|EPERM|EROFS"),
        Refused,
        "engine-folder",
        "npm may not write what it needs ({code}).",
        "Give your user write access to {folder}.",
    ),
    Fault(
        re.compile("EINTEGRITY"),
        Invalid,
        "engine-integrity",
        "A downloaded package is not what the lock file says it must be ({code}); nothing was installed.",
        "Another registry or a proxy may change packages. Try again on a plain network.",
    ),
    Fault(
        re.compile("E40[13]"),
        Refused,
        "registry-refused",
        "The package registry refuses us ({code}).",
        "Look at the registry and its sign-in in ~/.npmrc.",
    ),
    Fault(
        re.compile("E404|ETARGET"),
        NotFound,
        "registry-lacks-package",
        "The package registry does not have a package of this release ({code}).",
        "Look at the registry in ~/.npmrc; a mirror may lag behind.",
    ),
)


def npm_environment(places: Places, env: Mapping[str, str], node: Path) -> dict[str, str]:
    """For npm and the install scripts it runs: plain surroundings, this Node first."""
    settings = {name: env[name] for name in NPM_SETTINGS if env.get(name)}
    return env_with_node_first({**base_environment(places, env), **settings}, node)


async def npm_ci(
    folder: Path,
    node_home: Path,
    places: Places,
    *,
    env: Mapping[str, str],
    timeout: float,  # noqa: ASYNC109 - the deadline ends a process group, not only the waiting
    on_count: Callable[[int, int], None],
) -> None:
    """Install what `folder/package-lock.json` says, counting packages as they appear.

    npm ends with us, however we end. A second try takes from the cache what the first one downloaded.

    Raises:
        Unreachable: `registry-unreachable`, `registry-certificate`, `engine-timeout`.
        NotFound: `registry-lacks-package`. Refused: `registry-refused`, `engine-folder`.
        Invalid: `engine-integrity`. LunaError: `no-space`, `engine-install`.
    """
    node = node_home / "bin" / "node"
    cache = private_dir(places.cache_dir / "npm")
    argv = [str(node), str(npm_script(node_home)), "ci", *FLAGS, f"--cache={cache}"]
    expected = expected_packages(folder, platform_name())
    counting = asyncio.create_task(_count(folder, expected, on_count))
    try:
        own = npm_environment(places, env, node)
        completed = await run_program(argv, env=own, cwd=folder, timeout=timeout, leased=True)
    finally:
        counting.cancel()
    if completed.exit_code != 0:
        raise npm_error(completed, folder)
    on_count(_present(folder, expected), len(expected))


def expected_packages(folder: Path, platform: str) -> tuple[str, ...]:
    """The package folders npm will make: those of the lock file that fit a platform (see `platform_name`)."""
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    system, cpu, libc = f"{platform}-".split("-")[:3]
    own = {"os": system, "cpu": cpu, "libc": libc}
    packages: dict[str, dict[str, Any]] = lock["packages"]
    return tuple(
        path for path, entry in packages.items() if path and all(_fits(entry, key, own[key]) for key in own)
    )


def npm_error(completed: Completed, folder: Path) -> LunaError:
    """What npm's failure means; it prints `npm error code X`."""
    found = re.search(r"^npm (?:error|ERR!) code (\S+)", completed.stderr, re.MULTILINE)
    code = found.group(1) if found else ""
    if code in ("ENOSPC", "EDQUOT"):
        return no_space(folder.parent, "it filled up during the download")
    for fault in FAULTS:
        if fault.codes.fullmatch(code):
            hint = fault.hint.format(folder=folder.parent)
            return fault.kind(fault.message.format(code=code), hint=hint, code=fault.ours)
    code = code or str(completed.exit_code)
    return LunaError(
        f"npm could not install OpenClaw (code {code}): {_first_error(completed.stderr)}",
        hint="Run the same command again; what was downloaded is kept.",
        code="engine-install",
    )


def _first_error(text: str) -> str:
    lines = [line for line in text.splitlines() if line.startswith(("npm error", "npm ERR!"))]
    plain = [line.split(" ", 2)[-1] for line in lines if " code " not in line]
    return safe_line(next((line for line in plain if line.strip()), "it said nothing"))[:400]


async def _count(folder: Path, expected: tuple[str, ...], on_count: Callable[[int, int], None]) -> None:
    last = -1
    while True:
        present = _present(folder, expected)
        if present != last:
            on_count(present, len(expected))
        last = present
        await asyncio.sleep(LOOK_S)


def _present(folder: Path, expected: tuple[str, ...]) -> int:
    return sum((folder / path / "package.json").exists() for path in expected)


def _fits(entry: dict[str, Any], key: str, own: str) -> bool:
    wanted = entry.get(key)
    if not wanted:
        return True
    if f"!{own}" in wanted:
        return False
    positive = [name for name in wanted if not name.startswith("!")]
    return not positive or own in positive
