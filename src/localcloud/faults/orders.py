"""Fault orders: JSON to types, strictly.

An order says where by one of four keys, what by `do`, and how often by `nth` and `times`: the
first nth - 1 occasions pass, the next `times` are hit.

    {"method": "batch.jobs.create", "do": "error", "code": "UNAVAILABLE", "nth": 2}
    {"job": "align-*", "labels": {"run": "a"}, "do": "preempt", "while": "running", "after": 0.5}
    {"object": "inbox/run1/*", "do": "duplicate", "copies": 3}
    {"topic": "projects/lab/topics/jobs", "do": "drop"}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from localcloud.jobs.events import Loss
from localcloud.wire.errors import Code


class OrderError(ValueError):
    """A fault order that makes no sense; the message names the key and the remedy."""


class ApiFault(Enum):
    """What can happen to a call of an API method."""

    ERROR = "error"
    DROP_REPLY = "drop-reply"
    EMPTY_REPLY = "empty-reply"
    EMPTY_LIST = "empty-list"
    DELAY = "delay"


class JobFault(Enum):
    """What can happen to a job."""

    LOSE_MACHINE = "lose-machine"
    LOSE_LOG = "lose-log"
    FAIL_BEFORE_TASKS = "fail-before-tasks"
    STALL = "stall"
    QUOTA_STALL = "quota-stall"
    ROLE_STALL = "role-stall"


class DeliveryFault(Enum):
    """What can happen to a message on its way: the event of an upload, or a notification."""

    DUPLICATE = "duplicate"
    DROP = "drop"
    DELAY = "delay"
    HOLD = "hold"


class Phase(Enum):
    """When a machine is lost: before its first task, or while tasks run."""

    BOOTING = "booting"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Occasions:
    """Which of the matching occasions are hit: from the `nth` on, `times` of them."""

    nth: int = 1
    times: int = 1

    def hits(self, seen: int) -> bool:
        """Whether the occasion after `seen` earlier ones is hit."""
        return self.nth - 1 <= seen < self.nth - 1 + self.times


@dataclass(frozen=True, slots=True)
class ApiOrder:
    """A fault of a method, named by a shell pattern; `seconds` is for DELAY."""

    method: str
    fault: ApiFault
    code: Code = Code.UNAVAILABLE
    seconds: float = 1.0
    occasions: Occasions = Occasions()

    def matches(self, method: str) -> bool:
        """Whether the order is about a call of this method."""
        return fnmatchcase(method, self.method)


@dataclass(frozen=True, slots=True)
class JobOrder:
    """A fault of jobs, named by a shell pattern for ids and by labels.

    Attributes:
        loss, phase, after: which loss, when, and how many seconds into the phase.
        reason: the text of FAIL_BEFORE_TASKS, STALL and QUOTA_STALL.
    """

    job: str
    fault: JobFault
    labels: Mapping[str, str] = field(default_factory=dict)
    loss: Loss = Loss.PREEMPTED
    phase: Phase = Phase.RUNNING
    after: float = 0.0
    reason: str = "ordered by a fault"
    occasions: Occasions = Occasions()

    def matches(self, job_id: str, labels: Mapping[str, str]) -> bool:
        """Whether the order is about a job of this id and these labels."""
        return fnmatchcase(job_id, self.job) and self.labels.items() <= labels.items()


class Messages(Enum):
    """Which messages an order is about, by its key: events of uploads, or notifications."""

    UPLOADS = "object"
    NOTIFICATIONS = "topic"


@dataclass(frozen=True, slots=True)
class DeliveryOrder:
    """A fault of messages, named by a shell pattern for `bucket/name` or the topic's name."""

    messages: Messages
    pattern: str
    fault: DeliveryFault
    copies: int = 2
    seconds: float = 1.0
    occasions: Occasions = Occasions()

    def matches(self, messages: Messages, name: str) -> bool:
        """Whether the order is about a message of this kind and name."""
        return messages is self.messages and fnmatchcase(name, self.pattern)


Order = ApiOrder | JobOrder | DeliveryOrder

_LOSSES = {
    "preempt": Loss.PREEMPTED,
    "report-timeout": Loss.REPORTING_TIMEOUT,
    "reboot": Loss.REBOOTED,
    "unresponsive": Loss.UNRESPONSIVE,
    "recreate": Loss.RECREATED,
}
_COMMON = ("do", "nth", "times")
_MAX_OCCASIONS = 10**9

Choice = TypeVar("Choice")


def parse_order(message: object, methods: tuple[str, ...]) -> Order:
    """The order in a decoded JSON object; `methods` are the names that `method` may match.

    Raises:
        OrderError: saying which key is wrong and what it may be.
    """
    if not isinstance(message, dict):
        raise OrderError("a fault order is a JSON object")
    keys = [key for key in ("method", "job", "object", "topic") if key in message]
    match keys:
        case ["method"]:
            return _api_order(message, methods)
        case ["job"]:
            return _job_order(message)
        case ["object" | "topic" as key]:
            return _delivery_order(message, Messages(key))
        case _:
            raise OrderError("a fault order has exactly one of the keys method, job, object, topic")


def _api_order(message: Mapping[str, Any], methods: tuple[str, ...]) -> ApiOrder:
    _check_keys(message, ("method", "code", "seconds"))
    pattern = _text(message, "method", "")
    if not any(fnmatchcase(method, pattern) for method in methods):
        raise OrderError(f"method {pattern!r} does not exist{_nearest(pattern, methods)}")
    codes = {code.name: code for code in Code if code is not Code.OK}
    return ApiOrder(
        method=pattern,
        fault=_choice(message, "do", {fault.value: fault for fault in ApiFault}),
        code=_choice(message, "code", codes, "UNAVAILABLE"),
        seconds=_number(message, "seconds", 1.0),
        occasions=_occasions(message),
    )


def _job_order(message: Mapping[str, Any]) -> JobOrder:
    _check_keys(message, ("job", "labels", "while", "after", "reason"))
    others = {fault.value: fault for fault in JobFault if fault is not JobFault.LOSE_MACHINE}
    faults = {**others, **dict.fromkeys(_LOSSES, JobFault.LOSE_MACHINE)}
    labels = message.get("labels", {})
    if not isinstance(labels, dict) or not all(isinstance(text, str) for text in labels.values()):
        raise OrderError("labels is an object of texts")
    return JobOrder(
        job=_text(message, "job", ""),
        fault=_choice(message, "do", faults),
        labels=labels,
        loss=_LOSSES.get(message["do"], Loss.PREEMPTED),
        phase=_choice(message, "while", {phase.value: phase for phase in Phase}, "running"),
        after=_number(message, "after", 0.0),
        reason=_text(message, "reason", "ordered by a fault"),
        occasions=_occasions(message),
    )


def _delivery_order(message: Mapping[str, Any], messages: Messages) -> DeliveryOrder:
    _check_keys(message, (messages.value, "copies", "seconds"))
    return DeliveryOrder(
        messages=messages,
        pattern=_text(message, messages.value, ""),
        fault=_choice(message, "do", {fault.value: fault for fault in DeliveryFault}),
        copies=_count(message, "copies", 2),
        seconds=_number(message, "seconds", 1.0),
        occasions=_occasions(message),
    )


def _occasions(message: Mapping[str, Any]) -> Occasions:
    return Occasions(_count(message, "nth", 1), _count(message, "times", 1))


def _check_keys(message: Mapping[str, Any], own: tuple[str, ...]) -> None:
    for key in message:
        if key not in {*own, *_COMMON}:
            raise OrderError(f"unknown key {key!r}{_nearest(key, (*own, *_COMMON))}")


def _choice(
    message: Mapping[str, Any], key: str, choices: Mapping[str, Choice], default: str = ""
) -> Choice:
    value = message.get(key, default)
    if not isinstance(value, str) or value not in choices:
        known = ", ".join(choices)
        raise OrderError(f"{key} is {value!r}; it must be one of: {known}")
    return choices[value]


def _text(message: Mapping[str, Any], key: str, default: str) -> str:
    value = message.get(key, default)
    if not isinstance(value, str) or not value:
        raise OrderError(f"{key} is {value!r}; it must be a text")
    return value


def _number(message: Mapping[str, Any], key: str, default: float) -> float:
    value = message.get(key, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10**6:
        raise OrderError(f"{key} is {value!r}; it must be a number of seconds")
    return float(value)


def _count(message: Mapping[str, Any], key: str, default: int) -> int:
    value = message.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MAX_OCCASIONS:
        raise OrderError(f"{key} is {value!r}; it must be a whole number of at least 1")
    return value


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}"
