"""Where the indices of a reference lie, so that runs after the first one need not make them again.

    CACHE/KEY/MAKER/{genome.fa, genome.fa.fai, genome.mmi, made.json}

KEY follows from all that the indices follow from, MAKER from the run that made them. Nobody writes
where another one writes, and nothing is overwritten, so runs at the same time are safe: at worst
both make their own. `made.json` is written last and tells the sizes of the others.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD = "made.json"
RUNS_BESIDE = "references"
LOCAL_CACHE = ".snakemake/references"

_KEY_DIGITS = 20


@dataclass(frozen=True)
class Indexed:
    """A reference with its indices in one folder, a path or a `gs://` address."""

    folder: str

    @property
    def siblings(self) -> str:
        """The folder of this one and of those with the same key."""
        return self.folder.rpartition("/")[0]

    @property
    def fasta(self) -> str:
        """The reference itself, as it was indexed."""
        return f"{self.folder}/genome.fa"

    @property
    def fai(self) -> str:
        """The index of samtools."""
        return f"{self.fasta}.fai"

    @property
    def mmi(self) -> str:
        """The index of minimap2."""
        return f"{self.folder}/genome.mmi"

    @property
    def record(self) -> str:
        """What was made, and how large it is."""
        return f"{self.folder}/{RECORD}"

    @property
    def files(self) -> tuple[str, ...]:
        """Everything there is."""
        return self.fasta, self.fai, self.mmi, self.record


def cache_folder(setting: str | None, run_folder: str | None) -> str:
    """The cache: as it is set, beside the runs of the bucket, or on this machine.

    `run_folder` is `gs://BUCKET/…`, or None where no bucket is used.
    """
    if setting is not None:
        return setting.rstrip("/")
    if run_folder is not None and run_folder.startswith("gs://"):
        bucket = run_folder.removeprefix("gs://").partition("/")[0]
        return f"gs://{bucket}/{RUNS_BESIDE}"
    return LOCAL_CACHE


def key(content: str, **made_by: str) -> str:
    """A name for what follows from the reference's content and from what makes the indices."""
    text = json.dumps({"content": content, **made_by}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def maker(run_folder: str | None, here: Path) -> str:
    """A name of this run that no other has, and that it has again when it is started again."""
    if run_folder is not None:
        return run_folder.rstrip("/").rpartition("/")[2]
    return hashlib.sha256(str(here).encode()).hexdigest()[:_KEY_DIGITS]


def content_of(path: Path) -> str:
    """The digest of a file; `absent` if there is none, which Snakemake tells the user itself."""
    if not path.is_file():
        return "absent"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def choose(made: Mapping[str, float], own: Indexed) -> Indexed:
    """Which indices a run uses: its own if they are made, else the oldest, else its own to be made.

    `made` gives the folders that are complete, and when each was. The choice stays the same while
    others finish theirs, so that a run which is started again finds its inputs unchanged.
    """
    if own.folder in made or not made:
        return own
    return Indexed(min(made, key=lambda folder: (made[folder], folder)))


def made_in(folder: Path) -> dict[str, float]:
    """The complete folders below a folder of this machine, and when their records were written."""
    records = {Indexed(str(path.parent)): path for path in folder.glob(f"*/{RECORD}")}
    return {
        one.folder: path.stat().st_mtime for one, path in records.items() if is_whole(one, path)
    }


def is_whole(indexed: Indexed, record: Path) -> bool:
    """Whether all files are there at the sizes of the record."""
    try:
        sizes: Mapping[str, Any] = json.loads(record.read_text())["bytes"]
    except (ValueError, KeyError, OSError):
        return False
    others: Iterable[Path] = map(Path, (indexed.fasta, indexed.fai, indexed.mmi))
    return all(path.is_file() and path.stat().st_size == sizes.get(path.name) for path in others)
