"""The sample sheet: one row per sample and lane."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .checking import InputError, check, load_schema, suggestion

_COMMA_SUFFIX = ".csv"


@dataclass(frozen=True)
class Unit:
    """The reads of one sample from one lane; `fastqs` holds one path, or two for pairs."""

    sample: str
    lane: str
    fastqs: tuple[str, ...]
    platform: str
    library: str

    @property
    def name(self) -> str:
        """Identifier in file names and read groups; lanes have no underscore, so it is unique."""
        return f"{self.sample}_{self.lane}"

    @property
    def paired(self) -> bool:
        """Whether the reads come in pairs."""
        return len(self.fastqs) > 1

    @property
    def read_group(self) -> str:
        r"""The `@RG` header line as minimap2 takes it, with `\t` for tabs."""
        tags = {
            "ID": self.name,
            "SM": self.sample,
            "LB": self.library,
            "PL": self.platform,
            "PU": self.name,
        }
        return r"\t".join(["@RG", *(f"{tag}:{value}" for tag, value in tags.items())])


def read_samplesheet(path: Path) -> dict[str, Unit]:
    """Read a sheet (`.csv`: commas, otherwise tabs) into units by name, in the sheet's order.

    Raises:
        InputError: the sheet cannot be read, or a row does not fit samples.schema.yaml, repeats a
            sample's lane, or names a FASTQ file again.
    """
    schema = load_schema("samples")
    units: dict[str, Unit] = {}
    files: dict[str, str] = {}
    for line, row in _rows(path, schema["properties"]):
        where = f"{path}, line {line}"
        check(row, schema, where)
        unit = Unit(
            sample=row["sample"],
            lane=row["lane"],
            fastqs=tuple(row[mate] for mate in ("fastq_1", "fastq_2") if mate in row),
            platform=row["platform"],
            library=row["library"],
        )
        if unit.name in units:
            raise InputError(
                f"{where}: sample {unit.sample!r} has a second row for lane {unit.lane!r}; "
                f"give each row a lane of its own."
            )
        for fastq in unit.fastqs:
            if fastq in files:
                raise InputError(f"{where}: {fastq} is named twice (first for {files[fastq]}).")
            files[fastq] = unit.name
        units[unit.name] = unit
    if not units:
        raise InputError(f"{path}: the sheet has no rows; add one per sample and lane.")
    return units


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
