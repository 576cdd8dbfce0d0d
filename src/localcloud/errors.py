"""The errors of the local cloud.

LocalCloudError        for the person at the terminal: one clear sentence, no traceback
wire.errors.ApiError   for API clients: Google's error shape
"""


class LocalCloudError(Exception):
    """The local cloud cannot do as asked; the message says why and what to change."""
