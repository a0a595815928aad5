"""Shell completion: click writes the scripts and answers them (`_LUNATUI_COMPLETE`)."""

from __future__ import annotations

from click.shell_completion import get_completion_class, shell_complete

from appliance.errors import Usage
from lunatui.commands import root

_VARIABLE = "_LUNATUI_COMPLETE"


def script(shell: str) -> str:
    """The text to put into the shell's start-up file.

    Raises:
        Usage: the shell is not one of bash, zsh, fish.
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise Usage(f"There is no completion for “{shell}”.", hint="bash, zsh or fish")
    return kind(root(), {}, "lunatui", _VARIABLE).source()


def answer(instruction: str) -> int:
    """Answer a completion script; `instruction` is such as `bash_complete`. Returns the exit code."""
    return shell_complete(root(), {}, "lunatui", _VARIABLE, instruction)
