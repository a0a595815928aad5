"""What is said of a linking, and its code as a picture in a file."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path

from appliance.errors import Usage


class Picture:
    """The newest code in a file of mode 0600, gone when the code is."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._ours = False

    def write(self, code: str) -> None:
        """Put the picture of a code there.

        Raises:
            Usage: the file cannot be written, or is there already and not ours.
        """
        try:
            data = base64.b64decode(code.partition("base64,")[2], validate=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if self._ours else os.O_EXCL)
            with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
                self._ours = True
                file.write(data)
        except (OSError, binascii.Error) as error:
            raise Usage(f"The code cannot be written to {self._path}: {error}.", code="code-file") from error

    def remove(self) -> None:
        """Take it away; only what we wrote."""
        if self._ours:
            self._path.unlink(missing_ok=True)
            self._ours = False


SENTENCES = {
    "checking": "Looking whether OpenClaw can speak WhatsApp…",
    "plugin-missing": "OpenClaw has no plugin for WhatsApp yet.",
    "installing": "Installing the plugin for WhatsApp; this takes a minute or two…",
    "install-failed": "The plugin for WhatsApp could not be installed.",
    "whose-number": "Whose number is it: your own, or one for the assistant?",
    "writing-policy": "Settling who gets an answer, before anybody can write…",
    "starting": "Asking WhatsApp for a code…",
    "code-shown": "Scan the code with the phone: WhatsApp, Settings, Linked devices, Link a device.",
    "refreshed": "There is a newer code; the one before is worth nothing any more.",
    "scanned": "The code was scanned.",
    "restarting": "WhatsApp asks for a new connection; that is normal.",
    "saving": "The phone agreed. Connecting with the new session…",
    "connected": "WhatsApp is connected. Now write to the assistant.",
    "greeted": "WhatsApp is connected, and the assistant's first message is on its way to you.",
    "heard": "The first message came in; the assistant is answering…",
    "answered": "The first message was answered: the line works.",
    "refused": "WhatsApp did not link this time.",
    "timed-out": "The code was not scanned in time.",
    "cooling-down": "It failed three times. Leave it alone for a while, or WhatsApp refuses for longer.",
    "stopped": "Linking was stopped.",
}
"""One sentence a state, where a front end has none of its own."""
