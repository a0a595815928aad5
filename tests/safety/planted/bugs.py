"""All planted bugs by name. Another area joins with a module of its own."""

from __future__ import annotations

from tests.safety.planted import of_files, of_guards, of_locks, of_record, of_routing, of_syncs, of_vault

BUGS = {
    bug.name: bug
    for bug in (
        *of_syncs.BUGS,
        *of_files.BUGS,
        *of_locks.BUGS,
        *of_guards.BUGS,
        *of_record.BUGS,
        *of_routing.BUGS,
        *of_vault.BUGS,
    )
}
