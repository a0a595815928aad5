"""npm as the installer uses it: what it is told, what its failures mean, how progress is counted.

`node` and npm are shell scripts here; the real ones are tried end to end.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from appliance.engine.npm import expected_packages, npm_ci
from appliance.engine.release import lock_folder
from appliance.errors import Invalid, LunaError, NotFound, Refused, Unreachable
from tests.unit.appliance.engine.conftest import make_node

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.appliance.engine.conftest import Machine


def node_with_npm(folder: Path, script: str) -> Path:
    """A Node folder whose npm is this shell script."""
    make_node(folder / "bin" / "node")
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm.parent.mkdir(parents=True)
    npm.write_text(script)
    return folder


def project(folder: Path, packages: dict[str, dict[str, object]]) -> Path:
    """A folder with a lock file of these packages."""
    folder.mkdir()
    lock = {"packages": {"": {}, **packages}}
    (folder / "package-lock.json").write_text(json.dumps(lock))
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where to install."""
    return project(tmp_path / "target", {"node_modules/a": {}, "node_modules/b": {}})


async def run(machine: Machine, target: Path, home: Path, counts: list[tuple[int, int]]) -> None:
    await npm_ci(
        target,
        home,
        machine.places,
        env=machine.env,
        timeout=30,
        on_count=lambda done, total: counts.append((done, total)),
    )


@pytest.mark.parametrize(
    ("code", "kind", "expected"),
    [
        ("ENOTFOUND", Unreachable, "registry-unreachable"),
        ("EAI_AGAIN", Unreachable, "registry-unreachable"),
        ("ECONNREFUSED", Unreachable, "registry-unreachable"),
        ("ETIMEDOUT", Unreachable, "registry-unreachable"),
        ("ERR_SOCKET_TIMEOUT", Unreachable, "registry-unreachable"),
        ("UNABLE_TO_VERIFY_LEAF_SIGNATURE", Unreachable, "registry-certificate"),
        ("SELF_SIGNED_CERT_IN_CHAIN", Unreachable, "registry-certificate"),
        ("CERT_HAS_EXPIRED", Unreachable, "registry-certificate"),
        ("ENOSPC", LunaError, "no-space"),
        ("EACCES", Refused, "engine-folder"),
        ("EROFS", Refused, "engine-folder"),
        ("EINTEGRITY", Invalid, "engine-integrity"),
        ("E401", Refused, "registry-refused"),
        ("E403", Refused, "registry-refused"),
        ("E404", NotFound, "registry-lacks-package"),
        ("ETARGET", NotFound, "registry-lacks-package"),
        ("EJUNK", LunaError, "engine-install"),
    ],
)
async def test_what_npms_failures_mean(
    machine: Machine, target: Path, tmp_path: Path, code: str, kind: type[LunaError], expected: str
) -> None:
    script = f"echo 'npm warn code E0' >&2; echo 'npm error code {code}' >&2; exit 1"
    home = node_with_npm(tmp_path / "node", script)
    with pytest.raises(LunaError) as caught:
        await run(machine, target, home, [])
    assert type(caught.value) is kind
    assert caught.value.code == expected
    assert caught.value.hint
    assert "\n" not in caught.value.message


async def test_an_unknown_failure_quotes_npm_safely(machine: Machine, target: Path, tmp_path: Path) -> None:
    script = "printf 'npm error code EODD\\nnpm error the \\033[31mreason\\n' >&2; exit 1"
    with pytest.raises(LunaError) as caught:
        await run(machine, target, node_with_npm(tmp_path / "node", script), [])
    assert "EODD" in caught.value.message
    assert "the ␛[31mreason" in caught.value.message


async def test_a_silent_failure_is_still_a_sentence(machine: Machine, target: Path, tmp_path: Path) -> None:
    with pytest.raises(LunaError) as caught:
        await run(machine, target, node_with_npm(tmp_path / "node", "exit 9"), [])
    assert "code 9" in caught.value.message


async def test_packages_are_counted_as_they_appear(machine: Machine, target: Path, tmp_path: Path) -> None:
    package = "mkdir -p node_modules/$name; touch node_modules/$name/package.json; sleep 0.7"
    script = f"for name in a b; do {package}; done"
    counts: list[tuple[int, int]] = []
    await run(machine, target, node_with_npm(tmp_path / "node", script), counts)
    assert counts[0] == (0, 2)
    assert counts[-1] == (2, 2)
    assert (1, 2) in counts
    assert [done for done, _ in counts] == sorted(done for done, _ in counts)


async def test_npm_gets_its_own_node_and_our_cache(machine: Machine, target: Path, tmp_path: Path) -> None:
    script = f'echo "$@" > {tmp_path}/argv; command -v node > {tmp_path}/node-used; pwd > {tmp_path}/cwd'
    home = node_with_npm(tmp_path / "node", script)
    await run(machine, target, home, [])
    argv = (tmp_path / "argv").read_text().split()
    assert argv[0] == "ci"
    assert f"--cache={machine.places.cache_dir / 'npm'}" in argv
    assert "--ignore-scripts=false" in argv
    assert (tmp_path / "node-used").read_text().strip() == str(home / "bin" / "node")
    assert (tmp_path / "cwd").read_text().strip() == str(target)


def test_only_packages_of_this_platform_are_expected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.36"))
    folder = project(
        tmp_path / "target",
        {
            "node_modules/any": {},
            "node_modules/linux": {"os": ["linux"], "cpu": ["x64"], "libc": ["glibc"]},
            "node_modules/musl": {"os": ["linux"], "cpu": ["x64"], "libc": ["musl"]},
            "node_modules/mac": {"os": ["darwin"], "cpu": ["arm64"]},
            "node_modules/not-linux": {"os": ["!linux"]},
            "node_modules/not-mac": {"os": ["!darwin"]},
        },
    )
    linux = ("node_modules/any", "node_modules/linux", "node_modules/not-mac")
    assert expected_packages(folder, "linux-x64-glibc") == linux
    mac = ("node_modules/any", "node_modules/mac", "node_modules/not-linux")
    assert expected_packages(folder, "darwin-arm64") == mac


def test_the_pinned_release_expects_hundreds_of_packages(tmp_path: Path) -> None:
    shutil.copyfile(lock_folder() / "package-lock.json", tmp_path / "package-lock.json")
    expected = expected_packages(tmp_path, "darwin-arm64")
    assert 300 < len(expected) < 375
    assert "node_modules/openclaw" in expected
