"""Who the practice model pretends to be, read from the system prompt it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION_LENGTH = 4_000
_MARKS = r"[ \t>*_`-]*"
_LABEL = rf"^{_MARKS}(?:{{words}}){_MARKS}:{_MARKS}(\S[^\n]*)$"


@dataclass(frozen=True)
class Persona:
    """What the system prompt says about the agent and its business; empty where it says nothing."""

    name: str = ""
    business: str = ""
    hours: str = ""

    def reply_to(self, said: str) -> str:
        """One or two plain sentences in the agent's name."""
        who = self.name or "your assistant"
        where = f" at {self.business}" if self.business else ""
        lower = said.lower()
        if self.hours and re.search(r"\b(hours|open|opening|close|closing)\b", lower):
            return f"This is {who}{where}. We are open: {self.hours.rstrip('.')}."
        heard = f" You wrote: “{said}”." if said else ""
        return f"Hello, this is {who}{where}.{heard} Everything between us works."


def read_persona(system: str) -> Persona:
    """Find the agent's name, the business name and its hours in the texts of a system prompt."""
    identity = _section(system, "IDENTITY.md")
    return Persona(
        name=_labelled(identity, "Name") or _labelled(system, "Name") or _runtime_name(system),
        business=_labelled(system, "Business|Business name|Company|Shop"),
        hours=_labelled(system, "Hours|Opening hours|Business hours"),
    )


def _section(system: str, file_name: str) -> str:
    """What follows the heading that names `file_name` (OpenClaw quotes workspace files that way)."""
    start = re.search(rf"^#+ .*{re.escape(file_name)}\s*$", system, re.MULTILINE)
    return system[start.end() : start.end() + _SECTION_LENGTH] if start else ""


def _labelled(text: str, words: str) -> str:
    match = re.search(_LABEL.format(words=words), text, re.MULTILINE | re.IGNORECASE)
    return match[1].strip(" \t*_`") if match else ""


def _runtime_name(text: str) -> str:
    match = re.search(r"^Runtime: name=([^|\n]+)", text, re.MULTILINE)
    return match[1].strip() if match else ""
