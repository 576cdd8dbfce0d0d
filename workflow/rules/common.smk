# What all rules share: the checked configuration and sheet, and where inputs are.

import json
import re
from pathlib import Path

from lib import references
from lib.checking import InputError
from lib.images import resolve
from lib.links import links
from lib.metrics import HISTOGRAMS, gates
from lib.samplesheet import read_samplesheet
from lib.settings import complete, load_profiles
from snakemake.exceptions import WorkflowError

try:
    config = complete(config, load_profiles())
    UNITS = read_samplesheet(Path(config["samples"]))
    IMAGES = resolve(config["images"])
except InputError as problem:
    raise WorkflowError(str(problem)) from None

SAMPLES = list(dict.fromkeys(unit.sample for unit in UNITS.values()))
GATES = json.dumps(gates(config["gates"], config["coverage"]["breadth_depth"]))
RESOURCES = config["resources"]
RUN_FOLDER = workflow.storage_settings.default_storage_prefix or None
# Files that extra tools add to the report: MultiQC's custom content, NAME_mqc.tsv.
REPORTED = []


wildcard_constraints:
    unit="[A-Za-z0-9][A-Za-z0-9._-]*",
    sample="[A-Za-z0-9][A-Za-z0-9._-]*",


def located(path):
    """A gs:// address as an object of the storage provider; other paths as they are."""
    return storage(path) if path.startswith("gs://") else path


def optional(path):
    """An input that the configuration may leave out."""
    return [] if path is None else located(path)


TARGETS = optional(config["targets"])
PRIMERS = optional(config["primers"])


def stored(address):
    """What the storage provider knows of a gs:// address."""
    return storage(address).flags["storage_object"]


def reference_content():
    """What tells the reference's content from another one's; None where nothing does."""
    path = config["reference"]
    if RUN_FOLDER is not None and not path.startswith("gs://"):
        path = f"{RUN_FOLDER}/{path}"
    if path.startswith("gs://"):
        fingerprint = getattr(stored(path), "fingerprint", None)  # of our provider only
        return fingerprint and fingerprint()
    return references.content_of(Path(path))


def made_references(folder):
    """The complete folders of indices below a folder, and when each was complete."""
    if not folder.startswith("gs://"):
        return references.made_in(Path(folder))
    made = {}
    records = storage(f"{folder}/{{maker}}/{references.RECORD}")
    for maker in glob_wildcards(records).maker:
        one = references.Indexed(f"{folder}/{maker}")
        if all(stored(file).exists() for file in one.files):
            made[one.folder] = stored(one.record).mtime()
    return made


def own_reference():
    """Where this run makes indices if it has to: a folder of its own in the cache."""
    content = reference_content()
    if content is None:
        return references.Indexed("results/reference/own")
    cache = references.cache_folder(config["reference_cache"], RUN_FOLDER)
    key = references.key(
        content,
        preset=config["alignment"]["preset"],
        image=IMAGES["minimap2"],
    )
    return references.Indexed(
        f"{cache}/{key}/{references.maker(RUN_FOLDER, Path.cwd())}"
    )


OWN_REFERENCE = own_reference()
REFERENCE = references.choose(made_references(OWN_REFERENCE.siblings), OWN_REFERENCE)
FASTA, FAI, MMI = (
    located(file) for file in (REFERENCE.fasta, REFERENCE.fai, REFERENCE.mmi)
)


def reads_of(wildcards):
    """The FASTQ files of a unit: as delivered, or unpacked from BAM or CRAM."""
    unit = UNITS[wildcards.unit]
    if unit.bam is None:
        return [located(path) for path in unit.fastqs]
    return [f"results/reads/{unit.name}_{mate}.fastq.gz" for mate in unit.mates]


def unpacking_of(wildcards):
    """What unpacking a unit's BAM or CRAM had to say, if it had to be unpacked."""
    unit = UNITS[wildcards.unit]
    return [] if unit.bam is None else f"results/reads/{unit.name}.problem.txt"


def fastqs_in(folder):
    """An input function: the FASTQ files of a unit in one of the results' folders."""
    return lambda wildcards: [
        f"results/{folder}/{wildcards.unit}_{mate}.fastq.gz"
        for mate in UNITS[wildcards.unit].mates
    ]


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


def qc_of_units(stage):
    """An input function: what QC wrote of every unit of a sample, raw or trimmed."""
    return lambda wildcards: [
        f"results/qc/{stage}/{name}"
        for unit, names in QC_DATA.items()
        if UNITS[unit].sample == wildcards.sample
        for name in names
    ]
