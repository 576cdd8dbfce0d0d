"""The budget guard's Cloud Function: every message of the budget comes through here.

Deployed with the entry point `handle`; everything it does is in `headrace.guard`.
"""

import os

import functions_framework
from cloudevents.http import CloudEvent

from headrace.guard import function

GUARD = function.start(os.environ)


@functions_framework.cloud_event
def handle(cloud_event: CloudEvent) -> None:
    """Warn of the budget's state, or pause the installation."""
    function.handle(GUARD, cloud_event)
