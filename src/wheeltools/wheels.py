"""Running the upstream programs that are compiled into wheels.

pysam exports `samtools_dispatch` and `bcftools_dispatch` (its own entry into the tools' `main`),
pyminimap2 exports minimap2's `main` as `mm2_main`. Output goes straight from C to the caller's
file descriptors, so pipes, SIGPIPE and exit codes behave as with the native tool.
"""

import ctypes
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from enum import Enum
from typing import NoReturn


class Tool(Enum):
    """The programs we can run from wheels."""

    SAMTOOLS = "samtools"
    BCFTOOLS = "bcftools"
    MINIMAP2 = "minimap2"


class MissingWheelError(Exception):
    """The wheel that holds a tool cannot be imported here."""


def run_from_wheel(tool: Tool, arguments: Sequence[str]) -> NoReturn:
    """Run `tool` inside this process and exit with its status.

    Raises:
        MissingWheelError: the wheel is not installed, or has no build for this platform.
    """
    match tool:
        case Tool.SAMTOOLS:
            library = _load(tool, "pysam.libcsamtools")
        case Tool.BCFTOOLS:
            library = _load(tool, "pysam.libcbcftools")
        case Tool.MINIMAP2:
            library = _load(tool, "pyminimap2._core")
    _behave_like_a_c_program()
    argv = [os.fsencode(word) for word in (tool.value, *arguments)]
    c_argv = (ctypes.c_char_p * (len(argv) + 1))(*argv, None)
    if tool is Tool.MINIMAP2:
        status = library.mm2_main(len(argv), c_argv)
    else:
        status = _dispatch_htslib(library, tool.value, len(argv), c_argv)
    # Some commands have closed their standard output themselves: flush what is open and leave
    # without Python's own shutdown, which would close it once more.
    ctypes.CDLL(None).fflush(None)
    os._exit(status & 0xFF)


def _load(tool: Tool, module_name: str) -> ctypes.CDLL:
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise MissingWheelError(
            f"{tool.value}: not found on PATH, and the wheel that can replace it is not installed; "
            f"run: pip install 'headrace[tools]'"
        ) from error
    return ctypes.CDLL(module.__file__)


def _behave_like_a_c_program() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def _dispatch_htslib(
    library: ctypes.CDLL, name: str, argc: int, argv: "ctypes.Array[ctypes.c_char_p]"
) -> int:
    library[f"{name}_set_stdout_fn"](b"-")
    library[f"{name}_set_stderr"](os.dup(sys.stderr.fileno()))
    library[f"{name}_set_stdout"](os.dup(sys.stdout.fileno()))
    status: int = library[f"{name}_dispatch"](argc, argv)
    return status
