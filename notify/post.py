"""Handing mail to the SMTP server: one connection for many messages, secured, each message within a total time.

What became of a message is told exactly: taken, refused, to be tried later; or unknown, if the connection was lost between the
end of the message and the server's answer. Only then may it have been taken without anybody knowing.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage

from access.choices import masked
from access.settings import Mail, domain_of
from words import vietnamese
from words.escape import line as printed

SENT, REFUSED, REJECTED, LATER, UNKNOWN = "sent", "refused", "rejected", "later", "unknown"
_LONGEST = 200  # characters of what a server says
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


class Unreachable(Exception):
    """No message can be handed over now; the message says why and what to do, in Vietnamese."""


@dataclass(frozen=True)
class Outcome:
    """What became of a message, and what the server said; lost: the connection is gone."""

    kind: str
    reason: str = ""
    lost: bool = False


class _Watched:
    """Keeps a second handle of the connection, which ends it when the time is over, whatever it is doing."""

    handle: socket.socket | None = None
    is_cut = False

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connected = socket.create_connection((host, port), timeout, self.source_address)
        self.handle = connected.dup()
        if self.is_cut:  # while one address of the server after another was tried
            self.cut()
        return self._secured(connected)

    def _secured(self, connected: socket.socket) -> socket.socket:
        return connected

    def cut(self) -> None:
        """End the connection."""
        self.is_cut = True
        if self.handle:
            with contextlib.suppress(OSError):
                self.handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close both handles."""
        super().close()
        if self.handle:
            self.handle.close()
            self.handle = None


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Secure(_Watched, smtplib.SMTP_SSL):
    def _secured(self, connected: socket.socket) -> socket.socket:
        return self.context.wrap_socket(connected, server_hostname=self._host)


class Post:
    """A connection to the server of [mail], for use in a `with` block. Raises Unreachable."""

    def __init__(self, mail: Mail):
        self._mail, self._smtp, self._is_ended = mail, None, False

    def __enter__(self) -> Post:
        try:
            self._smtp = self._unconnected()
            with self._within():
                self._connect()
        except (OSError, smtplib.SMTPException, _Late, Unreachable) as error:
            self._drop()
            raise Unreachable(self._why(error)) from error
        return self

    def _why(self, error: Exception) -> str:
        """Why there is no connection, and what to do."""
        at = f"máy chủ thư {self._mail.host}"
        match error:
            case Unreachable():
                return str(error)
            case _Late():
                return f"{at} {self._late}"
            case ssl.SSLCertVerificationError():
                return f"chứng thư của {at} không đáng tin ({error.verify_message}); ghi đúng tên máy chủ ở host, hoặc tệp chứng thư của cơ quan ở ca"
            case smtplib.SMTPNotSupportedError():
                return f"{at} không có STARTTLS hoặc không cho đăng nhập; xem tls, user ở [mail]"
            case smtplib.SMTPAuthenticationError():
                return f"{at} không nhận user, password ở [mail] ({_said(error.smtp_code, error.smtp_error)})"
            case smtplib.SMTPResponseException():
                return f"{at} từ chối nói chuyện ({_said(error.smtp_code, error.smtp_error)})"
        return f"không nối được {at}:{self._mail.port} ({_words(error)})"

    @property
    def _late(self) -> str:
        return f"không trả lời trong {vietnamese.limit(self._mail.timeout)} giây"

    def __exit__(self, *_: object) -> None:
        if self._smtp:
            with contextlib.suppress(OSError, smtplib.SMTPException, _Late), self._within():
                self._smtp.quit()
            self._drop()

    def _unconnected(self) -> smtplib.SMTP:
        mail = self._mail
        # Named by the sender's domain: to ask for the name of this machine may take seconds where no server knows it.
        known = {"local_hostname": domain_of(mail.sender), "timeout": mail.timeout}
        return _Secure(context=self._trust(), **known) if mail.tls == "tls" else _Plain(**known)

    def _trust(self) -> ssl.SSLContext:
        """Certificates are checked, against those of the machine or the file of [mail]."""
        try:
            return ssl.create_default_context(cafile=self._mail.ca or None)
        except OSError as error:
            raise Unreachable(f"không đọc được tệp chứng thư {self._mail.ca} ghi ở ca của [mail]") from error

    def _connect(self) -> None:
        mail, smtp = self._mail, self._smtp
        smtp._host = mail.host  # the name in the certificate; the constructor sets it only when it connects at once
        code, said = smtp.connect(mail.host, mail.port)
        if code != 220:
            raise smtplib.SMTPResponseException(code, said)
        smtp.ehlo()
        if mail.tls == "starttls":
            smtp.starttls(context=self._trust())
            smtp.ehlo()
        if mail.user:
            smtp.login(mail.user, mail.password)

    def send(self, message: EmailMessage, to: str) -> Outcome:
        """Hand over a message to one recipient."""
        # Lines that begin with a dot get a second one; a dot alone ends the message.
        content = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
        content = content if content.endswith(b"\r\n") else content + b"\r\n"
        self._is_ended = False
        try:
            with self._within():
                outcome = self._hand_over(content, to)
        except (OSError, smtplib.SMTPException, _Late) as error:
            why = self._late if isinstance(error, _Late) else f"ngắt kết nối ({_words(error)})"
            self._drop()
            return Outcome(UNKNOWN if self._is_ended else LATER, f"máy chủ thư {why}", lost=True)
        if outcome.kind != SENT:
            self._begin_anew()
        return outcome

    def _hand_over(self, content: bytes, to: str) -> Outcome:
        """The steps of one message. Raises OSError or SMTPException if the connection is lost on the way."""
        smtp = self._smtp
        code, said = smtp.mail(self._mail.sender)
        if code != 250:  # about the sender: nothing is known of the recipient
            return Outcome(LATER, _said(code, said))
        code, said = smtp.rcpt(to)
        if code not in (250, 251):
            return Outcome(_kind(code, LATER, REFUSED), _said(code, said))
        code, said = smtp.docmd("DATA")
        if code != 354:
            return Outcome(_kind(code, LATER, REJECTED), _said(code, said))
        smtp.send(content)
        self._is_ended = True
        smtp.send(b".\r\n")
        code, said = smtp.getreply()
        return Outcome(_kind(code, SENT, REJECTED), _said(code, said))

    def _begin_anew(self) -> None:
        """End a message that was not taken; a connection that is gone by then is noticed at the next message."""
        with contextlib.suppress(OSError, smtplib.SMTPException, _Late), self._within():
            self._smtp.rset()

    @contextmanager
    def _within(self) -> Iterator[None]:
        """End the connection if the block takes longer than a message may. Raises _Late."""
        over = threading.Event()

        def cut() -> None:
            over.set()
            self._smtp.cut()

        timer = threading.Timer(self._mail.timeout, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, smtplib.SMTPException) as error:
            if over.is_set() or isinstance(error, TimeoutError):
                raise _Late from error
            raise
        finally:
            timer.cancel()
        if over.is_set():  # a line that was cut is no answer, even if it begins like one
            raise _Late

    def _drop(self) -> None:
        if self._smtp:
            with contextlib.suppress(OSError):
                self._smtp.close()


class _Late(Exception):
    """The time is over."""


def _kind(code: int, taken: str, refused: str) -> str:
    if 200 <= code < 300:
        return taken
    return refused if 500 <= code < 600 else LATER


def _said(code: int, text: bytes | str) -> str:
    """What a server said, on one line, without addresses."""
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    told = _ADDRESS.sub(lambda found: masked(found[0]), " ".join(printed(told).split()))
    return f"{code} {told}"[:_LONGEST]


def _words(error: BaseException) -> str:
    return " ".join(printed(_ADDRESS.sub("…", str(error))).split())[:_LONGEST] or type(error).__name__
