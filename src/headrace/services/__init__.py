"""The job services: one protocol, and the two APIs that speak it."""

from headrace.services.connect import connect
from headrace.services.protocol import Failure, FailureKind, JobReport, JobService, JobState

__all__ = ["Failure", "FailureKind", "JobReport", "JobService", "JobState", "connect"]
