"""One difference between two versions of the configuration: a sentence, and what words of one's own need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from appliance.values import dataclass

SENTENCES = {
    "agent-added": "$agent: new on the staff",
    "agent-removed": "$agent: removed from the staff",
    "agent-renamed": "$before: now called $after",
    "agent-model": "$agent: model changed from $before to $after",
    "agent-role": "$agent: role changed",
    "agent-look": "$agent: sign or appearance changed",
    "agent-skills": "$agent: skills changed",
    "agent-tools": "$agent: tools changed",
    "agent-folder": "$agent: folder changed",
    "agent-settings": "$agent: $count setting(s) changed",
    "common-brain": "Default model changed from $before to $after",
    "staff-settings": "Settings for all agents changed ($count)",
    "line-added": "$line: set up",
    "line-removed": "$line: removed",
    "line-on": "$line: switched on",
    "line-off": "$line: switched off",
    "line-who": "$line: who may write changed from $before to $after",
    "line-groups": "$line: groups changed from $before to $after",
    "line-people": "$line: list of people changed from $before to $after",
    "line-key": "$line: key changed",
    "line-settings": "$line: $count setting(s) changed",
    "rule-added": "$line: $agent answers there from now on",
    "rule-removed": "$line: $agent does not answer there any more",
    "rules-changed": "Rules on who answers where changed",
    "brain-added": "Provider $brain: added",
    "brain-removed": "Provider $brain: removed",
    "brain-key": "Provider $brain: key changed",
    "brain-settings": "Provider $brain: $count setting(s) changed",
    "engine-port": "Gateway: port changed from $before to $after",
    "engine-reach": "Gateway: who can reach it changed from $before to $after",
    "engine-key": "Gateway: access key changed",
    "engine-settings": "Gateway: $count setting(s) changed",
    "section-added": "Section $section: added",
    "section-removed": "Section $section: removed",
    "settings": "Section $section: $count setting(s) changed",
    "bookkeeping": "OpenClaw's own notes changed",
    "only-form": "Only comments, spacing or order changed",
    "more": "$count more difference(s)",
    "file-new": "The file is new",
    "file-gone": "The file is gone",
    "file-unreadable": "The file cannot be read any more",
    "file-readable": "The file can be read again",
    "lost-agents": "$count agent(s) gone: $names",
    "lost-lines": "$count channel(s) gone: $names",
    "lost-rules": "$count rule(s) on who answers where gone",
    "lost-sections": "$count section(s) gone: $names",
    "lost-size": "The file shrank from $before to $after bytes",
}
"""What each code means, for terminals and logs."""

EVIDENCE = {
    "writer-log": "OpenClaw's own log names it: process $pid, $command",
    "writer-backup": "OpenClaw put the version before into its own backup, as its writers do",
    "writer-restored": "OpenClaw has put an earlier version in the place of the one before",
    "writer-touched": "OpenClaw $release is noted in it as the last one to write",
    "writer-unknown": "Nothing was left by its writer: an editor or another program",
}
"""What speaks for the writer of a change from outside."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was."""

    code: str
    """One of `SENTENCES` or `EVIDENCE`."""
    text: str
    """The same as a sentence, secrets masked."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the sentence is made of; an empty value stands for nothing being set."""
    settings: tuple[str, ...] = ()
    """The settings behind it, `path: before → after`, secrets masked."""


def difference(code: str, settings: tuple[str, ...] = (), **facts: str) -> Difference:
    """The difference of this code."""
    from string import Template

    shown = {name: value or "nothing" for name, value in facts.items()}
    return Difference(code, Template(SENTENCES[code]).substitute(shown), facts, settings)


def evidence(code: str, **facts: str) -> Difference:
    """The evidence of this code."""
    from string import Template

    return Difference(code, Template(EVIDENCE[code]).substitute(facts), facts)
