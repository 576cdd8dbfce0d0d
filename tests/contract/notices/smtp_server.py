"""A mail server of the tests' own: enough of SMTP to be spoken to by smtplib, with TLS."""

import base64
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "runs", "a secret"


@dataclass
class MailServer:
    """Where it listens, what it has taken, and how it answers letters."""

    port: int
    certificate: Path
    letters: list[tuple[list[str], bytes]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """What is said to the next receivers instead of yes."""


@contextmanager
def running(folder: Path, *, security: str) -> Iterator[MailServer]:
    """Serve on a free port of the loopback; `security` is as in a channel."""
    context = _context(folder)

    class Handler(_Session):
        tls = context
        implicit = security == "tls"
        offers_tls = security == "starttls"

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        mail: MailServer

    with Server(("127.0.0.1", 0), Handler) as server:
        server.mail = MailServer(server.server_address[1], folder / "certificate.pem")
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server.mail
        server.shutdown()
        thread.join()


class _Session(socketserver.BaseRequestHandler):
    """One connection (RFC 5321, 3207, 4954), as far as smtplib goes."""

    tls: ssl.SSLContext
    implicit: bool
    offers_tls: bool

    def handle(self) -> None:
        """Talk until the client leaves, or does not like our certificate."""
        try:
            if self.implicit:
                self.request = self.tls.wrap_socket(self.request, server_side=True)
            self._talk()
        except (OSError, EOFError):
            return
        finally:
            self.request.close()

    @property
    def mail(self) -> MailServer:
        """What is kept of all connections."""
        server: MailServer = self.server.mail  # type: ignore[attr-defined]
        return server

    def _talk(self) -> None:
        self._say("220 tests")
        receivers: list[str] = []
        while True:
            line = self._line()
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                tls = ["250-STARTTLS"] if self.offers_tls else []
                self._say(*["250-tests", *tls, "250 AUTH PLAIN"])
            elif verb == "STARTTLS":
                self._say("220 go on")
                self.request = self.tls.wrap_socket(self.request, server_side=True)
                self.offers_tls = False
            elif verb == "AUTH":
                self._log_in(line)
            elif verb == "RCPT":
                answer = self.mail.answers.pop(0) if self.mail.answers else "250 yes"
                receivers.append(line.partition(":")[2])
                self._say(answer)
            elif verb == "DATA":
                self._say("354 go on")
                self.mail.letters.append((receivers, self._letter()))
                receivers = []
                self._say("250 taken")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 yes")

    def _log_in(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        right = (user, password) == (USER, PASSWORD)
        self.mail.logins.append(user)
        self._say("235 welcome" if right else f"535 {password} is wrong")

    def _letter(self) -> bytes:
        lines = []
        while (line := self._line()) != ".":
            lines.append(line.removeprefix(".") if line.startswith("..") else line)
        return "\r\n".join(lines).encode()

    def _line(self) -> str:
        found = b""
        while not found.endswith(b"\r\n"):
            byte = self.request.recv(1)
            if not byte:
                raise EOFError
            found += byte
        return found.decode().removesuffix("\r\n")

    def _say(self, *lines: str) -> None:
        self.request.sendall("".join(f"{line}\r\n" for line in lines).encode())


def _context(folder: Path) -> ssl.SSLContext:
    """Return a context with a fresh certificate, which is left in the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "certificate.pem").write_bytes(pem)
    form = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
