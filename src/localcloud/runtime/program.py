"""Starting and stopping the program of one step."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localcloud.jobs.spec import Barrier, Container, Script, ScriptFile, Step
from localcloud.runtime.output import Output
from localcloud.runtime.reaping import signal_group

COMMAND_NOT_FOUND = 127
COMMAND_NOT_EXECUTABLE = 126
CANNOT_RUN = 125
"""The exit codes of `docker run` when it finds, runs or makes no container."""

GRACE_SECONDS = 2.0
"""Between SIGTERM and SIGKILL."""

_SIGNAL_BASE = 128


class CannotStartError(Exception):
    """The program cannot be started; carries the exit code a container would have had."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True, slots=True)
class View:
    """How a program sees the machine.

    Attributes:
        text: what a text of the request becomes.
        locate: the path on this host of a path that the program knows, also of a list of paths.
        enter: what to start for a program (its path, its words): that, or what becomes that.
    """

    text: Callable[[str], str]
    locate: Callable[[str], str]
    enter: Callable[[str, Sequence[str]], tuple[str, Sequence[str]]]


def command_line(step: Step, script: Path, view: View) -> list[str]:
    """The words to run for a step; the text of a script is written to the file `script`."""
    match step.program:
        case Container(image, entrypoint, commands):
            words = [entrypoint, *commands] if entrypoint else list(commands)
            if not words:
                raise CannotStartError(
                    COMMAND_NOT_FOUND,
                    f"image {image!r} is run without entrypoint and commands; the process runtime"
                    " does not know an image's own command, so the request must name one",
                )
            return [view.text(word) for word in words]
        case Script(text):
            script.write_text(view.text(text))
            return _interpreted(script, str(script), text)
        case ScriptFile(path):
            local = Path(view.locate(path))
            if not local.is_file():
                raise CannotStartError(COMMAND_NOT_FOUND, f"script file {path!r} does not exist")
            with local.open(errors="replace") as file:
                return _interpreted(local, view.text(path), file.readline())
        case Barrier(name):
            raise ValueError(f"barrier {name!r} is not a program")


def _interpreted(script: Path, path: str, text: str) -> list[str]:
    """The words for a script, which the program knows as `path`."""
    if text.startswith("#!"):
        script.chmod(0o700)
        return [path]
    return ["/bin/sh", path]


async def start(
    words: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    output: Output,
    view: View,
) -> Program:
    """Start a program in its own session; CannotStartError when there is no such program."""
    path = _find(words[0], environment["PATH"], directory, view.locate)
    executable, command = view.enter(path, words)
    return await spawn(executable, command, environment, directory, output)


async def spawn(
    executable: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    output: Output,
) -> Program:
    """Start the program at a path, in its own session; CannotStartError when it cannot be run."""
    stdout, stderr = output.pipes()
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            executable=executable,
            env=dict(environment),
            cwd=directory,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CannotStartError(
            COMMAND_NOT_EXECUTABLE, f"program {words[0]!r} cannot be run: {error}"
        ) from None
    finally:
        os.close(stdout)
        os.close(stderr)
    return Program(process, output)


def _find(name: str, path: str, directory: Path, locate: Callable[[str], str]) -> str:
    """The path of a program as the step knows it."""
    if "/" in name:
        if not (directory / locate(name)).exists():
            raise CannotStartError(COMMAND_NOT_FOUND, f"program {name!r} does not exist")
        return name
    for folder in path.split(os.pathsep):
        if folder and shutil.which(name, path=locate(folder)):
            return str(Path(folder, name).absolute())
    raise CannotStartError(
        COMMAND_NOT_FOUND,
        f"program {name!r} not found in PATH {path!r}; install it, or map its image to a"
        " directory that has it (--image PATTERN=DIR)",
    )


class Program:
    """A running program: the leader of its own session."""

    def __init__(self, process: asyncio.subprocess.Process, output: Output) -> None:
        self._process = process
        self._output = output
        self._ending = asyncio.create_task(self._end())

    async def _end(self) -> int:
        """Wait for the leader, end what it left behind (as a container does), close the logs."""
        code = await self._process.wait()
        signal_group(self._process.pid, signal.SIGKILL)
        await self._output.finish()
        return code if code >= 0 else _SIGNAL_BASE - code

    @property
    def has_ended(self) -> bool:
        """Whether it has ended and its output is complete."""
        return self._ending.done()

    async def wait(self) -> int:
        """The exit code; see RunningStep."""
        return await asyncio.shield(self._ending)

    async def kill(self) -> None:
        """End it and its session; see RunningStep."""
        if not self._ending.done():
            signal_group(self._process.pid, signal.SIGTERM)
            await asyncio.wait([self._ending], timeout=GRACE_SECONDS)
        if not self._ending.done():
            signal_group(self._process.pid, signal.SIGKILL)
            await asyncio.wait([self._ending])

    def stderr_tail(self) -> str:
        """What it said last; see RunningStep."""
        return self._output.tail()


class NeverStarted:
    """Stands for a program that could not be started: says why in the log and has ended."""

    def __init__(self, error: CannotStartError, output: Output) -> None:
        self._error = error
        self._output = output
        output.write_stderr(f"localcloud: {error}\n".encode())

    async def wait(self) -> int:
        """The exit code that a container would have had."""
        await self._output.finish()
        return self._error.exit_code

    async def kill(self) -> None:
        """Nothing runs; see RunningStep."""
        await self._output.finish()

    def stderr_tail(self) -> str:
        """What it said last; see RunningStep."""
        return self._output.tail()
