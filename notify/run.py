"""One run: who is to get mail now, and handing it over, each message once, whatever happens in between."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import filelock

import queries
from access import audit, choices, settings
from access.choices import Choice
from access.settings import Mail, Settings
from notify import book, content, letter
from notify.book import SERVER, History
from notify.content import TIME_ZONE, Asked, Digest, NoUnit
from notify.post import LATER, SENT, Outcome, Post, Unreachable

LOG = logging.getLogger("dashboard")
WHO = "python -m notify"
_LOST_IN_A_ROW = 2  # connections lost one after the other: then the server is not well, and the rest waits


class AlreadyRunning(Exception):
    """Another run has not ended yet."""


class NotSetUp(Exception):
    """There is no section [mail]."""


@dataclass(frozen=True)
class Due:
    """A message to be handed over now: to whom, on what occasion, saying what."""

    choice: Choice
    occasion: str
    digest: Digest


@dataclass
class Report:
    """What a run did: a sentence for each person, how many messages were taken, whether anything went wrong."""

    said: list[str] = field(default_factory=list)
    sent: int = 0
    is_broken: bool = False
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Run:
    """The circumstances of a run. only: the name of the one person it is for; by_hand: somebody asked for it and waits."""

    store: Path
    mail: Mail
    known: Settings
    now: datetime
    only: str = ""
    by_hand: bool = False


def begin(store: Path, only: str = "", by_hand: bool = False) -> Run:
    """The circumstances as they are now. Raises NotSetUp, BadSettings, OSError."""
    mail = settings.mail()
    if mail is None:
        raise NotSetUp
    return Run(store, mail, settings.load(), datetime.now(UTC), only, by_hand)


@contextmanager
def alone(store: Path) -> Iterator[None]:
    """Let no other run begin. Raises AlreadyRunning."""
    store.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(store / "mail-run.lock", timeout=0):
            yield
    except filelock.Timeout as busy:
        raise AlreadyRunning from busy


def show(run: Run) -> Report:
    """What would be sent now, as plain text; nothing is sent and nothing is written."""
    report = Report()
    for due in _due(run, report, forgets=False):
        to = f"{due.choice.name} <{choices.masked(due.choice.address)}>"
        report.texts.append(f"Đến: {to}\nTiêu đề: {due.digest.subject}\n\n{letter.as_text(due.digest, due.choice)}")
    return report


def send(run: Run) -> Report:
    """Send what is due now. Raises StoreFault if the book is damaged or cannot be written."""
    report = Report()
    due = _due(run, report, forgets=True)
    if not due:
        return report
    server = book.histories(book.read(run.store)).get(SERVER, History())
    not_before = server.next_try(SERVER)
    if not_before and run.now < not_before and not run.by_hand:
        report.said.append(f"Máy chủ thư vừa không dùng được; thử lại từ {_clock(not_before)}.")
        return report
    try:
        _hand_over(run, due, report)
    except Unreachable as error:
        book.note_server(run.store, Outcome(LATER, str(error)))
        report.said.append(f"Chưa gửi được thư nào nữa: {error}.")
        report.is_broken = True
        return report
    if server.stands(SERVER).outcome == LATER:
        book.note_server(run.store, Outcome(SENT))
    return report


def _hand_over(run: Run, due: list[Due], report: Report) -> None:
    """Hand over message after message, over as few connections as the server allows. Raises Unreachable."""
    left, lost = list(due), 0
    while left:
        with Post(run.mail) as post:
            while left:
                outcome = _one(run, post, left.pop(0), report)
                if outcome is None or not outcome.lost:
                    lost = 0
                    continue
                lost += 1
                if lost == _LOST_IN_A_ROW and left:
                    raise Unreachable(outcome.reason)
                break


def _one(run: Run, post: Post, due: Due, report: Report) -> Outcome | None:
    """One message: the intention is written, the message handed over, the outcome written. None if it was not handed over."""
    choice, digest = due.choice, due.digest
    # Others were served in between: a person who was removed or chose otherwise meanwhile gets nothing.
    if (why := choices.why_not(settings.load(), run.mail, choice, run.now)) or not _is_current(run, choice):
        report.said.append(f"{choice.name}: không gửi, {why or 'vừa đổi lựa chọn'}.")
        return None
    try:
        made = letter.message(digest, choice, due.occasion, run.mail, run.now)
    except Exception:
        _failed(choice, report)
        return None
    if not book.intend(run.store, choice, due.occasion, digest.snapshot, digest.signals, digest.mark):
        return None
    outcome = post.send(made, choice.address)
    kind = book.end(run.store, choice, due.occasion, outcome)
    to = choices.masked(choice.address)
    audit.record(
        run.store, "send_mail", WHO, user=choice.name, snapshot=digest.snapshot, to=to, outcome=book.OUTCOMES[kind]
    )
    report.said.append(f"{choice.name} ({to}): {book.OUTCOMES[kind]}{f' – {outcome.reason}' if kind != SENT else ''}.")
    report.sent += kind == SENT
    report.is_broken |= kind != SENT
    return replace(outcome, kind=kind)


def _is_current(run: Run, choice: Choice) -> bool:
    """Whether the choice is still what the person wants."""
    known = choices.find(run.store, choice.means, choice.name)
    return known is not None and known.saved_at == choice.saved_at


def _due(run: Run, report: Report, forgets: bool) -> list[Due]:
    """The messages that are due, made from one snapshot; one person's trouble keeps nobody else's mail back."""
    queries.pin()
    history = book.histories(book.read(run.store))
    found, damaged = choices.every(run.store)
    if damaged:
        report.said.append(f"{damaged} tệp lựa chọn thư không đọc được; người đó cần chọn lại ở trang Tài khoản.")
        report.is_broken = True
    made: dict[Asked, Digest] = {}
    due = []
    for choice in found:
        if run.only and choice.name != run.only:
            continue
        if choices.is_gone(run.known, choice):
            if forgets:
                _forget(run, choice)
            report.said.append(f"{choice.name}: tài khoản đã bỏ, không gửi nữa.")
            continue
        try:
            one = _wanted(run, choice, history.get(choice.key, History()), made, report)
        except NoUnit:
            report.said.append(
                f"{choice.name}: đơn vị đã chọn không còn trong số liệu, không gửi; chọn lại ở trang Tài khoản."
            )
        except Exception:
            _failed(choice, report)
        else:
            due += [one] if one else []
    if not found:
        report.said.append("Chưa ai chọn nhận thư.")
    return due


def _failed(choice: Choice, report: Report) -> None:
    LOG.exception("mail of %s cannot be made", choice.name)
    report.said.append(f"{choice.name}: không làm được thư; xem nhật ký.")
    report.is_broken = True


def _forget(run: Run, choice: Choice) -> None:
    with contextlib.suppress(OSError, filelock.Timeout):  # the next run does it
        if choices.drop(run.store, choice.means, choice.name):
            audit.record(run.store, "drop_mail", WHO, user=choice.name)


def _wanted(run: Run, choice: Choice, history: History, made: dict[Asked, Digest], report: Report) -> Due | None:
    """The message that a person is to get now; None, and the reason is told, if none is due."""
    why = choices.why_not(run.known, run.mail, choice, run.now)
    if not why and history.refused_at and history.refused_at >= datetime.fromisoformat(choice.saved_at):
        why = "máy chủ thư đã từ chối địa chỉ này; sửa rồi lưu lại ở trang Tài khoản"
    if why:
        report.said.append(f"{choice.name}: không gửi, {why}.")
        return None
    occasion = history.wanted or occasion_of(choice, run.mail, queries.snapshot().id, run.now)
    not_before = history.next_try(occasion) if occasion else None
    if not occasion:
        report.said.append(f"{choice.name}: chưa đến giờ gửi của tuần.")
    elif history.is_over(occasion):
        report.said.append(f"{choice.name}: {_why_over(choice, history, occasion)}.")
    elif not_before and run.now < not_before and not run.by_hand:
        report.said.append(f"{choice.name}: lần trước chưa gửi được, thử lại từ {_clock(not_before)}.")
    else:
        digest = _digest(run, choice, made).for_reader(history.told, history.mark)
        if choice.when == "signal" and not history.wanted and not digest.signals - history.told:
            report.said.append(f"{choice.name}: không có tín hiệu mới, không gửi.")
            return None
        return Due(choice, occasion, digest)
    return None


def _why_over(choice: Choice, history: History, occasion: str) -> str:
    outcome = history.stands(occasion).outcome
    when = "tuần này" if choice.when == "weekly" else "bản số liệu này"
    if outcome == SENT:
        return f"{when} đã gửi"
    return f"thư của {when}: {book.OUTCOMES[outcome].lower()}; gửi lại bằng tay: python -m notify --again {choice.name}"


def _digest(run: Run, choice: Choice, made: dict[Asked, Digest]) -> Digest:
    """The digest for a choice, made once for all who see the same. The role is that of this moment."""
    role, _ = choices.role(run.known, choice, run.now)
    asked = Asked(run.store, choice.home, choice.unit, role, run.mail.codes, run.mail.address)
    if asked not in made:
        made[asked] = content.make(asked)
    return made[asked]


def occasion_of(choice: Choice, mail: Mail, snapshot: str, now: datetime) -> str:
    """What a message would be for: this week, or this snapshot; empty before the hour of the week."""
    if choice.when != "weekly":
        return snapshot
    here = now.astimezone(TIME_ZONE)
    monday = (here - timedelta(days=here.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    year, week, _ = here.isocalendar()
    begins = monday + timedelta(days=mail.weekly_day - 1, hours=mail.weekly_hour)
    return f"{year}-W{week}" if here >= begins else ""


def _clock(when: datetime) -> str:
    return f"{when.astimezone(TIME_ZONE):%H:%M %d/%m/%Y}"


def repeat(run: Run, who: str) -> bool:
    """Let the last message of the one person be sent again; False if there is nothing to repeat. Raises StoreFault."""
    found, _ = choices.every(run.store)
    repeated = [book.again(run.store, who, choice.key) for choice in found if choice.name == run.only]
    return any(repeated)
