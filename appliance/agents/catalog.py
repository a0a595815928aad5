"""The templates that ship with us: one folder each, read when asked for."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

from appliance.agents.models import Schedule, Template, ToolsPolicy, Trial
from appliance.errors import NotFound

TEMPLATE_IDS = (
    "luna",
    "customer-support",
    "sales-assistant",
    "operations-manager",
    "hr-admin",
    "social-media",
)
"""In the order in which they are offered; the first is the protected first agent's."""
ROLE_IDS = ("coordinator", "researcher", "writer", "reviewer")
"""OpenClaw's own roles (its docs/concepts/multi-agent, "Team preset"), offered behind ours."""
BLANK = "blank"
"""What an agent without a template starts from; not offered as one."""

_FOLDER = Path(__file__).parent / "templates"


def templates() -> tuple[Template, ...]:
    """All that are offered, in their order."""
    return tuple(template(template_id) for template_id in TEMPLATE_IDS)


def roles() -> tuple[Template, ...]:
    """Those that OpenClaw brought, in its order."""
    return tuple(template(role_id) for role_id in ROLE_IDS)


@cache
def template(template_id: str) -> Template:
    """One template by id.

    Raises:
        NotFound: `template-unknown`, the hint lists those there are.
    """
    if template_id not in (*TEMPLATE_IDS, *ROLE_IDS, BLANK):
        raise NotFound(
            f"There is no agent template called “{template_id}”.",
            hint=f"Choose one of: {', '.join((*TEMPLATE_IDS, *ROLE_IDS))}.",
            code="template-unknown",
        )
    import tomllib

    data = tomllib.loads(_read(template_id, "template.toml"))
    tools, trial = data["tools"], data["trial"]
    return Template(
        id=data["id"],
        name=data["name"],
        role=data["role"],
        emoji=data["emoji"],
        answers_customers=data["answers_customers"],
        tools=ToolsPolicy(
            profile=tools["profile"],
            also_allow=tuple(tools["also_allow"]),
            deny=tuple(tools["deny"]),
            may_task=tuple(tools.get("may_task", ())),
        ),
        skills=tuple(data["skills"]["suggested"]),
        schedules=tuple(Schedule(**item) for item in cast("list[dict[str, Any]]", data.get("schedules", []))),
        trial=Trial(trial["question"], tuple(trial["expect"]), trial["max_words"], trial["shape"]),
        extra_files=tuple(data.get("extra_files", ())),
    )


def template_text(template_id: str, file_name: str) -> str:
    """A template's text with its placeholders; the common one where the template has none of its own."""
    folder = template_id if (_FOLDER / template_id / file_name).exists() else "common"
    return _read(folder, file_name)


def _read(folder: str, file_name: str) -> str:
    return (_FOLDER / folder / file_name).read_text(encoding="utf-8")
