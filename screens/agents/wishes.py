"""The questions of the editor, with the answers that there are, and what was chosen as parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from appliance.ops.agents_edit import Thinking
from appliance.text import safe_line
from screens.widgets.questions import Choice, Wish

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.ops.agents import AgentRow
    from appliance.ops.providers import ProviderList
    from screens.agents.edited import Edited
    from screens.words import Words

PROFILES = ("default", "minimal", "messaging", "coding", "full")
SANDBOX = {
    "mode": ("default", "off", "non-main", "all"),
    "scope": ("default", "session", "agent", "shared"),
    "workspace": ("default", "none", "ro", "rw"),
}


def heir(others: Sequence[AgentRow], words: Words) -> Wish:
    """Who takes over from one that goes; whoever is always there comes first, nobody in particular last."""
    ranked = sorted(others, key=lambda other: not other.protected)
    nobody = Choice("", words("agents.no-heir"), words("agents.no-heir-note"))
    staff = (Choice(other.id, safe_line(other.name), safe_line(other.role)) for other in ranked)
    return Wish("heir", (*staff, nobody), ranked[0].id if ranked else "")


def setting(key: str, edited: Edited, words: Words) -> Wish:
    """One line of what an agent is; or how long it thinks."""
    if key == "thinking":
        now = edited.detail.thinking if edited.detail else ""
        choices = tuple(Choice(level, words(f"editor.thinking.{level}")) for level in get_args(Thinking))
        return Wish("thinking", choices, now or "default")
    agent = edited.agent
    # As a line to type in would have it: what nobody changed must not count as a change.
    value = safe_line({"name": agent.name, "description": agent.role, "emoji": agent.emoji}[key])
    return Wish(key, default=value, unchanged=value)


def brain(key: str, edited: Edited, words: Words, brains: ProviderList, *, advanced: bool) -> Wish:
    """Which model, or which ones when that fails."""
    known = [
        Choice(f"{row.id}/{model}", model, row.title) for row in brains.providers for model in row.models
    ]
    detail = edited.detail
    if key == "model":
        common = Choice("", words("agents.common-brain"), brains.default_model.partition("/")[2])
        own = detail.agent.model if detail and not detail.model_inherited else ""
        return Wish("model", (common, *known), own)
    now = ", ".join(detail.fallbacks) if detail else ""
    if advanced or "," in now:
        return Wish("fallbacks", default=now, unchanged=now)
    mine = detail.agent.model if detail else ""
    others = tuple(each for each in known if each.value != mine)
    return Wish("fallbacks", (Choice("", words("editor.no-fallbacks")), *others), now)


def profile(edited: Edited, words: Words) -> Wish:
    """The set of tools that an agent begins with."""
    found = edited.tools
    now = found.profile if found is not None and found.profile_by == "agent" else "default"
    choices = tuple(
        Choice(each, words(f"editor.set-{each}"), words(f"editor.set-{each}-note")) for each in PROFILES
    )
    return Wish("profile", choices, now)


def sandbox(edited: Edited, words: Words) -> tuple[Wish, ...]:
    """Which conversations run locked in, and how."""
    now = edited.detail.sandbox if edited.detail else "off"
    return tuple(
        Wish(
            key,
            tuple(Choice(each, words(f"editor.{key}-{each}")) for each in values),
            now if key == "mode" else "default",
        )
        for key, values in SANDBOX.items()
    )


def helpers(edited: Edited, words: Words) -> tuple[Wish, ...]:
    """Whom it may give tasks to."""
    now = edited.detail.may_task if edited.detail else ()
    told = tuple(
        Choice(each, words(f"editor.delegation-{each}")) for each in ("default", "suggest", "prefer")
    )
    return Wish("may_task", default=now), Wish("delegation", told, "default")


def tools(chosen: dict[str, str]) -> dict[str, Any]:
    """By state, as the operation takes it."""
    return {
        state: tuple(tool for tool, wanted in chosen.items() if wanted == state)
        for state in ("allow", "ask", "never")
    }


def skills(edited: Edited) -> tuple[str, ...]:
    """Those that are on."""
    rows = edited.skills.skills if edited.skills else ()
    return tuple(row.name for row in rows if edited.skill_wishes.get(row.name, row.on))


def settle_tools(edited: Edited) -> None:
    """What was wished for and is so by now is no wish any more."""
    rows = edited.tools.tools if edited.tools else ()
    for row in rows:
        if edited.tool_wishes.get(row.id) == row.state:
            del edited.tool_wishes[row.id]


def settle_skills(edited: Edited) -> None:
    """The same for skills."""
    rows = edited.skills.skills if edited.skills else ()
    for row in rows:
        if edited.skill_wishes.get(row.name) == row.on:
            del edited.skill_wishes[row.name]


def tools_said(chosen: dict[str, Any], words: Words) -> str:
    """What was chosen, by state, in the words of the list."""
    return _said(
        {state: [tool_name(tool, words) for tool in tools] for state, tools in chosen.items()}, words
    )


def skills_said(edited: Edited, words: Words) -> str:
    """What was switched."""
    switched = edited.skill_wishes
    return _said(
        {state: [name for name, on in switched.items() if on is (state == "on")] for state in ("on", "off")},
        words,
    )


def tool_name(tool: str, words: Words) -> str:
    """What a tool is called."""
    named = f"editor.tool.{tool}"
    return words(named) if named in words else tool


def _said(names: dict[str, list[str]], words: Words) -> str:
    return " · ".join(
        f"{words(f'editor.{state}')}: {', '.join(map(safe_line, each))}"
        for state, each in names.items()
        if each
    )
