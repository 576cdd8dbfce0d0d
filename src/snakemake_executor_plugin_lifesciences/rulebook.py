"""A workflow's rules as a document: `python -m snakemake_executor_plugin_lifesciences.rulebook`.

Snakemake alone knows what a Snakefile means, so `headrace lint` asks it this way instead of reading
Snakefiles itself. Nothing is planned or run, and inputs need not exist.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from snakemake.api import SnakemakeApi, resolve_snakefile
from snakemake.exceptions import WorkflowError
from snakemake.settings.types import (
    ConfigSettings,
    OutputSettings,
    ResourceSettings,
    StorageSettings,
)

from headrace.rules.model import Kind, Rule, Rulebook
from snakemake_executor_plugin_lifesciences.options import FILES, PREFIX


def main() -> int:
    """Write the rules of a Snakefile to standard output; what is wrong with it to the other."""
    parser = argparse.ArgumentParser(description="Write a workflow's rules as JSON.")
    parser.add_argument("--snakefile", type=Path)
    parser.add_argument("--configfile", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    with SnakemakeApi(OutputSettings(stdout=False)) as api:
        try:
            rules = _read(api, options.snakefile, options.configfile)
        except WorkflowError as error:
            api.print_exception(error)
            return 1
        except Exception as error:  # noqa: BLE001 - a Snakefile is a program and raises anything
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            return 1
    sys.stdout.buffer.write(msgspec.json.encode(Rulebook(rules=rules)))
    return 0


def _read(api: SnakemakeApi, snakefile: Path | None, configfiles: list[Path]) -> tuple[Rule, ...]:
    opened = api.workflow(
        resource_settings=ResourceSettings(),
        config_settings=ConfigSettings(configfiles=configfiles),
        storage_settings=StorageSettings(),
        snakefile=resolve_snakefile(snakefile),
    )
    # the steps of Snakemake's own --lint
    workflow = opened._get_workflow(check_envvars=False)  # noqa: SLF001 - there is no public way
    workflow.include(opened.snakefile, overwrite_default_target=True, print_compilation=False)
    workflow.check()
    return tuple(_rule(rule, workflow) for rule in workflow.rules)


def _rule(rule: Any, workflow: Any) -> Rule:
    file = str(rule.snakefile)
    return Rule(
        name=rule.name,
        file=file,
        line=workflow.linemaps.get(file, {}).get(rule.lineno, rule.lineno),
        kind=_kind(rule),
        local=rule.norun or rule.name in workflow._localrules,  # noqa: SLF001 - there is no other way
        image=_image(rule),
        inputs=tuple(_strings(rule.input)),
        outputs=tuple(_strings(rule.output)),
        logs=tuple(_strings(rule.log)),
        command=rule.shellcmd or "",
        carried=tuple(_carried(rule)),
    )


def _kind(rule: Any) -> Kind:
    if rule.norun:
        return Kind.NONE
    return Kind.SHELL if rule.is_shell else Kind.SNAKEMAKE


def _image(rule: Any) -> str | None:
    image = rule.container_img
    return image.removeprefix("docker://") if isinstance(image, str) else None


def _strings(files: Iterable[Any]) -> Iterator[str]:
    return (str(file) for file in files if not callable(file))


def _carried(rule: Any) -> Iterator[str]:
    resource = rule.resources.get(PREFIX + FILES)
    value = getattr(resource, "value", resource)
    if isinstance(value, str):
        yield from (word.strip().rstrip("/") for word in value.split(",") if word.strip())


if __name__ == "__main__":
    sys.exit(main())
