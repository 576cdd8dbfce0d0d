"""What the run of a job finds round it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.engine.clock import Clock
from localcloud.engine.quota import Quota
from localcloud.engine.vm_model import VmModel
from localcloud.faults.book import FaultBook
from localcloud.jobs.bill import Bill
from localcloud.jobs.job import Listener
from localcloud.runtime.base import Runtime


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Time, names, room, machines and how they behave, a place for logs, faults, the bill.

    `listener` is told of every event of every job.
    """

    clock: Clock
    new_hex: Callable[[], str]
    quota: Quota
    runtime: Runtime
    logs: Path
    faults: FaultBook
    model: VmModel
    bill: Bill
    listener: Listener
