"""The tasks given, each with its figure of that time and of now: for the page, the slides, the report, the notice.

The notice (Thông báo kết luận) is a Word document whose text and layout come from a template that an office worker edits
in Word. Its rows are those of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd

import queries
from actions.commitments import STATES, Commitment, Figure, listed, running
from ingest.store.build import today
from queries import Snapshot, store_directory
from reports import SIMULATED, Subject
from reports.template import filled, opened
from words import vietnamese
from words.commitments import GONE, NO_FIGURE, REPLACED, SAME, UNCHANGED, deadline, left, marked, marked_shortly
from words.sentences import counted_figure

TEMPLATE = Path(__file__).parent / "templates" / "thong-bao-ket-luan.docx"
Ask = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Told:
    """A task given, in words: where it stands, the figure of that time and of now, and how they compare.

    `variation` is the process mark of the newest month, `variation_word` and `short_word` say it; None where there is none
    or nothing new is known: then `note` says why.
    """

    commitment: Commitment
    state: str
    deadline: str
    left: str
    figure_name: str = ""
    before: str = ""
    now: str = ""
    variation: str | None = None
    variation_word: str = ""
    short_word: str = ""
    note: str = ""
    simulated: bool = False

    @property
    def state_word(self) -> str:
        """The state in words."""
        return STATES[self.state]

    @property
    def change(self) -> str:
        """Both figures, with the mark or why there is none, in one line; without a figure, that there is none."""
        if not self.before:
            return NO_FIGURE
        end = self.variation_word or self.note
        return f"{self.figure_name}: {self.both} ({end})" if end else f"{self.figure_name}: {self.both}"

    @property
    def both(self) -> str:
        """The figure of that time and of now; the first alone while nothing new is known."""
        return f"{self.before} → {self.now}" if self.now and self.note != UNCHANGED else self.before


def of_home(home: str, ask: Ask, unit: str = "", only_running: bool = True) -> list[Told]:
    """The tasks of a home, or of one unit of it, overdue ones first. Raises StoreFault if the book is damaged."""
    found = listed(store_directory(), home)
    chosen = [one for one in (running(found) if only_running else found) if unit in ("", one.task.unit)]
    return told(chosen, ask, today())


def of_subject(subject: Subject) -> list[Told]:
    """The tasks of a document's unit that are not over; of all units if it is about the home. Raises StoreFault."""
    return of_home(subject.home, subject.ask, "" if subject.is_whole else subject.unit)


def told(commitments: Iterable[Commitment], ask: Ask, on: date) -> list[Told]:
    """Each task with its figures; `ask` answers questions about the home."""
    return [_told(one, ask, on) for one in commitments]


def _told(one: Commitment, ask: Ask, on: date) -> Told:
    state, task = one.state(on), one.task
    when = deadline(state, task.due_on, one.days_over(on), one.reported_on, one.ended_on)
    rest = left(state, one.days_over(on), one.reported_on)
    if task.figure is None:
        return Told(one, state, when, rest)
    before = counted_figure(vars(task.figure))
    return Told(one, state, when, rest, task.figure.name, before, **_since(task.figure, task.unit, ask))


def _since(then: Figure, unit: str, ask: Ask) -> dict[str, object]:
    """What became of a figure: the fields of Told from `now` on."""
    rows = ask("commitment_figure", unit=unit, later="newest", **then.asked())
    if rows.empty:
        return {"note": GONE, "simulated": then.simulated}
    now = rows.iloc[0]
    said = {"now": now["figure_text"], "simulated": then.simulated or rows.attrs["simulated"]}
    if then.simulated and not rows.attrs["simulated"]:
        return said | {"note": REPLACED}
    value, month, variation = (
        None if vietnamese.absent(now[name]) else now[name] for name in ("value", "month_title", "variation")
    )
    if (then.value, then.period, then.month_title) == (value, now["period_code"], month):
        return said | {"note": UNCHANGED if then.snapshot == queries.snapshot().id else SAME}
    if value is None or variation is None:
        return said | {"note": now["known_text"] or now["process_text"]}
    words = {
        "variation_word": marked(now["variation_word"], month),
        "short_word": marked_shortly(now["variation_word"], month),
    }
    return said | words | {"variation": variation}


def as_table(rows: Iterable[Told]) -> pd.DataFrame:
    """The tasks as a table for people, for the page's downloads."""
    columns = {
        "Số": [], "Đơn vị": [], "Việc": [], "Chịu trách nhiệm": [], "Giao ngày": [], "Hạn": [], "Trạng thái": [],
        "Con số": [], "Khi giao": [], "Hiện nay": [], "So mức thường": [], "Kết quả": [], "Lý do rút, làm tiếp": [],
    }  # fmt: skip
    for one in rows:
        row = as_row(one)
        cells = (
            row["so"], row["don_vi"], row["viec"], row["chuc_danh"], row["ngay_giao"], row["han"], row["trang_thai"],
            one.figure_name, one.before, one.now, one.variation_word or one.note, row["ket_qua"], one.commitment.reason,
        )  # fmt: skip
        for column, cell in zip(columns.values(), cells, strict=True):
            column.append(cell)
    return pd.DataFrame(columns)


def as_row(one: Told) -> dict[str, str]:
    """A task with the names that templates use."""
    task = one.commitment.task
    return {
        "so": one.commitment.code,
        "don_vi": task.unit_name,
        "viec": task.text,
        "chuc_danh": task.post,
        "ngay_giao": vietnamese.date(one.commitment.given_on),
        "han": vietnamese.date(task.due_on),
        "trang_thai": one.state_word,
        "con_so": one.change,
        "ket_qua": one.commitment.outcome,
    }


FIELDS = {
    "noi": "tên huyện, tỉnh",
    "so_viec": "có bao nhiêu việc",
    "so_qua_han": "trong đó bao nhiêu việc quá hạn",
    "mo_phong": "“MÔ PHỎNG – không phải số liệu chính thức”, trống nếu các con số là thật",
    "viec_giao": "các việc: so, don_vi, viec, chuc_danh, ngay_giao, han, trang_thai, con_so, ket_qua",
    "so_lieu_den": "ngày của số liệu",
    "ban_so_lieu": "mã bản số liệu",
}


def notice_file(
    rows: list[Told], home_name: str, as_of: date, snapshot: Snapshot, template: bytes | None = None
) -> bytes:
    """The notice of these tasks. Raises BadTemplate."""
    words = {
        "noi": home_name,
        "so_viec": vietnamese.number(len(rows)),
        "so_qua_han": vietnamese.number(sum(one.state == "late" for one in rows)),
        "mo_phong": SIMULATED if any(one.simulated for one in rows) else "",
        "viec_giao": [as_row(one) for one in rows],
        "so_lieu_den": vietnamese.date(as_of),
        "ban_so_lieu": snapshot.id,
    }
    made_at = datetime.fromisoformat(snapshot.manifest["built_at"])
    return filled(opened(template or TEMPLATE.read_bytes()), words, made_at, "Kết luận giao ban")
