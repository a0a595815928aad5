"""The key of the dashboard that backs up the whole box, and what is said of it."""

from __future__ import annotations

from textual import on

from screens.operation_screen import OperationScreen

BACK_UP = "backup.create"
"""Its area is loaded when it is used."""


class BackingUp(OperationScreen):
    """A screen from which the box can be backed up; the place of the backups has the rest."""

    def action_back_up(self) -> None:
        """Back up the whole box; it goes on when this screen is left."""

        from appliance.ops.backup_create import CREATE, CreateBackup

        if self.start(CREATE, CreateBackup()):
            self.notice(self.words("dash.backing-up"), "moon")

    @on(OperationScreen.Succeeded)
    def tell_backup(self, message: OperationScreen.Succeeded) -> None:
        """It was made: said, and seen in the line of the box. A failure has its dialog."""
        if message.operation == BACK_UP:
            self.notice(self.words("dash.backed-up"))
            self.desk.lookout.look_now()
