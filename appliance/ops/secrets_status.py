"""`secrets.status`: whether the vault and OpenClaw's way to it are in order; no value is shown."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING

from appliance import memory
from appliance.errors import LunaError
from appliance.ops.core import Call, Operation, Risk, Verdict, param
from appliance.ops.secrets_open import open_vault
from appliance.ops.secrets_refresh import resolved_config, users_of
from appliance.ops.secrets_vault import PASSPHRASE
from appliance.secret import Secret, expect_secret
from appliance.store.disk import read_file
from appliance.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.api import Appliance
    from appliance.vault.vault import Vault

OPENCLAW_WAITS_S = 5.0
"""As OpenClaw's default; our own entry gives more, so that a slow answer is a finding and no failure."""
DIFFERENCE = (
    "OpenClaw's own store keeps keys readable for every program of this account; it always works and needs "
    "nothing else. The vault keeps them encrypted and hands each one out only when OpenClaw asks for it."
)
_PROTECTION = {
    "PASSPHRASE": "a passphrase; keeps out everybody who does not know it",
    "KEYCHAIN": "the system's keychain; open while you are logged in, locked over SSH",
    "RECOVERY": "the recovery key on paper",
    "KEY_FILE": (
        "a key file; keeps out other users of this machine and stray copies of the vault, "
        "not the programs of this account"
    ),
}


@dataclass(frozen=True)
class VaultLook:
    """How the vault is opened."""

    passphrase: Secret | None = param(PASSPHRASE, default=None)


@dataclass(frozen=True)
class VaultStatus:
    """What was found."""

    vault: str
    """`none yet`, `in order`, or why it cannot be used."""
    secrets: int
    save: int
    """Number of the save it is."""
    opened_by: str
    """The way that opened it now."""
    ways: tuple[str, ...]
    """Every way to open it, and what each protects from."""
    program: str
    """The file that OpenClaw starts: `in order`, `not needed`, or what is wrong with it."""
    milliseconds: int
    """How long it took to answer; 0 when it was not asked."""
    memory: str
    """What keeps other programs of this account from reading keys in the memory of this one.

    `closed to other programs`, `left to the system` where it has no such lock, or why it is open.
    """
    problems: tuple[str, ...]
    about: str
    """What the vault is, beside OpenClaw's own store."""


async def status(box: Appliance, params: VaultLook, call: Call) -> VaultStatus:
    """Open the vault, look at the program, have it answer an empty question."""
    from appliance.vault.vault import Vault

    problems: list[str] = []
    vault, words = None, "none yet"
    if Vault.exists(box.places):
        try:
            vault, words = open_vault(box, call, params.passphrase), "in order"
            _try_all(vault)
        except LunaError as error:
            words = error.message
            problems.append(error.message)
    program, milliseconds = _program(box, vault, problems)
    expect_secret()
    if memory.is_wrong():
        problems.append(f"Other programs of this account can read keys in lunatui's memory: {memory.told()}.")
    return VaultStatus(
        words,
        len(vault.names()) if vault else 0,
        vault.generation if vault else 0,
        _named(vault.way.name) if vault else "",
        _ways(box),
        program,
        milliseconds,
        memory.told(),
        tuple(problems),
        DIFFERENCE,
    )


def _ways(box: Appliance) -> tuple[str, ...]:
    """What the file says of the ways to open it; also where none is at hand, so that one can be fetched."""
    from appliance.vault.files import VaultFiles
    from appliance.vault.layout import MAX_FILE, parse

    try:
        data = read_file(box.config.disk, VaultFiles.of(box.places).vault, MAX_FILE)
        return tuple(_PROTECTION[slot.way.name] for slot in parse(data).header.slots)
    except (OSError, LunaError):  # what is wrong with it is among the problems
        return ()


def _try_all(vault: Vault) -> None:
    for name in vault.names():
        vault.get(name).wipe()


def _program(box: Appliance, vault: Vault | None, problems: list[str]) -> tuple[str, int]:
    from appliance.store.edits import lookup
    from appliance.vault import references, shim

    try:
        config = resolved_config(box)
    except LunaError as error:
        problems.append(error.message)
        return "not known", 0
    wanted = lookup(config, (*references.PROVIDERS, references.ALIAS))
    if not isinstance(wanted, dict):
        return "not needed", 0
    if wanted.get("command") != str(shim.path_of(box.places)):
        return _trouble(problems, "the configuration names another program", 0)
    missing = sorted(set(users_of(box)) - set(vault.names() if vault else ()))
    problems += [
        f"The configuration needs the secret “{name}”, and the vault does not hold it." for name in missing
    ]
    if wrong := shim.problem(box.places):
        return _trouble(problems, wrong, 0)
    seconds, wrong = _asked(box)
    if not wrong and seconds > OPENCLAW_WAITS_S:
        wrong = f"it took {seconds:.1f} s to answer"
    return _trouble(problems, wrong, seconds) if wrong else ("in order", round(seconds * 1000))


def _trouble(problems: list[str], wrong: str, seconds: float) -> tuple[str, int]:
    problems.append(f"OpenClaw's way to the vault is broken: {wrong}. lunatui secrets connect mends it.")
    return wrong, round(seconds * 1000)


def _asked(box: Appliance) -> tuple[float, str]:
    """Start it as OpenClaw does, with a question for nothing; seconds, and what went wrong."""
    import subprocess

    from appliance.vault import references, shim

    question = json.dumps({"protocolVersion": 1, "provider": references.ALIAS, "ids": []}).encode()
    start = time.monotonic()
    try:
        code, said = _started(shim.path_of(box.places), question, references.PATIENCE_MS / 1000)
    except subprocess.TimeoutExpired:
        return time.monotonic() - start, "it does not answer in time"
    except OSError as error:
        return 0.0, f"it cannot be started ({error.strerror})"
    seconds = time.monotonic() - start
    try:
        fits = code == 0 and json.loads(said).get("values") == {}
    except (ValueError, AttributeError):
        fits = False
    return seconds, "" if fits else f"it ends with {code} instead of an answer"


def _started(path: Path, question: bytes, patience_s: float) -> tuple[int, bytes]:
    """Exit code and answer of our own file; it is gone afterwards with all it started.

    Raises:
        OSError: it cannot be started. TimeoutExpired: it does not end.
    """
    import subprocess

    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - our own file, just compared
        [path], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env={}, cwd=path.parent,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            said, _ = process.communicate(question, timeout=patience_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        return process.returncode, said


def _named(way: str) -> str:
    return way.lower().replace("_", " ")


def _shown(result: VaultStatus) -> str:
    lines = [f"Vault       {result.vault}"]
    if result.save:
        lines.append(
            f"            {result.secrets} secrets, save {result.save}, opened by its {result.opened_by}"
        )
        lines += [f"Opened by   {way}" for way in result.ways]
    took = f", answers in {result.milliseconds} ms" if result.milliseconds else ""
    lines.append(f"OpenClaw    {result.program}{took}")
    lines += [f"Problem     {problem}" for problem in result.problems]
    return "\n".join([*lines, "", result.about])


STATUS = Operation(
    "secrets.status",
    "Whether the vault and OpenClaw's way to it are in order",
    Risk.READ,
    VaultLook,
    VaultStatus,
    run=status,
    local=True,
    verdict=lambda result: Verdict.FINDINGS if result.problems else Verdict.DONE,
    render=_shown,
)

OPERATIONS = (STATUS,)
