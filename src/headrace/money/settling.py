"""After a run: what it has cost is written, and what was set aside for it is given back."""

import logging

from headrace.money import accounts
from headrace.runs.scene import End, Scene

LOG = logging.getLogger(__name__)


def write_cost(scene: Scene, end: End) -> None:
    """Write the run's `cost.json`, whichever way it ended; a hook of the controller."""
    del end  # its time is read from where it was written
    store, settings = scene.store, scene.settings
    table = accounts.prices(store, settings)
    cost = accounts.compute(store, settings, scene.request.run_id, scene.clock(), table)
    accounts.write(store, settings.results, cost)
    LOG.info("The run has cost %.4f %s.", cost.amounts.total, cost.prices.currency)
