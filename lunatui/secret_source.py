"""Where the command line takes a secret from: standard input, a private file, a descriptor; no argument."""

from __future__ import annotations

import os
import stat
import sys
from dataclasses import MISSING
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.errors import Usage
from appliance.secret import Secret
from lunatui.process import asking

if TYPE_CHECKING:
    from dataclasses import Field

LIMIT = 64 * 1024
"""Bytes of the longest secret that is taken."""


def flag_of(item: Field[Any]) -> str:
    """The name of a field's option, without the dashes."""
    return item.metadata.get("flag") or item.name.replace("_", "-")


def secret_options(item: Field[Any]) -> list[click.Parameter]:
    """The three options of a field that holds a secret."""
    name, flag, help_text = item.name, flag_of(item), item.metadata.get("help", "")
    return [
        click.Option(
            [f"--{flag}-stdin", f"{name}__stdin"], is_flag=True, help=f"{help_text} Read from standard input."
        ),
        click.Option(
            [f"--{flag}-file", f"{name}__file"], metavar="FILE", help="The same, from a file of mode 0600."
        ),
        click.Option(
            [f"--{flag}-fd", f"{name}__fd"], type=int, metavar="N", help="The same, from an open descriptor."
        ),
    ]


def read_secret(item: Field[Any], given: dict[str, Any], *, may_ask: bool) -> Any:
    """The secret from where the line says, asked for without echo where a person sits, or the default.

    Raises:
        Usage: there is none, there are two, or it cannot be read.
    """
    name, flag = item.name, flag_of(item)
    stdin, file, descriptor = given[f"{name}__stdin"], given[f"{name}__file"], given[f"{name}__fd"]
    if sum((bool(stdin), file is not None, descriptor is not None)) > 1:
        raise Usage(f"{flag} is given twice.", hint=f"Use one of --{flag}-stdin, --{flag}-file, --{flag}-fd.")
    if file is not None:
        return _secret(_from_file(Path(file)), file)
    if descriptor is not None:
        return _secret(_from_descriptor(descriptor), f"descriptor {descriptor}")
    asks = may_ask and sys.stdin.isatty() and sys.stderr.isatty()
    if stdin and not sys.stdin.isatty():
        return _secret(sys.stdin.buffer.read(LIMIT + 1), "standard input")
    if asks and (stdin or item.default is MISSING):
        with asking():
            return _secret(click.prompt(flag, hide_input=True, err=True).encode(), "the terminal")
    if stdin or item.default is MISSING:
        raise Usage(f"{flag} is needed.", hint=f"Give it with --{flag}-stdin or --{flag}-file FILE.")
    return item.default


def _secret(data: bytes, source: str) -> Secret:
    if len(data) > LIMIT:
        raise Usage(f"What {source} holds is longer than {LIMIT // 1024} KiB and cannot be a key.")
    try:
        text = data.decode().strip()
    except UnicodeDecodeError:
        # Without its cause: that exception carries the bytes.
        raise Usage(f"What {source} holds is no text.") from None
    if not text:
        raise Usage(f"Nothing could be read from {source}.")
    return Secret(text)


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise Usage(
                    f"{path} can be read by other users.", hint=f"chmod 600 {path}", code="secret-file-open"
                )
            return file.read(LIMIT + 1)
    except OSError as error:
        raise Usage(f"{path} cannot be read: {error.strerror}.") from error


def _from_descriptor(number: int) -> bytes:
    try:
        with os.fdopen(number, "rb", closefd=False) as file:
            return file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise Usage(f"Nothing can be read from descriptor {number}.") from error
