# What all rules share: the checked configuration and sheet, and where inputs are.

import json
import re
from pathlib import Path

from lib.checking import InputError, check, load_schema
from lib.images import resolve
from lib.metrics import gates
from lib.samplesheet import read_samplesheet
from snakemake.exceptions import WorkflowError

try:
    check(config, load_schema("config"), "configuration")
    UNITS = read_samplesheet(Path(config["samples"]))
    IMAGES = resolve(config["images"])
except InputError as problem:
    raise WorkflowError(str(problem)) from None

SAMPLES = list(dict.fromkeys(unit.sample for unit in UNITS.values()))
GATES = json.dumps(gates(config["gates"]))
RESOURCES = config["resources"]
# Files that extra tools add to the report: MultiQC's custom content, NAME_mqc.tsv.
REPORTED = []


wildcard_constraints:
    unit="[A-Za-z0-9][A-Za-z0-9._-]*",
    sample="[A-Za-z0-9][A-Za-z0-9._-]*",


def located(path):
    """A gs:// address as an object of the storage provider; other paths as they are."""
    return storage(path) if path.startswith("gs://") else path


def reads_of(wildcards):
    """The FASTQ files of a unit as delivered."""
    return [located(path) for path in UNITS[wildcards.unit].fastqs]


def trimmed_reads_of(wildcards):
    """The FASTQ files of a unit after trimming."""
    mates = ["R1", "R2"] if UNITS[wildcards.unit].paired else ["R1"]
    return [f"results/trimmed/{wildcards.unit}_{mate}.fastq.gz" for mate in mates]


def units_with(paired):
    """A wildcard pattern of the units whose reads come in pairs, or of those with single reads."""
    names = [re.escape(name) for name, unit in UNITS.items() if unit.paired == paired]
    return "|".join(names) or "(?!)"  # (?!) matches nothing


def of_units(pattern):
    """An input function: `pattern` for every unit of a sample."""
    return lambda wildcards: [
        pattern.format(unit=name)
        for name, unit in UNITS.items()
        if unit.sample == wildcards.sample
    ]
