"""Handing a notice to one channel, once: Pub/Sub, a webhook, a mail server."""

import smtplib
import ssl
from collections.abc import Mapping
from http import HTTPStatus

import requests

from headrace.errors import NotFoundError, RequestRefusedError, ServiceError, UnavailableError
from headrace.notices import google, messages, secrets
from headrace.notices.channels import Channel, Email, PubSub, Webhook, check_url
from headrace.notices.records import Notice
from headrace.records import encode_json

TIMEOUT_SECONDS = 10.0

_MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_FIRST_TEMPORARY, _FIRST_PERMANENT = 400, 500  # RFC 5321, 4.2.1


def deliver(channel: Channel, notice: Notice, environ: Mapping[str, str]) -> None:
    """Hand a notice over; `environ` holds secrets and the addresses of local services.

    Raises:
        UnavailableError: it may go well later.
        ServiceError, InputError: it will not, before something is changed.
    """
    match channel:
        case PubSub():
            google.publish(channel.topic, encode_json(notice), _attributes(notice), environ)
        case Webhook():
            _post(channel, notice, environ)
        case Email():
            _mail(channel, notice, environ)


def _attributes(notice: Notice) -> dict[str, str]:
    """Return what subscriptions filter by; Pub/Sub takes no empty values."""
    found = {"event": notice.event.value, "run_id": notice.run_id, "rule": notice.rule}
    given = {name: value for name, value in found.items() if value}
    return {**given, "notice_id": notice.id, "schema_version": str(notice.version)}


def _post(channel: Webhook, notice: Notice, environ: Mapping[str, str]) -> None:
    """Post to an address that no message may show: whoever knows it may post there."""
    url = secrets.value(channel.url, environ)
    check_url(url)
    match channel.shape:
        case "slack":
            body = encode_json(messages.slack(notice))
        case "teams":
            body = encode_json(messages.teams(notice))
        case "json":
            body = encode_json(notice)
    headers = {"Content-Type": "application/json"}
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException as error:
        raise UnavailableError(f"The webhook does not answer ({type(error).__name__}).") from None
    status = answer.status_code
    if status in _MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnavailableError(f"The webhook answered {status}.")
    if status in _GONE:
        raise NotFoundError(f"The webhook answered {status}: make a new one and store its address.")
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        raise RequestRefusedError(f"The webhook answered {status}: check its address and shape.")


def _mail(channel: Email, notice: Notice, environ: Mapping[str, str]) -> None:
    password = secrets.value(channel.password, environ) if channel.password else None
    letter = messages.email(notice, channel.sender, channel.to)
    try:
        with _connected(channel) as server:
            if channel.user is not None and password is not None:
                server.login(channel.user, password)
            server.send_message(letter)
    except smtplib.SMTPResponseException as error:
        raise _refusal(channel, error.smtp_code) from None
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _ in refused.recipients.values()]
        raise _refusal(channel, max(codes)) from None
    except ssl.SSLCertVerificationError as error:
        raise RequestRefusedError(
            f"The mail server {channel.host} does not prove who it is: {error.verify_message}."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise RequestRefusedError(f"The mail server {channel.host} cannot do it: {error}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise UnavailableError(
            f"The mail server {channel.host} does not answer ({type(error).__name__})."
        ) from None


def _connected(channel: Email) -> smtplib.SMTP:
    context = ssl.create_default_context()
    where = (channel.host, channel.port)
    match channel.security:
        case "tls":
            return smtplib.SMTP_SSL(*where, timeout=TIMEOUT_SECONDS, context=context)
        case "starttls":
            server = smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
            return server
        case "none":
            return smtplib.SMTP(*where, timeout=TIMEOUT_SECONDS)


def _refusal(channel: Email, code: int) -> ServiceError:
    """Return the error for a reply: 4xx may pass. The server's words may hold what was sent."""
    if _FIRST_TEMPORARY <= code < _FIRST_PERMANENT:
        return UnavailableError(f"The mail server {channel.host} answered {code}.")
    return RequestRefusedError(
        f"The mail server {channel.host} answered {code}: check sender, receivers and log-in."
    )
