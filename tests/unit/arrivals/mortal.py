"""A function that dies at a chosen call of its store or service, before or after it took effect."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from headrace.arrivals.handler import Handler
from headrace.arrivals.triggers import Rule
from headrace.errors import HeadraceError
from headrace.pipeline import Pipeline
from tests.unit.arrivals.memory import MemoryService
from tests.unit.arrivals.world import World, make_handler


class DiedError(BaseException):
    """The process is gone: nothing that catches errors catches this."""


class ForgetfulService(MemoryService):
    """Takes a job under any id any number of times, as Life Sciences does, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.count: dict[str, int] = {}

    def submit(self, job_id: str, pipeline: Pipeline) -> str:
        """See `JobService.submit`."""
        self.submitted[job_id] = pipeline
        self.count[job_id] = self.count.get(job_id, 0) + 1
        return job_id


class Mortal:
    """Passes calls on until the `fatal` one, which it does or does not do before it dies."""

    def __init__(self, inner: Any, death: "Death") -> None:
        self._inner = inner
        self._death = death

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._inner, name)

        def passed_on(*arguments: Any, **options: Any) -> Any:
            return self._death.at(lambda: _all(call(*arguments, **options)))

        return passed_on


class Death:
    """When it comes: at the `fatal`-th call from now, counted from 1; never at 0."""

    def __init__(self, fatal: int = 0, *, after: bool = False) -> None:
        self.fatal = fatal
        self.after = after
        self.calls = 0

    def at(self, call: Callable[[], Any]) -> Any:
        """Do a call, and die of it if its time has come."""
        self.calls += 1
        if self.calls != self.fatal:
            return call()
        if self.after:
            with suppress(HeadraceError):
                call()
        raise DiedError


def _all(result: Any) -> Any:
    """Return a listing as a whole: a generator would do its work outside of the call."""
    return iter(list(result)) if hasattr(result, "__next__") else result


def mortal_handler(
    world: World, rules: tuple[Rule, ...], service: MemoryService, death: Death
) -> Handler:
    """Return the handler of a new instance of the function, on a world's buckets."""
    store, jobs = Mortal(world.store, death), Mortal(service, death)
    return make_handler(world.handler.settings, rules, store, jobs, world.clock)
