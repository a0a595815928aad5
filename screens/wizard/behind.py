"""What a page of the wizard comes to, as a supporter would type it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.ops.chat_history import HISTORY, WhichTalk
from appliance.ops.core import Nothing
from appliance.ops.setup_brain import TRY, TryBrain
from appliance.ops.setup_draft import ANSWER, APPLY, PLAN, AnswerSetup, ApplySetup
from appliance.ops.setup_sheet import SUMMARY
from appliance.profile.draft import as_answers
from appliance.text import safe_line
from screens.command_line import command_line
from screens.wizard import pages

if TYPE_CHECKING:
    from appliance.profile.draft import Draft
    from appliance.secret import Secret
    from screens.wizard.pages import Page

_ANSWERS = {"address": "base_url", "consent": "agreed", "lines": "skipped", "pace": "short"}
"""Questions whose answer is kept under another name."""


def behind(page: Page, draft: Draft, key: Secret | None) -> str:
    """The equivalent command, on one line; a key is read from standard input and stands nowhere."""
    match page:
        case pages.KEY | pages.MODEL:
            command = command_line(TRY, TryBrain(draft.kind, draft.base_url, draft.model, key))
        case pages.PLAN:
            command = command_line(PLAN, Nothing())
        case pages.APPLY:
            command = command_line(APPLY, ApplySetup(key))
        case pages.TALK:
            command = command_line(HISTORY, WhichTalk(pages.FIXED_AGENT))
        case pages.SHEET:
            command = command_line(SUMMARY, Nothing())
        case _:
            name = _ANSWERS.get(page.field, page.field)
            kept = as_answers(draft, (name,)).items() if hasattr(draft, name) else ()
            answers = tuple(f"{each}={text}" for each, text in kept)
            command = command_line(ANSWER, AnswerSetup(page.stage, page.field, answers))
    return safe_line(command)
