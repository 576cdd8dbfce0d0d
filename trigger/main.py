"""The Cloud Function: every object that lands in the inbox comes through here.

Deployed with the entry point `handle`; everything it does is in `headrace.arrivals`.
"""

import os
from pathlib import Path

import functions_framework
from cloudevents.http import CloudEvent

from headrace.arrivals import function

HANDLER = function.start(os.environ, Path(__file__).parent)


@functions_framework.cloud_event
def handle(cloud_event: CloudEvent) -> None:
    """Start the run that the upload completes, if it completes one."""
    function.handle(HANDLER, cloud_event)
