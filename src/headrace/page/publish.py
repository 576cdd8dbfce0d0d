"""Writing the page of a run: by its head while it goes on, and a last time when it has ended."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from headrace.errors import HeadraceError
from headrace.gcs import ObjectUri
from headrace.money.records import ESTIMATE_FILE, Estimate
from headrace.page import reading, render
from headrace.page.facts import Facts
from headrace.runs.journal import JOBS_FILE, Journal
from headrace.runs.records import LOG_FILE, PAGE_FILE, RUN_FILE, RunRequest
from headrace.runs.scene import End, Scene
from headrace.runs.status import STATUS_FILE, RunStatus
from headrace.runs.store import HTML, Store

LOG = logging.getLogger(__name__)

DEFAULTS = Path("config/config.yaml")
"""The workflow's own configuration, relative to its home, by Snakemake's custom."""


@dataclass
class LivePage:
    """Makes the page of a run that goes on, from what its head knows and from what it reads once.

    Attributes:
        folder: of the run.
        store: opens the store that the folder is in.
        home: where the workflow is.
    """

    folder: ObjectUri
    store: Callable[[], Store]
    home: Path
    _request: RunRequest | None = field(default=None, init=False)
    _estimate: Estimate | None = field(default=None, init=False)
    _read: bool = field(default=False, init=False)

    def page(self, status: RunStatus, journal: Journal, now: datetime) -> bytes:
        """Return the page as it is now.

        Raises:
            StorageError: what was asked for could not be read; the next call tries again.
        """
        if not self._read:
            self._request = reading.read(self.store(), self.folder / RUN_FILE, RunRequest)
            self._estimate = reading.read(self.store(), self.folder / ESTIMATE_FILE, Estimate)
            self._read = True
        here = [STATUS_FILE, JOBS_FILE]
        here += [RUN_FILE, LOG_FILE] if self._request is not None else []
        here += [ESTIMATE_FILE] if self._estimate is not None else []
        return render.page(
            Facts(
                folder=self.folder,
                now=now,
                status=status,
                journal=journal,
                request=self._request,
                estimate=self._estimate,
                defaults=defaults(self.home),
                links=reading.links(here),
            )
        )


def write_page(store: Store, folder: ObjectUri, now: datetime, home: Path | None = None) -> None:
    """Write the page of a run from all that is in its folder.

    Raises:
        HeadraceError: a document is not what it should be, or the store cannot be reached.
    """
    own = defaults(home) if home is not None else {}
    write(store, folder, render.page(reading.facts(store, folder, now, own)))


def write(store: Store, folder: ObjectUri, page: bytes) -> None:
    """Store a run's page."""
    store.write(folder / PAGE_FILE, page, HTML)


def defaults(home: Path) -> Mapping[str, Any]:
    """Return the workflow's own configuration, empty where it has none that can be read."""
    try:
        found = yaml.safe_load((home / DEFAULTS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def before_workflow(scene: Scene) -> tuple[str, ...]:
    """Write the first page, before the workflow starts; see `headrace.runs.hooks`."""
    try:
        write_page(scene.store, scene.folder, scene.clock(), scene.space.home)
    except HeadraceError as error:  # without a page, a run is still a run
        LOG.warning("The run's page was not written: %s", error)
    return ()


def after_end(scene: Scene, _end: End) -> None:
    """Write the last page; see `headrace.runs.hooks`."""
    write_page(scene.store, scene.folder, scene.clock(), scene.space.home)
