"""Where a profile says a key is: a variable, a private file, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.errors import Usage
from appliance.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZE_LIMIT = 64 * 1024


def key_problem(reference: str, env: Mapping[str, str]) -> str:
    """Why the key cannot be read here and now, in words; empty when it can be (or comes from stdin)."""
    kind, _, where = reference.partition(":")
    if kind == "env" and not env.get(where, "").strip():
        return f"the variable {where} is not set"
    if kind == "file":
        path = _path(where, env)
        try:
            if path.stat().st_mode & 0o077:
                return f"{path} can be read by other users (chmod 600 {path})"
            if not path.stat().st_size:
                return f"{path} is empty"
        except OSError as error:
            return f"{path} cannot be read ({error.strerror})"
    return ""


def read_key(reference: str, env: Mapping[str, str]) -> Secret:
    """The key behind a reference.

    Raises:
        Usage: `key-missing`, with the reason.
    """
    problem = key_problem(reference, env)
    kind, _, where = reference.partition(":")
    text = ""
    if not problem:
        if kind == "env":
            text = env[where]
        elif kind == "file":
            with _path(where, env).open("rb") as file:
                text = file.read(SIZE_LIMIT).decode("utf-8", "replace")
        else:
            text = sys.stdin.buffer.read(SIZE_LIMIT).decode("utf-8", "replace")
            problem = "" if text.strip() else "nothing came from standard input"
    if problem:
        raise Usage(
            f"The profile's key ({reference}) cannot be read: {problem}.",
            hint="Set it and apply the profile again; what is done already stays.",
            code="key-missing",
        )
    return Secret(text.strip())


def _path(text: str, env: Mapping[str, str]) -> Path:
    return Path(env.get("HOME", "~")) / text[2:] if text.startswith("~/") else Path(text)
