"""Log lines as Cloud Logging reads them: one JSON object each, on standard output.

Field names: Cloud Logging, "Structured logging".
"""

import json
import logging
import sys


class JsonFormatter(logging.Formatter):
    """Writes severity, message, the record's `details` if any, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, which holds nothing but ASCII whatever an object is called."""
        message = record.getMessage()
        if record.exc_info:
            message += "\n" + self.formatException(record.exc_info)
        details = getattr(record, "details", {})
        return json.dumps({"severity": record.levelname, "message": message, **details})


def configure() -> None:
    """Send everything that Headrace logs to standard output, and nowhere else."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("headrace")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
