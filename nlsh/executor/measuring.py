"""What a person wants to see of processes before saying yes, and what a selector alone does not read."""

from __future__ import annotations

from dataclasses import replace

from nlsh.executor.table import ProcessTable
from nlsh.target import Selection


def measured(selection: Selection, table: ProcessTable) -> Selection:
    """The same processes with the CPU share of each, sampled now. The sample takes the table's interval."""
    wanted = [target.id.pid for target in selection.targets if target.cpu is None]
    if not wanted:
        return selection
    now = {process.id: process.cpu for process in table.snapshot({"cpu"}, wanted)}
    targets = tuple(replace(target, cpu=now.get(target.id, target.cpu)) for target in selection.targets)
    return replace(selection, targets=targets)
