"""The sample sheet: one row per sample and lane."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .checking import InputError, check, load_schema, suggestion

_COMMA_SUFFIX = ".csv"


@dataclass(frozen=True)
class Unit:
    """The reads of one sample from one lane.

    They are delivered as one FASTQ file, two for pairs, or as unaligned reads in BAM or CRAM.
    """

    sample: str
    lane: str
    fastqs: tuple[str, ...]
    bam: str | None
    paired: bool
    platform: str
    library: str
    center: str | None

    @property
    def name(self) -> str:
        """Identifier in file names and read groups; lanes have no underscore, so it is unique."""
        return f"{self.sample}_{self.lane}"

    @property
    def files(self) -> tuple[str, ...]:
        """The files as delivered."""
        return self.fastqs if self.bam is None else (self.bam,)

    @property
    def mates(self) -> tuple[str, ...]:
        """`R1`, and `R2` if the reads come in pairs."""
        return ("R1", "R2") if self.paired else ("R1",)

    @property
    def read_group(self) -> str:
        r"""The `@RG` header line as minimap2 takes it, with `\t` for tabs."""
        tags = {
            "ID": self.name,
            "SM": self.sample,
            "LB": self.library,
            "PL": self.platform,
            "PU": self.name,
            "CN": self.center,
        }
        return r"\t".join(["@RG", *(f"{tag}:{value}" for tag, value in tags.items() if value)])


def read_samplesheet(path: Path) -> dict[str, Unit]:
    """Read a sheet (`.csv`: commas, otherwise tabs) into units by name, in the sheet's order.

    Raises:
        InputError: the sheet cannot be read, or a row does not fit samples.schema.yaml, repeats a
            sample's lane, or names a file again.
    """
    schema = load_schema("samples")
    units: dict[str, Unit] = {}
    files: dict[str, str] = {}
    for line, row in _rows(path, schema["properties"]):
        where = f"{path}, line {line}"
        check(row, schema, where)
        unit = _unit(row, where)
        if unit.name in units:
            raise InputError(
                f"{where}: sample {unit.sample!r} has a second row for lane {unit.lane!r}; "
                f"give each row a lane of its own."
            )
        for file in unit.files:
            if file in files:
                raise InputError(f"{where}: {file} is named twice (first for {files[file]}).")
            files[file] = unit.name
        units[unit.name] = unit
    if not units:
        raise InputError(f"{path}: the sheet has no rows; add one per sample and lane.")
    return units


def _unit(row: Mapping[str, str], where: str) -> Unit:
    """The unit of a row that fits the schema; raises InputError if its cells contradict."""
    fastqs = tuple(row[mate] for mate in ("fastq_1", "fastq_2") if mate in row)
    if ("bam" in row) == bool(fastqs) or ("fastq_2" in row and "fastq_1" not in row):
        raise InputError(f"{where}: give fastq_1, with fastq_2 for pairs, or bam, and not both.")
    paired = row.get("layout", "single" if len(fastqs) == 1 else "paired") == "paired"
    if fastqs and paired != (len(fastqs) > 1):
        files = "is one file" if paired else "are two files"
        raise InputError(
            f"{where}: layout is {row['layout']!r} but there {files} of FASTQ; "
            f"correct it, or leave it out."
        )
    return Unit(
        sample=row["sample"],
        lane=row["lane"],
        fastqs=fastqs,
        bam=row.get("bam"),
        paired=paired,
        platform=row["platform"],
        library=row["library"],
        center=row.get("center"),
    )


def _rows(path: Path, known: Mapping[str, object]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and non-empty cells of every row."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 text; save it as CSV or TSV in UTF-8.") from error
    comma = path.suffix == _COMMA_SUFFIX
    table = csv.reader(text.splitlines(), delimiter="," if comma else "\t")
    header = [name.strip() for name in next(table, [])]
    _check_header(path, header, known)
    for cells in table:
        values = [cell.strip() for cell in cells]
        if len(values) > len(header) and any(values[len(header) :]):
            raise InputError(
                f"{path}, line {table.line_num}: has {len(values)} cells "
                f"where the header has {len(header)}."
            )
        row = {name: value for name, value in zip(header, values, strict=False) if value}
        if row:
            yield table.line_num, row


def _check_header(path: Path, header: list[str], known: Mapping[str, object]) -> None:
    for name in header:
        if name not in known:
            raise InputError(f"{path}: unknown column {name!r}; {suggestion(name, known)}")
        if header.count(name) > 1:
            raise InputError(f"{path}: the column {name!r} stands there twice.")
