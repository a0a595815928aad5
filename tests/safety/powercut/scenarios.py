"""The work whose traces are cut: saves, the ring, the journal and its recovery, the record, whole commands.

Another area joins with a module of its own and a line in `SCENARIOS`.
"""

from __future__ import annotations

from tests.safety.powercut import of_audit, of_backup, of_commands, of_journal, of_store, of_vault

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        *of_store.SCENARIOS,
        *of_journal.SCENARIOS,
        *of_audit.SCENARIOS,
        *of_commands.SCENARIOS,
        *of_vault.SCENARIOS,
        *of_backup.SCENARIOS,
    )
}
