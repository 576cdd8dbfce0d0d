"""Money in a controller: estimate and admission before a run, cost and settlement after it.

Each function is a hook of `headrace.runs.hooks`.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from headrace.errors import CapExceededError, HeadraceError, InputError
from headrace.money import accounts, admission, closing, outlook
from headrace.money.ledger import Caps, Reservation
from headrace.money.records import Estimate
from headrace.planning.graph import PlannedWorkflow
from headrace.runs.scene import End, Scene

LOG = logging.getLogger(__name__)

QUEUE = timedelta(days=2)
"""How long Batch lets a job wait for a machine."""

_DEAREST = 5


def admit(scene: Scene) -> Sequence[str]:
    """Estimate the run and set aside what it can cost at most; a hook before the workflow.

    Raises:
        CapExceededError: a cap would be exceeded.
        HeadraceError: there are caps, and it cannot be found out whether they hold.
    """
    caps = caps_of(scene)
    try:
        workflow = _plan(scene)
        made = outlook.of_workflow(
            scene.store, scene.settings, workflow, scene.clock(), request=scene.request
        )
        outlook.write(scene.store, scene.settings.results, made)
    except HeadraceError as error:
        if caps.any:
            raise
        LOG.warning("There is no estimate: %s", error)
        return ()
    for line in outlook.brief(made):
        LOG.info("%s", line)
    reserve(scene, made, workflow, caps)
    return ()


def write_cost(scene: Scene, end: End) -> None:
    """Write the run's `cost.json`, whichever way it ended."""
    del end  # its time is read from where it was written
    cost = closing.close(scene.store, scene.settings, scene.request.run_id, scene.clock())
    LOG.info(
        "The run has cost %.4f %s.", cost, accounts.prices(scene.store, scene.settings).currency
    )


def settle(scene: Scene, end: End) -> None:
    """Put what the run has cost into the ledger, and give back what was set aside."""
    del end
    store, results, run_id = scene.store, scene.settings.results, scene.request.run_id
    cost = accounts.read(store, results, run_id)
    if cost is not None:
        admission.settle(store, results, run_id, cost.amounts.total, scene.clock())


def caps_of(scene: Scene) -> Caps:
    """Return the caps of a run: its request's own over the installation's.

    Raises:
        InputError: they are in another currency than the prices.
    """
    settings = scene.settings
    own = scene.request.cap
    caps = Caps(
        run=settings.cap_run if own is None else own, day=settings.cap_day, month=settings.cap_month
    )
    if caps.any and settings.cap_currency is not None:
        currency = accounts.prices(scene.store, settings).currency
        if settings.cap_currency != currency:
            raise InputError(
                f"The caps are in {settings.cap_currency} and the prices in {currency}: give them "
                f"in {currency}, or run 'headrace prices refresh --currency "
                f"{settings.cap_currency}'."
            )
    return caps


def _plan(scene: Scene) -> PlannedWorkflow:
    from headrace import dryrun  # noqa: PLC0415 - networkx loads slowly, and the sweep needs none

    program = 3  # python -m snakemake
    return dryrun.plan(scene.snakemake()[program:], scene.space.home, scene.environ)


def reserve(scene: Scene, made: Estimate, workflow: PlannedWorkflow, caps: Caps) -> None:
    """Set aside what a run can cost at most, until all its machines must have stopped.

    Raises:
        CapExceededError: a cap would be exceeded, or it cannot be said.
        HeadraceError: there are caps, and the ledger cannot be read or written.
    """
    if caps.any and made.unpriced:
        raise CapExceededError(
            f"There is no price of {', '.join(made.unpriced)}, so it cannot be said whether the "
            "caps hold: run 'headrace prices refresh', or give a price with 'headrace prices "
            "override'."
        )
    wanted = _reservation(scene, made, workflow)
    store, results, currency = scene.store, scene.settings.results, made.prices.currency
    try:
        try:
            admission.reserve(store, results, wanted, caps, currency)
        except CapExceededError:
            if not closing.settle_left(store, scene.settings, scene.clock()):
                raise
            admission.reserve(store, results, wanted, caps, currency)
    except CapExceededError as error:
        raise CapExceededError(f"{error} {_dearest(made)}") from error
    except HeadraceError as error:
        if caps.any:
            raise
        LOG.warning("Nothing was set aside for the run: %s", error)


def _reservation(scene: Scene, made: Estimate, workflow: PlannedWorkflow) -> Reservation:
    """Return what is set aside, until all machines must have stopped by their time limits."""
    now = scene.clock()
    on_machine: dict[object, int] = defaultdict(int)
    for job in workflow.jobs:
        on_machine[job.group or job.jobid] += job.runtime_minutes
    longest = max(on_machine.values(), default=0)
    hours = scene.request.controller.hours
    return Reservation(
        run_id=scene.request.run_id,
        amount=made.worst,
        made=now,
        expires=now + timedelta(hours=hours + 1, minutes=longest) + QUEUE,
    )


def _dearest(made: Estimate) -> str:
    parts = sorted(made.rules, key=lambda part: -part.worst)[:_DEAREST]
    table = ", ".join(f"{part.name} {part.worst:.2f} ({part.jobs} jobs)" for part in parts)
    return f"The dearest at most: {table}. The whole table is in estimate.json of the run."
