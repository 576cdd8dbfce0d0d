"""Letters, handed to a mail server that speaks TLS."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import msgspec
import pytest

from headrace.errors import RequestRefusedError, UnavailableError
from headrace.notices import transports
from headrace.notices.channels import Email, Secret
from headrace.notices.records import Notice
from headrace.runs.records import RunEvent
from tests.contract.notices import smtp_server
from tests.contract.notices.smtp_server import PASSWORD, USER, MailServer
from tests.contract.storage_server import free_port

NOTICE = Notice(
    id="run-1.failed",
    event=RunEvent.FAILED,
    created=datetime(2026, 1, 1, tzinfo=UTC),
    headline="run-1 failed: ünsäglich",
    sentence=".\n1 job failed.",
)
ENVIRON = {"MAIL_PASSWORD": f"{PASSWORD}\n", "OTHER": "not it"}


@pytest.fixture(params=["starttls", "tls"])
def security(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A server whose certificate is trusted, as OpenSSL is told to."""
    with smtp_server.running(tmp_path, security=security) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.certificate))
        yield running


@pytest.fixture
def channel(server: MailServer, security: str) -> Email:
    return Email(
        host="127.0.0.1",
        port=server.port,
        sender="runs@example.org",
        to=["a@example.org", "b@example.org"],
        security=security,  # type: ignore[arg-type]
        user=USER,
        password=Secret(env="MAIL_PASSWORD"),
    )


def test_a_letter_arrives_after_a_login_under_tls(channel: Email, server: MailServer) -> None:
    transports.deliver(channel, NOTICE, ENVIRON)
    ((receivers, content),) = server.letters
    letter = message_from_bytes(content, policy=default)
    assert receivers == ["<a@example.org>", "<b@example.org>"]
    assert letter["Subject"] == "[headrace] run-1 failed: ünsäglich"
    assert letter["Message-ID"] == "<run-1.failed@example.org>"
    assert "1 job failed." in letter.get_content()
    assert server.logins == [USER]


def test_a_wrong_password_is_refused_and_shown_to_nobody(
    channel: Email, server: MailServer
) -> None:
    wrong = msgspec.structs.replace(channel, password=Secret(env="OTHER"))
    with pytest.raises(RequestRefusedError) as refused:
        transports.deliver(wrong, NOTICE, ENVIRON)
    assert "535" in str(refused.value)
    assert "not it" not in str(refused.value)
    assert server.letters == []


@pytest.mark.parametrize(
    ("answer", "error"), [("450 later", UnavailableError), ("550 nobody", RequestRefusedError)]
)
def test_what_may_pass_is_told_from_what_will_not(
    channel: Email, server: MailServer, answer: str, error: type[Exception]
) -> None:
    server.answers = [answer, answer]
    with pytest.raises(error, match=answer[:3]):
        transports.deliver(channel, NOTICE, ENVIRON)


def test_a_server_that_cannot_prove_who_it_is_gets_neither_password_nor_letter(
    channel: Email, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(RequestRefusedError, match="does not prove who it is"):
        transports.deliver(channel, NOTICE, ENVIRON)
    assert (server.logins, server.letters) == ([], [])


def test_a_server_that_is_not_there_may_come_back(channel: Email) -> None:
    gone = msgspec.structs.replace(channel, port=free_port())
    with pytest.raises(UnavailableError, match="does not answer"):
        transports.deliver(gone, NOTICE, ENVIRON)


@pytest.mark.parametrize("security", ["none"])
def test_a_server_without_tls_gets_nothing_if_tls_was_asked_for(
    channel: Email, server: MailServer
) -> None:
    strict = msgspec.structs.replace(channel, security="starttls")
    with pytest.raises(RequestRefusedError, match="cannot do it"):
        transports.deliver(strict, NOTICE, ENVIRON)
    assert (server.logins, server.letters) == ([], [])
