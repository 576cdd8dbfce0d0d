"""Telling people of refused uploads and late sets, by the channels of the installation.

Anybody who may upload can upload a thousand files with hostile names. Of those, which no rule
wants, one notice an hour goes out; the others are only in `rejected/`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from headrace.arrivals.rejections import FOLDER, Rejection
from headrace.arrivals.triggers import Rule
from headrace.gcs import ObjectUri
from headrace.notices import telling
from headrace.notices.records import Link, Notice
from headrace.notices.sending import Sender
from headrace.runs import links
from headrace.runs.records import RunEvent
from headrace.runs.store import Store

_SHOWN = 100


@dataclass(frozen=True)
class Teller:
    """Tells of refusals; see `rejections.Tell`."""

    store: Store
    results: str
    environ: Mapping[str, str]

    def __call__(self, uri: ObjectUri, rejection: Rejection, rule: Rule | None) -> None:
        """Send the notice to those who want to know it."""
        sender = Sender(self.store, self.results, self.environ)
        sender.send(self.notice(uri, rejection), rule.notify if rule else [])

    def notice(self, uri: ObjectUri, rejection: Rejection) -> Notice:
        """Return what people are told; `uri` is where the refusal is left."""
        late = rejection.event is RunEvent.WAITING
        shown = rejection.name if len(rejection.name) <= _SHOWN else rejection.name[:_SHOWN] + "…"
        headline = f"{shown!r} waits in vain" if late else f"{shown!r} was refused"
        address = links.of_object(uri, telling.endpoint(self.environ))
        return Notice(
            id=_notice_id(uri, rejection),
            event=rejection.event,
            created=rejection.rejected,
            headline=headline,
            sentence=rejection.reason,
            next_step="" if late else "Put the file right and upload it again.",
            rule=rejection.rule,
            object=f"gs://{rejection.bucket}/{rejection.name}",
            links=[Link(title="Reason", address=address)],
        )


def _notice_id(uri: ObjectUri, rejection: Rejection) -> str:
    if rejection.rule is None:
        return f"{FOLDER}.{rejection.rejected:%Y%m%dT%H}"
    return f"{FOLDER}.{uri.name.removeprefix(f'{FOLDER}/').removesuffix('.json')}"
