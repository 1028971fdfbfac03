"""The slides of a meeting: message and content, the same for the projector and the .pptx.

A slide has one message and at most two pictures, or cards, or lines of text. `make(subject, code)` runs the queries;
the drawing code (ui/present.py, reports/deck.py) computes nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pandas as pd

from charts import spans
from ingest.store.fault import StoreFault
from reports import DASHBOARD, SIMULATED, Subject, commitments
from words import vietnamese
from words.definitions import definition
from words.escape import unmarked
from words.sentences import what_is_unknown

_NOTHING = "Chưa có số liệu cho kỳ này."
_TASKS, _LINE = 6, 180  # tasks on a slide, and the letters of each: two lines
ROWS = 9  # rows of a picture beside another one: more cannot be read from the back of a room


@dataclass(frozen=True)
class Picture:
    """One chart: `form` is bars, tiles or line; data has the columns required by charts/<form>."""

    form: str
    title: str
    data: pd.DataFrame
    how: str
    measure: str = "%"
    highlight: str | None = None
    name: str = ""
    events: pd.DataFrame | None = None  # what may explain a change of a line
    ranges: pd.DataFrame | None = None  # unit_code, range_text: the ranks between which luck alone puts each unit

    @property
    def names(self) -> list[str]:
        """The names of the bars, each after its range of ranks."""
        told = spans(self.ranges)
        names = zip(self.data["unit_code"], self.data["name"], strict=True)
        return [f"{told[code]}. {name}" if told.get(code) else str(name) for code, name in names]

    @property
    def simulated(self) -> bool:
        """Whether any number in it is simulated."""
        return bool(self.data.attrs.get("simulated"))


@dataclass(frozen=True)
class Card:
    """One figure: name, value, status and the change in words."""

    name: str
    text: str
    status: str
    note: str
    how: str


@dataclass(frozen=True)
class Slide:
    """One slide of a meeting."""

    code: str
    title: str
    message: str
    pictures: tuple[Picture, ...] = ()
    cards: tuple[Card, ...] = ()
    lines: tuple[str, ...] = ()
    simulated: bool = False
    notes: tuple[str, ...] = field(default=())
    about: str = ""


def slides(subject: Subject, codes: list[str]) -> list[Slide]:
    """The chosen slides in their order, after the tasks given at earlier meetings if any is not over.

    Raises KeyError for an unknown code.
    """
    first = _commitments(subject)
    return [*([first] if first else []), *(make(subject, code) for code in codes)]


def _commitments(subject: Subject) -> Slide | None:
    """The tasks that are not over, overdue ones first; None if there are none."""
    about = {"code": "commitments", "title": "Kết luận kỳ trước", "about": subject.unit_name}
    try:
        tasks = commitments.of_subject(subject)
    except StoreFault as fault:  # not the same as no task
        return Slide(message=fault.message, **about)
    if not tasks:
        return None
    late = sum(one.state == "late" for one in tasks)
    overdue = f", {vietnamese.number(late)} việc quá hạn" if late else ", không việc nào quá hạn"
    room = _TASKS if len(tasks) <= _TASKS else _TASKS - 1
    lines = [_task_line(one) for one in tasks[:room]]
    if len(tasks) > room:
        lines.append(f"+ {vietnamese.number(len(tasks) - room)} việc nữa ở trang Kết luận giao ban")
    return Slide(
        message=f"{vietnamese.number(len(tasks))} việc chưa xong{overdue}.",
        lines=tuple(lines),
        simulated=any(one.simulated for one in tasks),
        notes=(
            *(f"{one.commitment.code}, {one.deadline}: {one.commitment.task.text} {one.change}." for one in tasks),
            *_notes(subject),
        ),
        **about,
    )


def _task_line(one: commitments.Told) -> str:
    """A task in two lines of a slide: how long it has, unit, what, both figures; the text gives way to the figures."""
    task = one.commitment.task
    told = "; ".join(filter(None, [one.both, one.short_word or one.note])) if task.figure else ""
    end = f" ({_short(task.figure.short_name, 25)}: {told})" if told else ""
    start = f"{one.left}. {_short(task.unit_name, 55)}: "
    return f"{start}{_short(task.text, max(25, _LINE - len(start) - len(end)))}{end}"


def make(subject: Subject, code: str) -> Slide:
    """One slide of the playlist. Raises KeyError for an unknown code."""
    if code in _OF_THE_DISTRICT:
        subject = replace(subject, unit=subject.home, unit_name=subject.home_name)
    slide = _MAKERS[code](subject, titles(subject)[code])
    return replace(slide, about=subject.unit_name)


def _message(subject: Subject, code: str) -> str:
    """The message of a slide; a fixed sentence if there is no data."""
    said = subject.ask("briefing").set_index("topic_code")["sentence"]
    return said.get(code) or _NOTHING


def _with_pictures(subject: Subject, code: str, *pictures: Picture, message: str = "") -> Slide:
    """A slide with one or two charts; its notes contain the definitions of their figures."""
    shown = tuple(picture for picture in pictures if len(picture.data))
    return Slide(
        code,
        titles(subject)[code],
        message or _message(subject, code),
        pictures=shown,
        simulated=any(picture.simulated for picture in shown),
        notes=_notes(subject, *(picture.how for picture in shown)),
    )


def _notes(subject: Subject, *hows: str) -> tuple[str, ...]:
    """The notes of a slide: formulas, sources and snapshot."""
    said = [unmarked(definition(how)).replace("  \n", " ") for how in dict.fromkeys(hows)]
    span = f"{vietnamese.date(subject.period.start_on)} – {vietnamese.date(subject.period.judged_on)}"
    source = (
        f"Nguồn: {DASHBOARD}, bản số liệu {subject.snapshot.id}, đến ngày {vietnamese.date(subject.as_of)}; "
        f"{subject.unit_name}, {subject.period.title} ({span})."
    )
    return (*said, *what_is_unknown(subject), source)


def _opening(subject: Subject, title: str) -> Slide:
    """District, period, date of the data and source."""
    simulated = subject.simulated
    said = [text.replace("**", "") for text in subject.period.said]
    lines = [
        f"{subject.unit_name} · {' · '.join(said)}",
        f"Số liệu đến ngày {vietnamese.date(subject.as_of)} · Nguồn: {DASHBOARD}, bản {subject.snapshot.id}",
    ]
    lines += what_is_unknown(subject)
    return Slide(
        "opening",
        "Cải cách hành chính và chuyển đổi số",
        subject.period.title,
        lines=(*lines, *([SIMULATED] if simulated else [])),
        simulated=simulated,
        notes=_notes(subject),
    )


def _headline(subject: Subject, title: str) -> Slide:
    """The eight headline indicators."""
    rows = subject.ask("headline")
    made = []
    for row in rows.to_dict("records"):
        change = "" if pd.isna(row["change"]) else f" · {row['change_text']} so {subject.period.before_words}"
        usual = f" · {row['variation_word']}" if row["variation_word"] else ""
        made.append(
            Card(row["name"], row["text"], row["status"], f"mục tiêu {row['target_text']}{change}{usual}", row["code"])
        )
    return Slide(
        "headline",
        title,
        _message(subject, "headline"),
        cards=tuple(made),
        simulated=rows.attrs["simulated"],
        notes=_notes(subject, *rows["code"]),
    )


def _attention(subject: Subject, title: str) -> Slide:
    """What became worse, and the responsible unit."""
    rows = subject.ask("attention")
    lines = [_with_call(f"{row['topic']}: {row['sentence']}", row["call_text"]) for row in rows.to_dict("records")]
    # One of each topic first: a slide has space for five lines.
    order = rows.assign(within=rows.groupby("topic", sort=False).cumcount()).sort_values(["within", "position"]).index
    chosen = [lines[place] for place in sorted(order[:5])]
    return Slide(
        "attention",
        title,
        "Những chỗ cần gọi điện, nhắc việc ngay." if rows["indicator_code"].any() else _calm(subject),
        lines=tuple(chosen),
        simulated=rows.attrs["simulated"],
        notes=_notes(subject, "late", "score"),
    )


def _calm(subject: Subject) -> str:
    """The sentence if nothing needs attention; it says “all well” only if there is data."""
    known = subject.ask("headline")["value"].notna().any()
    return "Không có điểm nào xấu đi hoặc dưới mục tiêu." if known else _NOTHING


def _communes(subject: Subject, title: str) -> Slide:
    """All communes in order, and on the map."""
    rows = subject.ask("commune_score")
    ranked, tiled = rows.assign(rank=rows["place"]), rows.assign(text=rows["short_text"])
    chosen = None if subject.is_whole else subject.unit
    ranges = subject.ask("rank_range", group="all", indicator="")
    return _with_pictures(
        subject,
        "communes",
        Picture(
            "bars", "Điểm tổng hợp và khoảng hạng", ranked, "score", measure="điểm", highlight=chosen, ranges=ranges
        ),
        Picture("tiles", "Trên bản đồ ô", tiled, "score", measure="điểm", highlight=chosen),
    )


def _late(subject: Subject, title: str) -> Slide:
    """Late dossiers by field and by month."""
    fields = subject.ask("field_lateness")
    fields = fields.assign(value=fields["late"], text=fields["late_text"], status="context").head(ROWS)
    months = subject.ask("service_months")
    months = months.assign(value=months["open_late"], text=months["open_late_text"], target=None)
    return _with_pictures(
        subject,
        "late",
        Picture("bars", "Hồ sơ trễ hạn theo lĩnh vực", fields, "late", measure="hồ sơ"),
        Picture(
            "line",
            "Quá hạn chưa giải quyết cuối tháng",
            months,
            "late",
            measure="hồ sơ",
            name="Quá hạn",
            events=subject.ask("events", kind="month", indicator=""),
        ),
    )


def _land(subject: Subject, title: str) -> Slide:
    """The three tiers of land dossiers, and the units where they were filed."""
    steps, units = subject.ask("land_steps"), subject.ask("land_units")
    steps = steps.assign(unit_code=steps["code"])
    units = units.assign(unit_code=units["code"], text=units["late_text"]).head(ROWS)
    return _with_pictures(
        subject,
        "land",
        Picture("bars", "Tỷ lệ trễ ở từng bước", steps, "land"),
        Picture("bars", "Trễ hạn theo nơi tiếp nhận", units, "land", measure="hồ sơ"),
    )


def _discipline(subject: Subject, title: str) -> Slide:
    """Late dossiers without an apology, and dossiers closed only on paper, by unit."""
    pictures = []
    for subset, base, words in (
        ("late_without_apology", "late", "Trễ hạn chưa có thư xin lỗi"),
        ("not_closed", "resolved", "Giấy đã xong, điện tử chưa kết thúc"),
    ):
        rows = subject.ask("unit_share", subset=subset, base=base, indicator="")
        rows = rows.assign(unit_code=rows["code"], value=rows["dossiers"], text=rows["dossiers_text"]).head(ROWS)
        pictures.append(Picture("bars", words, rows, "discipline", measure="hồ sơ"))
    return _with_pictures(subject, "discipline", *pictures)


def _online(subject: Subject, title: str) -> Slide:
    """The worst communes in online filing and online payment."""
    pictures = []
    for indicator, words in (
        ("T14", f"Nộp trực tuyến, chín {subject.member} thấp nhất"),
        ("T17", "Thanh toán trực tuyến, thấp nhất"),
    ):
        rows = subject.ask("commune_indicator", indicator=indicator)
        rows = rows[rows["value"].notna()].assign(rank=lambda frame: frame["place"]).tail(ROWS)
        pictures.append(Picture("bars", words, rows, indicator))
    return _with_pictures(subject, "online", *pictures)


def _service(subject: Subject, title: str) -> Slide:
    """The portal's points by group beside those computed here; only the computed ones if the portal has none."""
    rows = subject.ask("portal_groups")
    groups = rows[rows["portal_group"] != "total"]
    groups = groups.assign(
        unit_code=groups["portal_group"], rank=None, status="context", low_volume=False, target=None, target_text=""
    )
    pictures = [
        Picture("bars", words, groups.assign(value=groups[share], text=groups[text]), "portal", measure="%")
        for words, share, text in (
            ("Cổng công bố: % điểm tối đa từng nhóm", "official_share", "official_text"),
            ("Tính từ hồ sơ (ước tính)", "computed_share", "computed_text"),
        )
        if groups[share].notna().any()
    ]
    message = rows["sentence"].iloc[0] if len(rows) else ""
    return _with_pictures(subject, "service", *pictures, message=_short(message, 330))


def _digital(subject: Subject, title: str) -> Slide:
    """The pillars of digital transformation, and the distance to the target class."""
    groups = subject.ask("simulated_groups", index="dti")
    groups = groups[groups["criterion_code"] != "total"]
    groups = groups.assign(unit_code=groups["criterion_code"], target_text="Tốt")
    past = subject.ask("simulated_trend", index="dti", criterion="total")
    return _with_pictures(
        subject,
        "digital",
        Picture("bars", "Điểm từng nhóm (thang 100)", groups, "simulated", measure="điểm"),
        Picture(
            "line",
            "Cả bộ chỉ số so với mức Tốt",
            past,
            "simulated",
            measure="điểm",
            events=subject.ask("events", indicator=""),
        ),
    )


def _districts(subject: Subject, title: str) -> Slide:
    """The newest year of both indices, all districts in order."""
    places = subject.ask("district_place")
    newest = places[places["is_newest"]].set_index("index_code")
    own, pictures = subject.ask("freshness")["ranked_code"].iloc[0], []
    for index in ("dti", "par"):
        if index in newest.index:
            year = int(newest.loc[index, "year"])
            rows = subject.ask("district_scores", index=index, year=year)
            rows = rows.assign(rank=lambda frame: frame["place"])
            words = f"{newest.loc[index, 'short_name']} năm {year} (% điểm tối đa)"
            pictures.append(Picture("bars", words, rows, "index", measure="điểm", highlight=own))
    return _with_pictures(subject, "districts", *pictures)


def _initiatives(subject: Subject, code: str, kind: str) -> Slide:
    """Pilots or tasks, overdue ones first."""
    rows = subject.ask("initiatives", initiative_kind=kind, plan="")
    counted = subject.ask("initiative_count", initiative_kind=kind, plan="").iloc[0]
    lines = [
        f"{row['state_name']}, {vietnamese.percent(row['percent'], 0)}: {_short(row['name'])} ({_short(row['owner'])}, hạn "
        f"{vietnamese.date(row['due_on'])})"
        for row in rows.head(6).to_dict("records")
    ]
    return Slide(
        code,
        TITLES[code],
        counted["sentence"],
        lines=tuple(lines),
        simulated=rows.attrs["simulated"],
        notes=_notes(subject, "pilot") if kind == "pilot" else _notes(subject),
    )


def _with_call(sentence: str, call: str, most: int = 235) -> str:
    """A sentence and whom to call, in three lines of a slide: whole clauses are left out at the end, never the call."""
    room, clauses = most - len(call) - 1, re.split(r"(?<=[;.]) ", sentence)
    kept = clauses[0]
    for clause in clauses[1:]:
        if len(kept) + 1 + len(clause) > room:
            break
        kept = f"{kept} {clause}"
    return f"{_short(kept.rstrip(';.'), room)}. {call}".strip() if call else _short(kept, most)


def _short(text: str, most: int = 80) -> str:
    """A text shortened to two lines of a slide with six entries."""
    return textwrap.shorten(str(text), most, placeholder="…")


# Slides about the whole district whichever unit is chosen; they say so.
_OF_THE_DISTRICT = {"attention", "communes", "districts", "pilots", "tasks"}
TITLES = {
    "opening": "Mở đầu",
    "headline": "Con số chính so với mục tiêu",
    "attention": "Cần chú ý",
    "communes": "Xếp hạng 17 xã, thị trấn",
    "late": "Hồ sơ trễ hạn",
    "land": "Đất đai ba cấp",
    "discipline": "Kỷ cương: xin lỗi, đồng bộ giấy và điện tử",
    "online": "Trực tuyến và thanh toán trực tuyến",
    "service": "Chỉ số 766",
    "digital": "Chuyển đổi số theo nhóm",
    "districts": "Trong 10 huyện, thị xã, thành phố",
    "pilots": "Mô hình thí điểm",
    "tasks": "Việc đến hạn và quá hạn",
}


def titles(subject: Subject) -> dict[str, str]:
    """TITLES adapted to the home."""
    units = subject.ask("units")
    members = (units["is_member"] & ~units["is_successor"]).sum()
    return TITLES | {"communes": f"Xếp hạng {members} {subject.members}"}


_MAKERS: dict[str, Callable[[Subject, str], Slide]] = {
    "opening": _opening,
    "headline": _headline,
    "attention": _attention,
    "communes": _communes,
    "late": _late,
    "land": _land,
    "discipline": _discipline,
    "online": _online,
    "service": _service,
    "digital": _digital,
    "districts": _districts,
    "pilots": lambda subject, title: _initiatives(subject, "pilots", "pilot"),
    "tasks": lambda subject, title: _initiatives(subject, "tasks", "task"),
}
