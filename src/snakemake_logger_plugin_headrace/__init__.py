"""Snakemake logger plugin `headrace`: a run's events become its `status.json` and `jobs.json`.

A log record is read into an event (`events`), events add up to a status (`progress`) and a journal
(`journal`), and both are published from a thread of its own (`publisher`). Snakemake's own output
stays as it is.
"""

from snakemake_logger_plugin_headrace.handler import LogHandler
from snakemake_logger_plugin_headrace.settings import LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]
