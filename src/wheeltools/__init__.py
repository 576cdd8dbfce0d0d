"""`samtools`, `bcftools` and `minimap2` where neither conda nor a container brings them.

The pysam and pyminimap2 wheels hold the unmodified upstream programs; these console commands run
their very `main()` with the caller's arguments, streams and exit code. A native tool of the same
name elsewhere on PATH always wins.
"""

import sys
from typing import NoReturn

from wheeltools.native import find_native, hand_over
from wheeltools.wheels import MissingWheelError, Tool, run_from_wheel

EXIT_COMMAND_NOT_FOUND = 127


def samtools() -> NoReturn:
    """Run samtools (https://www.htslib.org/doc/samtools.html)."""
    _launch(Tool.SAMTOOLS)


def bcftools() -> NoReturn:
    """Run bcftools (https://www.htslib.org/doc/bcftools.html)."""
    _launch(Tool.BCFTOOLS)


def minimap2() -> NoReturn:
    """Run minimap2 (https://lh3.github.io/minimap2/minimap2.html)."""
    _launch(Tool.MINIMAP2)


def _launch(tool: Tool) -> NoReturn:
    arguments = sys.argv[1:]
    native = find_native(tool.value)
    if native is not None:
        hand_over(native, tool.value, arguments)
    try:
        run_from_wheel(tool, arguments)
    except MissingWheelError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_COMMAND_NOT_FOUND)
