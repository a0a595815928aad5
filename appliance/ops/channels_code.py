"""What is said of a linking, one sentence a state, where a front end has none of its own."""

from __future__ import annotations

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
