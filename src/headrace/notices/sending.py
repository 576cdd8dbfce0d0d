"""Send a notice to each channel that asks for it, once; nothing that fails here fails a run.

Before a notice goes to a channel, `gs://RESULTS/notices/ID/CHANNEL.json` is created with
`ifGenerationMatch=0`; who finds it there sends nothing. Afterwards it says how that went. If its
owner was lost in between, the first who comes `GRACE` later takes over, once, by a second object.
So a notice is lost if two owners die in the middle, and comes twice if one dies between the
receiver's acceptance and its own note of it.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headrace.errors import HeadraceError, UnavailableError
from headrace.gcs import ObjectUri
from headrace.notices import channels, transports
from headrace.notices.channels import Channel
from headrace.notices.records import Delivery, Notice
from headrace.records import decode_json, encode_json
from headrace.runs.records import Notify
from headrace.runs.store import Store
from headrace.services.retry import Backoff, retry

LOG = logging.getLogger(__name__)

FOLDER = "notices"
"""Folder of the results bucket that jobs cannot write to."""

GRACE = timedelta(minutes=5)
"""After this long a notice that is still being sent is taken for abandoned."""

BACKOFF = Backoff(first=1.0, longest=8.0, deadline=15.0)
"""Uploads are refused by a function that has 50 seconds for all it does."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Sender:
    """Sends the notices of one installation; its results bucket holds channels and memory."""

    store: Store
    results: str
    environ: Mapping[str, str]
    clock: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep

    def send(self, notice: Notice, notify: Sequence[Notify] = ()) -> list[Delivery]:
        """Send a notice to the channels that `notify`, or else each channel itself, asks for.

        Returns what became of it. Nothing is raised for a channel that fails, for channels that
        cannot be read, or for one that is not there: it is logged.
        """
        try:
            found = channels.read(self.store, self.results)
            receivers = channels.chosen(found, notice.event, notify)
        except HeadraceError as error:
            LOG.warning("Nobody was told '%s': %s", notice.headline, error)
            return []
        if not receivers:
            return []
        with ThreadPoolExecutor(len(receivers)) as pool:  # one that is slow holds up no other
            return list(
                pool.map(lambda to: self._send_once(to[0], to[1], notice), receivers.items())
            )

    def _send_once(self, name: str, channel: Channel, notice: Notice) -> Delivery:
        folder = ObjectUri(self.results, f"{FOLDER}/{notice.id}")
        try:
            marker = self._claim(name, folder)
            if marker is None:
                return self._delivery(name, "before")
            delivery = self._deliver(name, channel, notice)
            self.store.write(marker, encode_json(delivery))
        except HeadraceError as error:
            LOG.warning("Notice %s, channel %s: %s", notice.id, name, error)
            return Delivery(channel=name, state="failed", since=self.clock(), detail=str(error))
        return delivery

    def _claim(self, name: str, folder: ObjectUri) -> ObjectUri | None:
        """Return the object by which this process may send, or None if another one does or did."""
        first, second = folder / f"{name}.json", folder / f"{name}.again.json"
        mine = encode_json(self._delivery(name, "sending"))
        if self.store.create(first, mine):
            return first
        former = decode_json(self.store.read(first), Delivery, str(first))
        abandoned = former.state == "sending" and self.clock() - former.since > GRACE
        return second if abandoned and self.store.create(second, mine) else None

    def _deliver(self, name: str, channel: Channel, notice: Notice) -> Delivery:
        try:
            retry(
                lambda: transports.deliver(channel, notice, self.environ),
                on=(UnavailableError,),
                backoff=BACKOFF,
                sleep=self.sleep,
            )
        except HeadraceError as error:
            LOG.warning("Channel %s was not told '%s': %s", name, notice.headline, error)
            return Delivery(channel=name, state="failed", since=self.clock(), detail=str(error))
        return self._delivery(name, "sent")

    def _delivery(self, name: str, state: str) -> Delivery:
        return Delivery(channel=name, state=state, since=self.clock())  # type: ignore[arg-type]


def send(
    notice: Notice, store: Store, results: str, notify: Sequence[Notify] = ()
) -> Sequence[Delivery]:
    """Send a notice with the secrets of this process's environment; see `Sender.send`."""
    return Sender(store, results, os.environ).send(notice, notify)
