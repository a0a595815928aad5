"""The small file that OpenClaw starts to have secrets resolved: it runs `lunatui secrets resolve` here.

OpenClaw 2026.9.6 starts it by its absolute path, without a shell, in its own folder and with an empty
environment, and refuses a link, a file of another user, and one that others can write to. So everything the
command needs stands in the file itself.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from typing import TYPE_CHECKING

from appliance.errors import Refused
from appliance.places import CONFIG_NAME, private_dir
from appliance.store.disk import replace_file
from appliance.store.faults import explained
from appliance.store.names import temporary_beside

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.places import Places
    from appliance.store.disk import Disk

ACTOR = "system:openclaw"
"""Who asks, in the record."""
MODE = 0o700
_UNSAFE = re.compile(r"[\x00-\x1f\x7f;&|`$<>\"']")
"""OpenClaw takes no command with one of these in its path."""
_LIMIT = 64 * 1024


def path_of(places: Places) -> Path:
    """Where it lies."""
    return places.home / "bin" / "openclaw-secrets"


def text_of(places: Places) -> str:
    """What stands in it, for this installation and these folders."""
    variables = {
        "HOME": places.user_home,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LUNATUI_HOME": places.home,
        "LUNATUI_ACTOR": ACTOR,
        "OPENCLAW_STATE_DIR": places.state_dir,
    }
    if places.config_path != places.state_dir / CONFIG_NAME:
        variables["OPENCLAW_CONFIG_PATH"] = places.config_path
    exports = "\n".join(f"export {name}={shlex.quote(str(value))}" for name, value in variables.items())
    python = shlex.quote(sys.executable)
    return (
        "#!/bin/sh\n"
        "# Made by lunatui. OpenClaw starts it to have secrets resolved from lunatui's vault;\n"
        "# lunatui secrets status checks it, and writes it anew when it does not fit.\n"
        f"{exports}\n"
        f"exec {python} -I -m lunatui secrets resolve --answer-fd 3 3>&1 >/dev/null\n"
    )


def install(places: Places, disk: Disk) -> bool:
    """Put the file there as it should be; whether anything had to be written.

    Raises:
        Refused: `shim-path`, OpenClaw would not start a file in this folder.
        LunaError: it could not be written.
    """
    path = path_of(places)
    if _UNSAFE.search(str(path)):
        raise Refused(
            f"OpenClaw starts no program in a folder of this name: {path.parent}.",
            hint="Set LUNATUI_HOME to a folder without quotes and signs of the shell in its name.",
            code="shim-path",
        )
    if not problem(places):
        return False
    with explained(path, disk):
        private_dir(path.parent)
        replace_file(disk, path, text_of(places).encode(), temporary_beside(path), MODE)
    return True


def problem(places: Places) -> str:
    """Why OpenClaw would not start it, or why it would start something else; empty when all is well."""
    path = path_of(places)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return "it is a link" if path.is_symlink() else f"it cannot be read ({error.strerror})"
    try:
        found = os.fstat(descriptor)
        text = os.read(descriptor, _LIMIT) if stat.S_ISREG(found.st_mode) else b""
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(found.st_mode):
        return "it is no plain file"
    if found.st_uid != os.geteuid():
        return "it belongs to another user"
    if stat.S_IMODE(found.st_mode) != MODE:
        return f"its mode is {stat.S_IMODE(found.st_mode):04o}, not {MODE:04o}"
    return "" if text == text_of(places).encode() else "it belongs to another installation or was changed"
