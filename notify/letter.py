"""A digest as a mail: plain text and HTML with the same content, and headers that say a program sent it."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterator
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from access.choices import WHEN, Choice
from access.settings import Mail, domain_of
from notify.content import Digest
from words.digest import SIMULATED
from words.escape import line as printed
from words.vietnamese import NO_BREAK

PRODUCT = "Bảng điều khiển cải cách hành chính và chuyển đổi số"
_SENDER = "Bảng điều khiển CCHC, CĐS"
_WIDTH = 72  # columns of the plain text
# Mark and colour of a change beside its words; the colours are those of the charts.
TONES = {"worse": ("▼", "#8C1D04"), "better": ("▲", "#005A47")}


def message(digest: Digest, choice: Choice, occasion: str, mail: Mail, at: datetime) -> EmailMessage:
    """The mail to a person. Its id is the same whenever it is made for this person, occasion and snapshot."""
    made = EmailMessage(policy=SMTP)
    made["Subject"] = _one_line(digest.subject)
    made["From"] = Address(_SENDER, addr_spec=mail.sender)
    made["To"] = Address(addr_spec=choice.address)
    made["Date"] = format_datetime(at)
    made["Message-ID"] = message_id(choice, occasion, digest.snapshot, mail)
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    # A link, not one click: whoever opens it signs in, so that nobody else can end a person's mail.
    made["List-Unsubscribe"] = f"<{digest.account}>"
    made.set_content(as_text(digest, choice), charset="utf-8", cte="quoted-printable")
    made.add_alternative(as_html(digest, choice), subtype="html", charset="utf-8", cte="quoted-printable")
    made["Content-Language"] = "vi"  # after the content, which takes away every header of content before it
    return made


def message_id(choice: Choice, occasion: str, snapshot: str, mail: Mail) -> str:
    """The id of a mail: servers and programs that get it twice can see that it is one."""
    digest = hashlib.sha256(f"{choice.key}\n{occasion}\n{snapshot}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{digest[:32]}@{domain_of(mail.sender)}>"


def as_html(digest: Digest, choice: Choice) -> str:
    """The digest as HTML: inline styles and tables, because programs for mail know no others; nothing is fetched."""
    return _template().render(digest=digest, simulated=SIMULATED, product=PRODUCT, why=_why(choice), tones=TONES)


@cache
def _template() -> Template:
    folder = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, finalize=_shown
    )
    return environment.get_template("mail.html")


def _shown(value: object) -> object:
    """A text without signs that hide or turn around what follows."""
    return printed(value) if isinstance(value, str) else value


def as_text(digest: Digest, choice: Choice) -> str:
    """The digest as plain text, wrapped; links stand alone on their lines, where no program breaks them."""
    return "\n".join(_text(digest, choice)).strip() + "\n"


def _text(digest: Digest, choice: Choice) -> Iterator[str]:
    if digest.is_simulated:
        yield from [f"[{SIMULATED}]", ""]
    yield from [PRODUCT, *_wrapped(digest.place.upper()), ""]
    yield from [
        *_wrapped(digest.lead),
        "",
        *_wrapped(digest.standing),
        "",
        f"{digest.first_label}:",
        digest.first_link,
        "",
    ]
    for part in digest.parts:
        title = _one_line(part.title.upper())
        yield from [title, "-" * len(title)]
        for line in part.lines:
            new, topic = "[MỚI] " if line.is_new else "", f"{line.topic}. " if line.topic else ""
            yield from _wrapped(f"{new}{topic}{line.text}", "- ")
            for more in filter(None, (line.call, line.about)):
                yield from _wrapped(more, "  ")
            if line.link:
                yield from [f"  {line.label}:", f"  {line.link}"]
            yield ""
    yield from ["-- ", *_wrapped(f"{_why(choice)} Đổi hoặc thôi nhận ở trang Tài khoản:"), digest.account]


def _why(choice: Choice) -> str:
    """Why the person gets the mail."""
    return f"Thư tự động, gửi theo lựa chọn “{WHEN[choice.when].lower()}” của tài khoản {printed(choice.name)}."


def _wrapped(text: str, first: str = "") -> list[str]:
    """A text in lines of a width; those after the first are indented like it. A number stays with its unit."""
    lines = textwrap.wrap(
        " ".join(printed(text).split(" ")), _WIDTH, initial_indent=first, subsequent_indent=" " * len(first),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return [line.replace(NO_BREAK, " ") for line in lines]


def _one_line(text: str) -> str:
    """A text on one line, without what could move the cursor, hide a part, or end a header."""
    return printed(text).replace(NO_BREAK, " ").strip()
