"""Going on after tampering: a new segment whose first record is of the gap; nothing goes (safety §6)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from appliance.audit.verify import LINKS, whole_from

if TYPE_CHECKING:
    from appliance.audit.log import AuditLog
    from appliance.audit.verify import ChainReport


def begin_anew(log: AuditLog, report: ChainReport) -> ChainReport:
    """Where `report` tells of a link that does not hold, go on behind a gap; once for each break.

    Returns the report with what is whole from there on; the break itself stays in it, and in every later one.

    Raises:
        AuditUnavailable: the record of the gap is not on the disk.
    """
    if report.kind not in LINKS or report.whole_from:
        return report
    with log.alone():
        # Another process may have noted it meanwhile.
        since = whole_from(log) or log.begin_segment(report.told)
    return replace(report, whole_from=since)
