"""Addresses for browsers: of objects and folders, on Google Cloud and on a local cloud. Pure."""

from urllib.parse import quote

from headrace.gcs import ObjectUri


def of_object(uri: ObjectUri, endpoint: str | None) -> str:
    """Return the address of an object: Google asks for a log-in; `endpoint` is a local cloud's."""
    name = quote(uri.name)
    if endpoint:
        return f"{endpoint.rstrip('/')}/{uri.bucket}/{name}"
    return f"https://storage.cloud.google.com/{uri.bucket}/{name}"


def of_folder(uri: ObjectUri, endpoint: str | None) -> str:
    """Return the address of a list of a folder's objects; a local cloud gives it as JSON."""
    if endpoint:
        prefix = quote(f"{uri.name.rstrip('/')}/", safe="")
        return f"{endpoint.rstrip('/')}/storage/v1/b/{uri.bucket}/o?prefix={prefix}"
    return f"https://console.cloud.google.com/storage/browser/{uri.bucket}/{quote(uri.name)}"
