"""A shell rule's command, as Snakemake itself would hand it to the shell.

Facts of Snakemake 9.27 this rests on: a command is wrapped by the shell's process prefix and
suffix (`snakemake/shell.py`), and on the head `resources.tmpdir` is a placeholder that only the
machine that runs the job could resolve (`snakemake/jobs.py`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any

from snakemake.iocontainers import ResourceList
from snakemake.shell import shell

from headrace.staging.layout import TEMPORARY

PLACEHOLDER = "<TBD>"
_THREAD_VARIABLES = (
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class CannotRenderError(Exception):
    """The command depends on what only the job's machine knows."""


def render(job: Any) -> tuple[str, str]:
    """Return a shell rule's command and the shell that runs it.

    Raises:
        CannotRenderError: a parameter or the command holds a placeholder.
    """
    with _resolved(job):
        if any(PLACEHOLDER in str(value) for value in job.params):
            raise CannotRenderError("a parameter is known in the VM only")
        command = job.format_wildcards(job.rule.shellcmd)
    if PLACEHOLDER in command and PLACEHOLDER not in job.rule.shellcmd:
        raise CannotRenderError("the command is known in the VM only")
    executable = job.resources.get("shell_exec") or shell.get_executable()
    parts = (shell._get_process_prefix(executable), command, shell._process_suffix)  # noqa: SLF001
    return " ".join(parts).strip(), PurePath(executable).name


def step_environment(job: Any) -> dict[str, str]:
    """Return the variables Snakemake exports for a job; those of its TMPDIR are set in the VM."""
    return dict.fromkeys(_THREAD_VARIABLES, str(job.threads))


@contextmanager
def _resolved(job: Any) -> Iterator[None]:
    """Give the job a real temporary folder, and parameters of its present attempt.

    Snakemake resets a job's resources for a retry but not the parameters derived from them.
    """
    saved = job._resources, job._params, job._non_derived_params  # noqa: SLF001
    resources = dict(job.resources.items())
    if resources.get("tmpdir") == PLACEHOLDER:
        resources["tmpdir"] = TEMPORARY
    job._resources = ResourceList(fromdict=resources)  # noqa: SLF001
    job._params = None  # noqa: SLF001
    try:
        yield
    finally:
        job._resources, job._params, job._non_derived_params = saved  # noqa: SLF001
