# What all rules share: the checked configuration and sheet.

import json
from pathlib import Path

from lib.checking import InputError, check, load_schema
from lib.images import resolve
from lib.metrics import gates
from lib.queries import Questions
from lib.sheet import read_sheet
from snakemake.exceptions import WorkflowError

try:
    check(config, load_schema("config"), "configuration")
    TABLES = read_sheet(Path(config["tables"]))
    IMAGES = resolve(config["images"])
except InputError as problem:
    raise WorkflowError(str(problem)) from None

QUESTIONS = Questions(config["columns"], config["key"])
GATES = json.dumps(gates(config["gates"]))


wildcard_constraints:
    table="[A-Za-z0-9][A-Za-z0-9._-]*",


def table_of(wildcards):
    """The file of a table as delivered: a gs:// address is an object of the storage provider."""
    path = TABLES[wildcards.table]
    return storage(path) if path.startswith("gs://") else path
