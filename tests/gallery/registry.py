"""Every scene there is: every place, dialog and page of the wizard, in every state it can be in."""

from __future__ import annotations

from tests.gallery.scenes import (
    agents,
    audit,
    backups,
    channels,
    chat,
    dashboard,
    editor,
    frame,
    history,
    keys,
    providers,
    routing,
    wizard,
)

SCENES = (
    *dashboard.SCENES,
    *agents.SCENES,
    *editor.SCENES,
    *audit.SCENES,
    *providers.SCENES,
    *routing.SCENES,
    *keys.SCENES,
    *channels.SCENES,
    *chat.SCENES,
    *history.SCENES,
    *wizard.SCENES,
    *frame.SCENES,
    *backups.SCENES,
)
