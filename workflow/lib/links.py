"""Where the report leads to: tables and folders of its run."""

from dataclasses import asdict, dataclass

CONSOLE = "https://console.cloud.google.com/storage/browser"
UP = ".."
"""From the report's folder to the run's."""


@dataclass(frozen=True)
class Link:
    """A line of the report's list of links."""

    title: str
    href: str


def links(prefix: str | None) -> list[dict[str, str]]:
    """Links as JSON: relative ones, and the run's folder where it is in a bucket.

    `prefix` is the run's folder as `gs://BUCKET/FOLDER`, or None on one machine.
    """
    found = [
        Link("Verdicts, with reasons", f"{UP}/results/verdicts.tsv"),
        Link("Metrics, a column each", f"{UP}/results/metrics.tsv"),
        Link("What each metric means", f"{UP}/results/metrics.schema.json"),
        Link("Variants", f"{UP}/results/variants/"),
        Link("What every tool said", f"{UP}/logs/"),
    ]
    if prefix is not None and prefix.startswith("gs://"):
        found.insert(0, Link(f"This run: {prefix}", f"{CONSOLE}/{prefix.removeprefix('gs://')}"))
    return [asdict(link) for link in found]
