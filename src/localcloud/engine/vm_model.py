"""How the virtual machines behave: how long they take to come, and how soon spot ones go."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

PUBLISHED_BOOT_SECONDS = 60.0
"""A Batch job of a second took about a minute when no image was pulled (image streaming), 2026-02:
https://github.com/nextflow-io/nextflow/pull/6836."""

PUBLISHED_PULL_SECONDS = 90.0
"""The same job took about 2.5 minutes with an ordinary pull of its image of 600 MB (ibidem)."""

_SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class VmModel:
    """Times in the cloud's seconds.

    Attributes:
        boot_seconds: from the order of a machine to its first step, images apart.
        pull_seconds: for each image, once on each machine.
        preemptions_per_hour: mean number for one spot machine.
        seed: makes the preemptions of a job the same in every run of it.
    """

    boot_seconds: float = 0.0
    pull_seconds: float = 0.0
    preemptions_per_hour: float = 0.0
    seed: int = 0

    def seconds_to_preemption(self, job_id: str, machine: int) -> float | None:
        """When the job's nth spot machine is preempted, from its boot; None for never.

        Preemptions are independent of a machine's age: the time is exponentially distributed.
        """
        if self.preemptions_per_hour <= 0:
            return None
        draw = Random(f"{self.seed}/{job_id}/{machine}")  # noqa: S311 (chance, not secrecy)
        return draw.expovariate(self.preemptions_per_hour / _SECONDS_PER_HOUR)
