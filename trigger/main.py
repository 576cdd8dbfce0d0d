"""The Cloud Functions: every object that lands in the inbox comes through here.

Deployed twice: with the entry point `handle`, which events call, and with `sweep`, which a schedule
calls for what events missed. Everything they do is in `headrace.arrivals`.
"""

import os
from http import HTTPStatus
from pathlib import Path

import flask
import functions_framework
from cloudevents.http import CloudEvent
from flask import Request
from flask.typing import ResponseReturnValue

from headrace.arrivals import function

HANDLER = function.start(os.environ, Path(__file__).parent)


@functions_framework.cloud_event
def handle(cloud_event: CloudEvent) -> None:
    """Start the run that the upload completes, if any; 503 asks for the event again."""
    reason = function.handle(HANDLER, cloud_event)
    if reason is not None:
        flask.abort(HTTPStatus.SERVICE_UNAVAILABLE, reason)


@functions_framework.http
def sweep(_request: Request) -> ResponseReturnValue:
    """Start what no event started, and answer with what was found."""
    return function.sweep(HANDLER)
