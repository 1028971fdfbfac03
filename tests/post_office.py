"""A real SMTP server for the tests: STARTTLS with a certificate of its own authority, sign-in, and servers that misbehave."""

from __future__ import annotations

import email
import email.policy
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.browser import free_port

HOST = "127.0.0.1"
USER, PASSWORD = "bang-dieu-khien", "mat khau dai"


@dataclass
class Inbox:
    """What the server was given, and how it answers: address → reply to RCPT or to the message."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    at_rcpt: dict[str, str] = field(default_factory=dict)
    at_data: dict[str, str] = field(default_factory=dict)
    port: int = 0
    secured: list[bool] = field(default_factory=list)

    def of(self, address: str) -> list[EmailMessage]:
        """The messages that this address got."""
        return [message for to, message in self.taken if to == address]

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        """Take a recipient or refuse it."""
        if address in self.at_rcpt:
            return self.at_rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        """Take a message or refuse it."""
        [to] = envelope.rcpt_tos
        if to in self.at_data:
            return self.at_data[to]
        self.secured.append(session.ssl is not None)
        self.taken.append((to, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK queued"


@dataclass(frozen=True)
class Authority:
    """A certificate authority: the file that trusts it, and the server's side of TLS."""

    file: Path
    context: ssl.SSLContext


def authority(folder: Path, *names: str) -> Authority:
    """An authority with a certificate for these names."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.issue_cert(*(names or (HOST, "localhost"))).configure_cert(context)
    return Authority(folder / "ca.pem", context)


def _signed_in(server, session, envelope, mechanism, auth_data) -> AuthResult:
    right = auth_data.login == USER.encode() and auth_data.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


@contextmanager
def serving(
    inbox: Inbox, known: Authority | None, needs_user: bool = True, tls_at_once: bool = False
) -> Iterator[Inbox]:
    """Run the server; without an authority it has no STARTTLS."""
    inbox.port = free_port()
    more = {"tls_context": known.context, "require_starttls": True} if known and not tls_at_once else {}
    if tls_at_once:
        more = {"ssl_context": known.context}
    if needs_user and known:
        more |= {"authenticator": _signed_in, "auth_required": True, "auth_require_tls": not tls_at_once}
    controller = Controller(
        inbox, hostname=HOST, port=inbox.port, ready_timeout=20, server_hostname="localhost", **more
    )
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server of one's own for bad manners: `talk` is called with each connection. Gives its port."""
    with socket.create_server((HOST, 0)) as listening:
        open_ones: list[socket.socket] = []

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                open_ones.append(connection)
                threading.Thread(target=_talked, args=(talk, connection), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        for connection in open_ones:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()


def _talked(talk: Callable[[socket.socket], None], connection: socket.socket) -> None:
    with suppress(OSError):
        talk(connection)


def talk_until(stage: str, drips: bool = False) -> Callable[[socket.socket], None]:
    """A server that follows the protocol up to a stage (greeting, MAIL, RCPT, DATA, end) and then hangs, or drips a byte a second."""

    def hang(connection: socket.socket) -> None:
        while True:
            time.sleep(0.3)
            if drips:
                connection.sendall(b"2")

    def talk(connection: socket.socket) -> None:
        if stage == "greeting":
            hang(connection)
        connection.sendall(b"220 here\r\n")
        with connection.makefile("rb") as lines:
            for line in lines:
                word = line.split()[0].upper().decode()
                if word == stage:
                    hang(connection)
                connection.sendall(b"354 go on\r\n" if word == "DATA" else b"250 OK\r\n")
                if word == "DATA":
                    while lines.readline() != b".\r\n":
                        pass
                    if stage == "end":
                        hang(connection)
                    if stage == "lost":
                        connection.shutdown(socket.SHUT_RDWR)
                        return
                    connection.sendall(b"250 OK\r\n")

    return talk
