"""Where the command line takes a long text from: an argument, a file, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from appliance.errors import Usage
from lunatui.secret_source import flag_of

if TYPE_CHECKING:
    from dataclasses import Field

LIMIT = 1024 * 1024
"""Bytes that are read at most; what an operation takes is its own matter."""


def text_options(item: Field[Any]) -> list[click.Parameter]:
    """The three options of a field that holds a long text."""
    name, flag, help_text = item.name, flag_of(item), item.metadata.get("help", "")
    return [
        click.Option([f"--{flag}", name], default=None, help=help_text),
        click.Option(
            [f"--{flag}-stdin", f"{name}__stdin"], is_flag=True, help="The same, from standard input."
        ),
        click.Option([f"--{flag}-file", f"{name}__file"], metavar="FILE", help="The same, from a file."),
    ]


def read_text(item: Field[Any], given: dict[str, Any]) -> str | None:
    """The text from where the line says; None where it says nothing.

    Raises:
        Usage: there are two, or it cannot be read.
    """
    name, flag = item.name, flag_of(item)
    argument, stdin, file = given[name], given[f"{name}__stdin"], given[f"{name}__file"]
    if (argument is not None, bool(stdin), file is not None).count(True) > 1:
        raise Usage(f"{flag} is given twice.", hint=f"Use one of --{flag}, --{flag}-stdin, --{flag}-file.")
    if stdin:
        return _decoded(sys.stdin.buffer.read(LIMIT + 1), "standard input")
    if file is not None:
        try:
            with Path(file).open("rb") as source:
                return _decoded(source.read(LIMIT + 1), file)
        except OSError as error:
            raise Usage(f"{file} cannot be read: {error.strerror}.") from error
    return None if argument is None else str(argument)


def _decoded(data: bytes, source: str) -> str:
    if len(data) > LIMIT:
        raise Usage(f"What {source} holds is longer than {LIMIT // 1024} KiB.")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Usage(f"What {source} holds is no text in UTF-8.") from error
