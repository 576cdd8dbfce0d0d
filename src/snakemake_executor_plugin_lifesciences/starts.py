"""How a job's next start differs from its first: other places after losses, more after shortages.

Spot machines are lost for want of room, so a lost job goes down a ladder: the same again in other
zones, then another family, then a machine on demand. Only what the options leave open is changed.
"""

from dataclasses import dataclass, replace

from snakemake_executor_plugin_lifesciences.options import JobOptions
from snakemake_executor_plugin_lifesciences.outcome import Shortage

LOSSES_BEFORE_ANOTHER_FAMILY = 2


@dataclass(frozen=True)
class Start:
    """What happened to a job so far: machines lost, in which zones, and what ran short."""

    losses: int = 0
    lost_zones: frozenset[str] = frozenset()
    memory_doublings: int = 0
    disk_doublings: int = 0

    @property
    def escalations(self) -> int:
        """How often the job has started again with more than it asked for."""
        return self.memory_doublings + self.disk_doublings

    def after_loss(self, zone: str) -> "Start":
        """Return the start after its machine was lost in `zone`, empty if that is not known."""
        zones = self.lost_zones | ({zone} if zone else set())
        return replace(self, losses=self.losses + 1, lost_zones=frozenset(zones))

    def after_shortage(self, shortage: Shortage) -> "Start":
        """Return the start with twice of what ran short."""
        match shortage:
            case Shortage.MEMORY:
                return replace(self, memory_doublings=self.memory_doublings + 1)
            case Shortage.DISK:
                return replace(self, disk_doublings=self.disk_doublings + 1)


FIRST = Start()


def placed(options: JobOptions, start: Start) -> JobOptions:
    """Return the options with the zones left and, after so many lost spot machines, without spot.

    Where no zones are set, the service itself chooses among all of the region's at each start.
    """
    left = tuple(zone for zone in options.zones if zone not in start.lost_zones)
    return replace(
        options,
        zones=left or options.zones,
        spot=options.spot and start.losses < options.max_spot_attempts,
    )


def other_families(options: JobOptions, start: Start, first: str) -> tuple[str, ...]:
    """Return the allowed families besides the `first` choice, once that one was lost too often."""
    if not options.spot or start.losses < LOSSES_BEFORE_ANOTHER_FAMILY:
        return ()
    return tuple(family for family in options.machine_families if family != first)
