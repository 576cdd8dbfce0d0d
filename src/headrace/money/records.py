"""The money of a run: `estimate.json` before it starts, `cost.json` after it has ended.

Both are JSON objects in the run's folder, written whole. All amounts are of list or negotiated
prices, without taxes, discounts for commitment and free tiers: they are for decisions and caps,
the invoice is Google's. Times are seconds.
"""

from datetime import date, datetime
from enum import StrEnum

from headrace.runs.status import Record

ESTIMATE_FILE = "estimate.json"
COST_FILE = "cost.json"


class Band(Record, frozen=True):
    """What is expected: eight of ten times from `low` to `high`, half the time over `likely`."""

    low: float
    likely: float
    high: float


class Amounts(Record, frozen=True):
    """An amount of money by what it is for.

    Attributes:
        compute: vCPUs, memory and GPUs of machines.
        disk: their boot and work disks.
        network: public addresses and traffic that leaves the region.
        operations: requests to Cloud Storage.
    """

    compute: float = 0.0
    disk: float = 0.0
    network: float = 0.0
    operations: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return self.compute + self.disk + self.network + self.operations

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            compute=self.compute + other.compute,
            disk=self.disk + other.disk,
            network=self.network + other.network,
            operations=self.operations + other.operations,
        )


class Times(Record, frozen=True):
    """Where the time of jobs went, seconds. All but `queue` is paid for.

    Attributes:
        queue: waiting for a machine.
        boot: from the order of the machine to its first action.
        pull: images on their way to the machine.
        staging: files brought in and taken out.
        tool: the rules' own commands.
        idle: the rest of what is paid for: gaps, and the minute that every machine costs at least.
    """

    queue: float = 0.0
    boot: float = 0.0
    pull: float = 0.0
    staging: float = 0.0
    tool: float = 0.0
    idle: float = 0.0

    @property
    def billed(self) -> float:
        """Seconds of machines that are paid for."""
        return self.boot + self.pull + self.staging + self.tool + self.idle

    def __add__(self, other: "Times") -> "Times":
        return Times(
            queue=self.queue + other.queue,
            boot=self.boot + other.boot,
            pull=self.pull + other.pull,
            staging=self.staging + other.staging,
            tool=self.tool + other.tool,
            idle=self.idle + other.idle,
        )


class Basis(StrEnum):
    """What a prediction rests on."""

    HISTORY = "history"
    """Former jobs of the rule in this installation."""

    DECLARED = "declared"
    """The rule's own limits, because it has too little history."""


class PriceNote(Record, frozen=True):
    """The prices that were used.

    Attributes:
        currency: three letters; all amounts of the document are in it.
        day: the day that the oldest of the prices used is of.
        source: where they are from.
        old: whether that day is more than 90 days before the document was written.
    """

    currency: str
    day: date
    source: str
    old: bool = False


class EstimatedJob(Record, frozen=True):
    """A job that is to run.

    Attributes:
        jobid: Snakemake's number of it in the dry run.
        rule: name of its rule.
        sample: value of its wildcard `sample`, or of its first wildcard; empty without.
        machine_type: the machine it will ask for; empty for a job that runs on the head.
        spot: whether that machine may be taken away.
        basis: what the prediction rests on.
        former: how many former jobs it rests on.
        tool_seconds: of its command.
        seconds: of its machine, boot, pull, staging and command together.
        memory_mb: largest resident size that its command will need; None if nobody knows.
        bytes_in: bytes to be brought in, as far as known.
        cost: in the document's currency.
        worst: if it uses its whole time limit in every attempt it has.
    """

    jobid: int
    rule: str
    sample: str
    machine_type: str
    spot: bool
    basis: Basis
    former: int
    tool_seconds: Band
    seconds: Band
    cost: Band
    worst: float
    memory_mb: Band | None = None
    bytes_in: int = 0


class EstimatedPart(Record, frozen=True):
    """All jobs of a rule, or of a sample."""

    name: str
    jobs: int
    seconds: Band
    cost: Band
    worst: float


class Estimate(Record, frozen=True):
    """`estimate.json`: what a run is expected to take and to cost.

    Attributes:
        run_id: the run's id.
        created: when it was estimated.
        prices: the prices used.
        cost: of all jobs and of the controller.
        jobs_cost: of all jobs alone.
        worst: the most it can cost, by the time limits and retries of its jobs: caps look at this.
        makespan: seconds from start to end, under the quota.
        critical_path: the jobs, by number, that the makespan cannot be shorter than.
        critical_seconds: how long these take one after the other.
        quota_cpus: vCPUs at once that the makespan was computed with; None for no limit.
        controller: the controller's own machine, which waits as long as the run lasts.
        rules: by rule, the dearest first.
        samples: by sample, the dearest first.
        jobs: every job.
        unpriced: machine types without a price: what runs there counts as nothing here.
        notes: sentences on what the figures do not hold or rest on weakly.
    """

    run_id: str
    created: datetime
    prices: PriceNote
    cost: Band
    jobs_cost: Band
    worst: float
    makespan: Band
    critical_path: tuple[int, ...]
    critical_seconds: float
    quota_cpus: int | None
    controller: Band
    rules: tuple[EstimatedPart, ...]
    samples: tuple[EstimatedPart, ...]
    jobs: tuple[EstimatedJob, ...]
    unpriced: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class JobCost(Record, frozen=True):
    """A job that ran, all its attempts together.

    Attributes:
        jobid: Snakemake's number of it in this run.
        rule: name of its rule.
        sample: value of its wildcard `sample`, or of its first wildcard; empty without.
        machine_type: of its last attempt.
        spot: whether that machine could be taken away.
        attempts: how often it was started.
        retries: starts after a failure of the job's own.
        preemptions: starts after a machine was lost.
        times: of all attempts.
        amounts: of all attempts; machines that jobs shared are divided by the time they worked.
    """

    jobid: int
    rule: str
    sample: str
    machine_type: str
    spot: bool
    attempts: int
    retries: int
    preemptions: int
    times: Times
    amounts: Amounts


class PartCost(Record, frozen=True):
    """All jobs of a rule, of a sample, or of a type of machine."""

    name: str
    jobs: int
    attempts: int
    retries: int
    preemptions: int
    times: Times
    amounts: Amounts


class EstimateCheck(Record, frozen=True):
    """What had been expected.

    Attributes:
        expected: the estimate's band, of the jobs alone.
        actual: what the jobs cost.
        error: how far `actual` is from `expected.likely`, as a part of `actual`; signed, positive
            if it cost more.
    """

    expected: Band
    actual: float
    error: float


class RunCost(Record, frozen=True):
    """`cost.json`: what a run has cost.

    Attributes:
        run_id: the run's id.
        computed: when it was computed.
        began: when its first job was submitted; None if none was.
        ended: whether it was over by then, and all its attempts; those that were not count up to
            then.
        prices: the prices used.
        amounts: of the jobs and of the controller.
        times: of the jobs.
        machines: how many machines the jobs used.
        attempts: how many attempts there were.
        retries: of them, those after a failure of a job's own.
        preemptions: of them, those after a machine was lost.
        controller: the controller's own machine; nothing for a run by hand.
        rules: by rule, the dearest first.
        samples: by sample, the dearest first.
        machine_types: by type of machine, the dearest first.
        jobs: every job.
        unpriced: machine types without a price: their compute counts as nothing here.
        estimate: what had been expected, if there was an estimate.
        notes: sentences on what the figures do not hold or rest on weakly.
    """

    run_id: str
    computed: datetime
    began: datetime | None
    ended: bool
    prices: PriceNote
    amounts: Amounts
    times: Times
    machines: int
    attempts: int
    retries: int
    preemptions: int
    controller: Amounts
    rules: tuple[PartCost, ...]
    samples: tuple[PartCost, ...]
    machine_types: tuple[PartCost, ...]
    jobs: tuple[JobCost, ...]
    unpriced: tuple[str, ...] = ()
    estimate: EstimateCheck | None = None
    notes: tuple[str, ...] = ()
