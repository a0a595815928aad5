"""What `backup restore` says before it happens: what will not be as it was, and which keys go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import LunaError, Note

if TYPE_CHECKING:
    from appliance.api import Appliance
    from appliance.backup.models import Manifest
    from appliance.backup.target import Layout
    from appliance.backup.vault_part import VaultInArchive


def restore_notes(
    box: Appliance, manifest: Manifest, where: Layout, archived: VaultInArchive
) -> tuple[str, ...]:
    """What somebody should know before a restore."""
    about = manifest.about
    notes = [
        Note(
            "restore-relink",
            "A restore goes back in time: WhatsApp may have to be linked again, "
            "and approvals are as they were.",
        )
    ]
    if where.moved(about.state_dir) != about.state_dir:
        notes.append(
            Note(
                "restore-schedules",
                "OpenClaw files schedules by the path of its folder, which is another one here: "
                "schedules have to be made again.",
                was=about.state_dir,
            )
        )
    if (box.places.state_dir / "npm").exists():
        notes.append(Note("restore-plugins", "Plug-ins that were installed have to be installed again."))
    if manifest.left_out:
        count = len(manifest.left_out)
        notes.append(
            Note("restore-left-out", f"{count} things were left out of this archive.", count=str(count))
        )
    return (*notes, *_vault_notes(box, archived))


def _vault_notes(box: Appliance, archived: VaultInArchive) -> tuple[Note, ...]:
    """Nothing where the vault stays as it is."""
    from appliance.store.disk import read_file
    from appliance.vault.files import VaultFiles
    from appliance.vault.layout import MAX_FILE
    from appliance.vault.restoring import lost, opened_from
    from appliance.vault.ways import KeyFileText, usual_ways

    files = VaultFiles.of(box.places)
    try:
        present = read_file(box.config.disk, files.vault, MAX_FILE)
    except FileNotFoundError:
        return ()
    if not archived.vault or archived.vault == present:
        return ()
    ways = usual_ways(files)
    try:
        now = opened_from(present, ways)
        then = opened_from(archived.vault, (KeyFileText(archived.key), *ways))
    except LunaError:
        return (
            Note(
                "restore-keys-unknown",
                "The vault goes back in time too. It cannot be opened without its passphrase, so which keys "
                "go that were put into it since cannot be told.",
            ),
        )
    going, older = (", ".join(names) for names in lost(now, then))
    notes = []
    if going:
        text = f"These keys are not in the vault of the archive and go: {going}."
        notes.append(Note("restore-keys-go", text, names=going))
    if older:
        text = f"These keys get the value that they had in the archive: {older}."
        notes.append(Note("restore-keys-older", text, names=older))
    return tuple(notes)
