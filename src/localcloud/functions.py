"""Cloud Functions: each runs under Google's functions-framework, as a child."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from localcloud.children import HOST, Command
from localcloud.errors import LocalCloudError

_FORM = re.compile(r"(?P<source>.+):(?P<target>[A-Za-z_]\w*)(?:@(?P<bucket>[^@:/]+))?")


@dataclass(frozen=True, slots=True)
class Function:
    """A function to run: its file, its name in it, and the bucket whose uploads start it.

    Without a bucket it is an HTTP function.
    """

    source: Path
    target: str
    bucket: str = ""

    @classmethod
    def parse(cls, text: str) -> Function:
        """Read `SOURCE:TARGET[@BUCKET]`; LocalCloudError saying what is wrong."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise LocalCloudError(
                f"--function {text!r} is not SOURCE:TARGET@BUCKET (for uploads) or SOURCE:TARGET"
                " (for HTTP), such as 'main.py:handle@inbox'."
            )
        source = Path(match["source"]).expanduser().absolute()
        if not source.is_file():
            raise LocalCloudError(f"--function {text!r}: there is no file {source}.")
        return cls(source, match["target"], match["bucket"] or "")


def function_command(
    function: Function, port: int, environment: Mapping[str, str], log: Path
) -> Command:
    """How to start a function on `port`."""
    if find_spec("functions_framework") is None:
        raise LocalCloudError(
            "functions-framework is not installed: `pip install functions-framework`."
        )
    signature = "cloudevent" if function.bucket else "http"
    argv = [
        sys.executable,
        "-m",
        "functions_framework",
        "--source",
        str(function.source),
        "--target",
        function.target,
    ]
    argv += ["--signature-type", signature, "--host", HOST, "--port", str(port)]
    return Command(
        name=f"function {function.target}",
        argv=argv,
        environment={**environment, "PYTHONUNBUFFERED": "1"},
        directory=function.source.parent,
        log=log,
        port=port,
    )
