"""Sentences and texts of queries, built from the columns that a query returns.

Each function makes one text and is registered under the names of its queries. It gets one row, with None for missing
values, and omits the clause of a missing value. `words.columns.written` adds the texts to the answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from words.vietnamese import (
    absent,
    and_others,
    change,
    date,
    decimals_of,
    inside,
    limit,
    measure_of_change,
    number,
    ordinal,
    percent,
    quantity,
    sign,
    target,
    together,
)

Row = dict[str, Any]
Writer = Callable[[Row], str]

_POINTS = decimals_of("điểm")


@dataclass(frozen=True)
class Text:
    """One text of a query: its column name, the function that writes it, and the column after which it is placed."""

    column: str
    write: Writer
    after: str | None


_OF_QUESTION: dict[str, list[Text]] = {}


def texts_of(question: str | None) -> Iterable[Text]:
    """The texts of queries/<question>.sql, in order."""
    return _OF_QUESTION.get(question, ())


def questions() -> set[str]:
    """The queries that have a text."""
    return set(_OF_QUESTION)


def _says(*questions: str, column: str = "sentence", after: str | None = None) -> Callable[[Writer], Writer]:
    """Register a function as a text of these queries; without `after` the text is the last column."""

    def register(write: Writer) -> Writer:
        for question in questions:
            _OF_QUESTION.setdefault(question, []).append(Text(column, write, after))
        return write

    return register


def _outside(text: str) -> str:
    """A text at the start of a sentence: first letter in upper case."""
    return text[:1].upper() + text[1:]


def _if(part: Any, clause: str) -> str:
    """A clause, or "" if its value is missing."""
    return "" if part is None else clause


def _aimed(row: Row, at: str = "target", measure: str = "measure") -> str:
    """The target in brackets, for use after a value."""
    return _if(row[at], f" (mục tiêu {target(row[at], row[measure])})")


def _of_points(points: float | None, maximum: float | None) -> str:
    """Points of the maximum: “1,25/10 điểm”."""
    return quantity(points, "điểm") if maximum is None else f"{number(points, _POINTS)}/{target(maximum, 'điểm')}"


def _of_ranked(place: float, ranked: float | None) -> str:
    """A rank and the number of ranked units: “hạng 3/17”; the rank alone where nobody knows of how many."""
    return f"hạng {ordinal(place)}" + _if(ranked, f"/{ordinal(ranked)}")


def _counted(row: Row, value: str, numerator: str, denominator: str, measure: str | None = None) -> str:
    """A value, and of what a share is taken: “12,1 % (4/33)”."""
    said = quantity(row[value], measure or row["measure"])
    top, bottom = row[numerator], row[denominator]
    if top is None or bottom is None or (measure or row["measure"]) != "%":
        return said
    return f"{said} ({number(top)}/{number(bottom)})"


def _with_share(count: float | None, share: float | None) -> str:
    """Dossiers and their share: “12 hồ sơ · 3,4 %”."""
    return quantity(count, "hồ sơ") + _if(share, f" · {percent(share)}")


# -------------------------------------------------------------------------------------- what is not known


@_says("lacking")
def _lacking(row: Row) -> str:
    whole = row["dossiers"] == row["handled"]
    return row["column_titles"] + ("" if whole else f" ({number(row['dossiers'])}/{number(row['handled'])} hồ sơ)")


def unknown_columns(columns: Iterable[str]) -> str:
    """The sentence about the columns that files lack, from the sentences of question lacking; empty if they lack none."""
    listed = "; ".join(columns)
    if not listed:
        return ""
    return f"Chưa biết: tệp hồ sơ không có cột {listed}. Số cần cột đó để trống, hoặc chỉ tính trên hồ sơ có cột."


@_says("unit_days", column="text")
def _unit_days(row: Row) -> str:
    further = f" và {number(row['further_units'])} đơn vị khác" if row["further_units"] else ""
    return f"{row['unit_names']}{further} ({date(row['known_to']) if row['known_to'] else 'chưa có tệp'})"


def what_is_unknown(subject: Any, **more: object) -> list[str]:
    """The sentences of what the figures of a period do not know; subject.ask answers questions about it."""
    said = [
        units_behind(subject.ask("unit_days", **more)),
        refused_rows(subject.ask("refused", **more)["sentence"]),
        unclear_dossiers(subject.ask("unclear", **more)),
        unknown_columns(subject.ask("lacking", **more)["sentence"]),
    ]
    return [sentence for sentence in said if sentence]


# What a row of each table is, for the sentence about rows that were refused.
_ROWS = {
    "dossier": "hồ sơ",
    "dossier_step": "bước đất đai",
    "kpi_value": "giá trị chỉ tiêu",
    "service_report": "dòng báo cáo II.06",
    "index_score": "điểm chỉ số",
    "portal_score": "điểm 766 trên Cổng",
    "initiative": "mô hình, nhiệm vụ",
    "equipment": "dòng thiết bị",
    "essential_service": "dịch vụ công thiết yếu",
    "community_team": "Tổ công nghệ số cộng đồng",
    "product": "sản phẩm trên sàn",
}


@_says("refused", "refused_files")
def _refused(row: Row) -> str:
    return f"{number(row['missing_rows'])} {_ROWS.get(row['table_name'], 'dòng')} bị trả lại"


def refused_rows(tables: Iterable[str]) -> str:
    """The sentence about rows that were refused and have not come in since; empty if there are none."""
    listed = ", ".join(tables)
    return f"Thiếu {listed} khi nạp, chưa nạp lại." if listed else ""


def unclear_dossiers(answer: Any) -> str:
    """How many open dossiers are unclear, from the answer of question unclear; empty if none is."""
    return "" if answer.empty else answer["sentence"].iloc[0]


_TIME_RULES = {
    False: "So với ngày hẹn theo giờ, phút: ngày hẹn không ghi giờ là hết ngày đó, ngày kết thúc không ghi giờ là đầu ngày đó, "
    "hồ sơ đang giải quyết xét lúc hết ngày",
    True: "So với ngày hẹn theo ngày: xong trong ngày hẹn là đúng hạn, đang giải quyết thì quá hạn từ ngày sau ngày hẹn",
}
UNCONFIRMED = {"unverified": "chưa đối chiếu văn bản gốc", "proposed": "đề xuất, chưa được phê duyệt"}


@_says("freshness", column="time_rule_text")
def _time_rule(row: Row) -> str:
    """The rule by which ends are compared with due dates, and whether it is confirmed."""
    doubt = UNCONFIRMED.get(row["time_status"])
    return f"{_TIME_RULES[bool(row['by_day'])]}{f' ({doubt})' if doubt else ''}."


@_says("unclear")
def _unclear_dossiers(row: Row) -> str:
    return (
        f"Chưa rõ {quantity(row['dossiers'], 'hồ sơ')} từ {date(row['told_on'])}: đang mở ở tệp trước, không có trong tệp sau; "
        "không tính vào đúng hạn hay trễ hạn."
    )


# Said where the first file had only the dossiers received in its days.
OLDER_UNKNOWN = "thiếu hồ sơ cũ: tệp đầu chỉ có hồ sơ mới nhận"
# Said where so many rows of the file were refused that what is left says little of the whole.
ROWS_UNKNOWN = "tệp còn nhiều dòng bị trả lại"


def units_behind(days: Any) -> str:
    """Which units have no data up to the newest day, from the answer of question unit_days; empty if all have."""
    if len(days) < 2 or absent(days["known_to"].iloc[0]):
        return ""
    newest, rest = days.iloc[0], days["text"].iloc[1:]
    fresh = f"{number(newest['units'])}/{number(newest['all_units'])} đơn vị đến {date(newest['known_to'])}"
    return f"Số liệu hồ sơ: {fresh}; chưa có: {'; '.join(rest)}."


@_says("headline", "unit_indicators", "commitment_figure", column="known_text")
def _known(row: Row) -> str:
    """Why a value is unknown, or of which part of the whole it is; empty if it is of the whole."""
    return " · ".join(
        filter(
            None,
            [
                _nothing(row),
                _known_units(row),
                _known_months(row),
                _volume_known(row),
                _known_columns(row),
                _unclear(row),
                *_without(row),
                _by_statute(row),
            ],
        )
    )


# The two marks of a monthly series: what changed against what is usual, and whether the target will be met.
VARIATIONS = {
    "better": "tốt lên thật",
    "worse": "xấu đi thật",
    "up": "tăng thật",
    "down": "giảm thật",
    "usual": "dao động thường",
}
ASSURANCES = {
    "always": "sẽ luôn đạt",
    "sometimes": "lúc đạt lúc không",
    "never": "sẽ không đạt với cách làm hiện nay",
}
# The same in a column that says “if it goes on so”.
ASSURED = ASSURANCES | {"never": "sẽ không đạt"}
BASE_MONTHS = 12  # as in queries/build/home/25_process.sql


@_says("headline", "unit_indicators", "commitment_figure", column="process_text")
def _process(row: Row) -> str:
    """Both marks in words; how many months are known where they are too few; empty without a monthly series."""
    if row["variation"] is None:
        few = row["series_months"]
        return (
            "" if few is None else f"chưa đủ tháng để biết dao động ({number(few)}/{number(BASE_MONTHS)}{_since(row)})"
        )
    told = [VARIATIONS[row["variation"]], ASSURANCES.get(row["assurance"])]
    month = f" ({inside(row['month_title'])})" if row["is_other_month"] else ""
    return f"{'; '.join(filter(None, told))}{month}{_if(row['split_on'], f' (mức thường{_since(row)})')}"


def _since(row: Row) -> str:
    """From which event on months are counted, if one has split the series."""
    return _if(row["split_on"], f" từ {date(row['split_on'])}: {row['split_name']}")


def _nothing(row: Row) -> str:
    """That there was nothing to count, which is not the same as no report."""
    return "trong kỳ không phát sinh" if row["value"] is None and row["denominator"] == 0 else ""


def _known_months(row: Row) -> str:
    """Of how many months a flow is the sum, if not of all that are over."""
    known, every = row["known_months"], row["all_months"]
    if known is None or known >= every:
        return ""
    return f"cộng {number(known)}/{number(every)} tháng có báo cáo"


def _known_units(row: Row) -> str:
    """Of how many members a value is; of a single unit, up to which day."""
    known, every = row["known_units"], row["all_units"]
    if known is None or every is None or known >= every:
        return ""
    if every > 1:
        return (
            f"{number(known)}/{number(every)} {row['member_word']} đủ số liệu"
            if known
            else f"chưa {row['member_word']} nào có số liệu"
        )
    return f"mới có số liệu đến {date(row['known_on'])}" if row["known_on"] else "chưa có tệp của kỳ này"


def _known_columns(row: Row) -> str:
    if not row["lacking"]:
        return ""
    if not row["known_dossiers"]:
        return f"tệp không có cột {row['lacking']}"
    told = row["all_dossiers"] - (row["unclear_dossiers"] or 0)
    return f"tính trên {number(row['known_dossiers'])}/{number(told)} hồ sơ có cột {row['lacking']}"


def _unclear(row: Row) -> str:
    count = row["unclear_dossiers"]
    return f"không kể {number(count)} hồ sơ chưa rõ" if count else ""


def _by_statute(row: Row) -> str:
    """How many of the dossiers had no due date."""
    count = row["by_statute"]
    return f"{quantity(count, 'hồ sơ')} xét theo thời hạn thủ tục" if count else ""


def _without(row: Row) -> Iterator[str]:
    """That nobody knows of older dossiers, or of refused rows; a reported value has no such limit."""
    if row["value"] is not None:
        yield OLDER_UNKNOWN if row["older_known"] is False else ""
        yield ROWS_UNKNOWN if row["rows_known"] is False else ""


def _volume_known(row: Row) -> str:
    """That enough units are known, but not those with the most dossiers."""
    is_said = row["volume_known"] is False and row["known_units"] and (row["all_units"] or 0) > 1
    return "thiếu đơn vị thường nhận nhiều hồ sơ" if is_said else ""


@_says("commitment_figure", column="figure_text")
def counted_figure(row: Row) -> str:
    """A figure with what it counts and of which period, for a task given about it."""
    said = "chưa biết" if row["value"] is None else _counted(row, "value", "numerator", "denominator")
    part = "chưa đủ số liệu" if row["is_part"] and row["value"] is not None else ""
    return ", ".join(filter(None, [said, inside(row["period_title"] or ""), part]))


# ---------------------------------------------------------------------------------------- what was sent


# What is counted in a month, by uploaded table.
_COUNTED = {
    "dossier": "ngày",
    "dossier_step": "hồ sơ có bước xử lý",
    "kpi_value": "chỉ tiêu",
    "service_report": "biểu",
    "initiative": "việc",
}


_SENT = {
    "dossier": "hồ sơ",
    "dossier_step": "bước xử lý hồ sơ đất đai",
    "kpi_value": "chỉ tiêu",
    "service_report": "biểu II.06",
    "initiative": "mô hình, nhiệm vụ",
}


@_says("filing_grid", column="text")
def _filed_briefly(row: Row) -> str:
    """What a cell of the grid says: up to which day, or how many of how many."""
    if row["filing"] != "part":
        return {"whole": "✓", "missing": "–"}.get(row["filing"], "")
    if row["known"] == row["expected"]:
        return "thiếu dòng" if row["older_known"] else "thiếu cũ"
    return f"đến {row['known_to']:%d/%m}" if _known_from_first(row) else f"{_of_expected(row)}"


@_says("filing_grid", column="told_text")
def _filed(row: Row) -> str:
    """The same at length."""
    if row["filing"] == "none":
        return "không phải gửi"
    rows = f" · {quantity(row['row_count'], 'dòng')}" if row["row_count"] else ""
    if row["filing"] == "missing":
        return f"chưa có; {_known_so_far(row)}{rows}"
    known = f"{_of_expected(row)} {_COUNTED[row['table_name']]}"
    until = f", đến {date(row['known_to'])}" if row["table_name"] == "dossier" else ""
    older = "" if row["older_known"] else f"; {OLDER_UNKNOWN}"
    refused = "" if row["rows_known"] else f"; {ROWS_UNKNOWN}"
    return f"{'đã có đủ' if row['filing'] == 'whole' else 'có một phần'}: {known}{until}{older}{refused}{rows}"


def _of_expected(row: Row) -> str:
    return f"{number(row['known'])}/{number(row['expected'])}"


def _known_from_first(row: Row) -> bool:
    """Whether a month's dossiers are known from its first day on, but not to its end."""
    return row["table_name"] == "dossier" and row["known_to"].day == row["known"]


def _known_so_far(row: Row) -> str:
    return f"mới đến {date(row['known_to'])}" if row["known_to"] else "chưa có tệp nào"


@_says("filing_grid", column="late_text")
def _late_unit(row: Row) -> str:
    """A unit in the reminder, with what there is of it; empty if nothing is missing."""
    if row["filing"] not in ("missing", "part"):
        return ""
    if row["filing"] == "part" and row["known"] == row["expected"]:
        lacking = ROWS_UNKNOWN if row["older_known"] else "thiếu hồ sơ nhận trước đó còn giải quyết trong tháng"
        return f"{inside(row['full_name'])} ({lacking})"
    known = f"mới có {_of_expected(row)} {_COUNTED[row['table_name']]}"
    is_counted = row["filing"] == "part" and not _known_from_first(row)
    return f"{inside(row['full_name'])} ({known if is_counted else _known_so_far(row)})"


def reminder(table: str, month: str, late: Iterable[str], is_nothing: bool = False) -> str:
    """Which units have not sent a month's data, to be copied into a message; `is_nothing`: they have sent none of it."""
    listed = ", ".join(filter(None, late))
    if not listed:
        return f"Mọi đơn vị đã gửi đủ số liệu {_SENT[table]} {inside(month)}."
    return f"Chưa có {'' if is_nothing else 'đủ '}số liệu {_SENT[table]} {inside(month)}: {listed}."


@_says("unclear_units", column="text")
def _unclear_unit(row: Row) -> str:
    since = _if(row["told_on"], f", không rõ từ {date(row['told_on'])}")
    return f"{row['name']}: {quantity(row['dossiers'], 'hồ sơ')} chưa rõ{since}"


@_says("sent_files", column="months_text", after="last_title")
def _months_of_file(row: Row) -> str:
    same = row["first_title"] == row["last_title"]
    return row["first_title"] if same else f"{row['first_title']} – {row['last_title']}"


# Where a source of data stands.
STANDINGS = {
    "overdue": "quá hạn gửi",
    "never": "chưa gửi lần nào",
    "in_time": "chưa đến hạn",
    "unknown": "chưa rõ nhịp gửi",
    "ended": "không chờ nữa",
}


@_says("arrivals")
def _arrival(row: Row) -> str:
    """Where a source stands: when it sent last, up to which day that tells, when it should send again."""
    if row["standing"] == "never":
        return "chưa gửi lần nào" + _if(row["every_days"], f", hẹn {_each(row['every_days'])}") + "."
    told = f"lần gần nhất {date(row['last_on'])}" + _if(row["told_to"], f", nói đến {date(row['told_to'])}")
    if row["standing"] == "overdue":
        rhythm = f"hẹn {_each(row['every_days'])}" if row["every_days"] else f"thường {_each(row['usual_days'])}"
        return f"quá hạn {quantity(row['days_over'], 'ngày', 0)}: {told}, {rhythm}, chờ từ {date(row['expected_on'])}."
    awaited = _if(row["expected_on"], f", chờ lần tới {date(row['expected_on'])}")
    return f"{told}{awaited}."


def _each(days: int) -> str:
    """How often: every day, or once in some days."""
    return "mỗi ngày một lần" if days == 1 else f"{number(days)} ngày một lần"


def overdue_sources(said: list[str], never: int) -> str:
    """Which sources are overdue, in one line; and how many have never sent, apart from these.

    >>> overdue_sources(["Xã A", "Xã B", "Xã C", "Xã D"], 1)
    'Quá hạn gửi số liệu: Xã A; Xã B; Xã C; và 1 nguồn khác. Chưa gửi lần nào: 1 nguồn.'
    """
    more = [f"và {number(len(said) - 3)} nguồn khác"] if len(said) > 3 else []
    late = f"Quá hạn gửi số liệu: {'; '.join([*said[:3], *more])}." if said else ""
    return " ".join(filter(None, [late, f"Chưa gửi lần nào: {number(never)} nguồn." if never else ""]))


@_says("period_gap", column="gap_text")
def _gap(row: Row) -> str:
    """Why figures from dossiers are unknown in a period; empty if everything is known."""
    older = OLDER_UNKNOWN if row["older_known"] is False and row["known_units"] else ""
    refused = ROWS_UNKNOWN if row["rows_known"] is False and row["known_units"] else ""
    return "; ".join(filter(None, [_unknown_members(row), _silent_members(row), older, refused, _unknown_columns(row)]))


def _silent_members(row: Row) -> str:
    return f"chưa có hồ sơ của {row['silent_names']}, nơi thường nhận nhiều hồ sơ" if row["silent_names"] else ""


def _unknown_members(row: Row) -> str:
    known, every = row["known_units"], row["all_units"]
    if not every or known >= every:
        return ""
    if every > 1:
        word = row["member_word"]
        return (
            f"mới {number(known)}/{number(every)} {word} có số liệu hồ sơ"
            if known
            else f"chưa {word} nào có số liệu hồ sơ"
        )
    return f"hồ sơ mới có đến {date(row['known_on'])}" if row["known_on"] else "chưa có tệp hồ sơ của kỳ này"


def _unknown_columns(row: Row) -> str:
    if not row["column_titles"]:
        return ""
    return f"tệp hồ sơ không có cột {some_columns(columns_in(row['column_titles']))}"


def columns_in(listed: str) -> list[str]:
    """The titles of a list “A”, “B”: a title may have a comma.

    >>> columns_in("“Kênh”, “Có phản ánh, kiến nghị”")
    ['Kênh', 'Có phản ánh, kiến nghị']
    """
    return listed.strip("“”").split("”, “")


def some_columns(titles: list[str]) -> str:
    """The first three of these titles in quotes, and how many more.

    >>> some_columns(["A", "B", "C", "D", "E"])
    '“A”, “B”, “C” và 2 cột khác'
    """
    further = f" và {number(len(titles) - 3)} cột khác" if len(titles) > 3 else ""
    return ", ".join(f"“{title}”" for title in titles[:3]) + further


def why_lacking(absent_tables: Iterable[str], gap: str, lacking: int, every: int, word: str = "dòng") -> str:
    """Why a box is empty, or which part of it is: one line. `lacking` of `every` rows have no or too few data."""
    absent_words = "; ".join(f"chưa có tệp {inside(title)}" for title in absent_tables)
    if absent_words and not every:
        return f"{_outside(absent_words)}."
    part = f"{number(lacking)}/{number(every)} {word} chưa đủ số liệu" if every else "Không có gì để hiện"
    known = "đơn vị chưa gửi, hoặc không có gì để tính" if every else "trong kỳ không có hồ sơ nào như vậy"
    return f"{part}: {'; '.join(filter(None, [gap, absent_words])) or known}."


# ----------------------------------------------------------------------------------- what needs attention


@_says("attention")
def _attention(row: Row) -> str:
    return _ATTENTION[row["topic"]](row)


@_says("real_changes")
def _real_change(row: Row) -> str:
    if row["topic"] == "Thay đổi":
        return _steady(row)
    return f"{_changed(row, _good_way(row) if row['is_better'] else -_good_way(row))}."


@_says("attention", "real_changes", column="call_text")
def _call(row: Row) -> str:
    """Whom to call, and what to ask for."""
    return f"Gọi {row['called_name']}: {row['action']}." if row["called_name"] and row["action"] else ""


@_says("attention", column="matter_text")
def _matter(row: Row) -> str:
    """What it is about, as the first cell of a row."""
    if row["topic"] == "Trễ hạn":
        return f"{row['field_name']}: trễ hạn"
    return row["indicator_name"] or _steady(row)


@_says("attention", column="count_text")
def _count(row: Row) -> str:
    """Its figures as a cell: how many dossiers, or the value before and now, or the value and its target."""
    if row["topic"] == "Trễ hạn":
        least = "ít nhất " if row["is_least"] else ""
        return f"{least}{quantity(row['late'], 'hồ sơ')} trễ, {number(row['open_late'])} chưa xong"
    if row["value"] is None:
        return ""
    now = _counted(row, "value", "numerator", "denominator")
    if row["topic"] == "Mất nhiều điểm":
        return now + _if(row["target"], f", mục tiêu {target(row['target'], row['measure'])}")
    return f"{quantity(row['before'], row['measure'])} → {now}" if _went(row, -_good_way(row)) else now


@_says("attention", column="since_text")
def _noticed(row: Row) -> str:
    """In which month a change was noticed; empty for what is no change."""
    return inside(row["month_title"]) if row["month_title"] else ""


def _late_in_one_place(row: Row) -> str:
    return (
        f"{row['unit_name']} có {'ít nhất ' if row['is_least'] else ''}{quantity(row['late'], 'hồ sơ')} "
        f"lĩnh vực {row['field_name'].lower()} trễ hạn"
        + _if(
            row["late_share"],
            f", {percent(row['late_share'])} số trễ của cả {row['level_word']}"
            + _if(row["district_late"], f" ({quantity(row['district_late'], 'hồ sơ')})"),
        )
        + f"; {quantity(row['open_late'], 'hồ sơ')} còn chưa giải quyết."
    )


def _good_way(row: Row) -> int:
    """1 where more is better, -1 where less is."""
    return -1 if row["direction"] == "down" else 1


def _went(row: Row, way: int) -> bool:
    """Whether the figure went that way since the comparison period, 1 up, -1 down, as both are written."""
    return row["before"] is not None and sign(row["value"] - row["before"], row["measure"]) == way


def _worsened(row: Row) -> str:
    """A change for the worse that is beyond chance, and what else changed so."""
    also = _if(row["also_names"], f" Cùng xấu đi: {row['also_names']}.")
    further = _if(row["further_units"], f" Còn {quantity(row['further_units'], 'đơn vị')} khác xấu đi thật.")
    return f"{_changed(row, -_good_way(row))}.{also}{further}"


def _changed(row: Row, way: int) -> str:
    """A change beyond chance, way: 1 up, -1 down. The figures of both periods, if they went that way, and what is usual."""
    now = " "
    if _went(row, way):
        before = _counted(row, "before", "before_numerator", "before_denominator")
        now = f" từ {before} {'lên' if way > 0 else 'còn'} "
    return (
        f"{row['unit_name']}: {inside(row['indicator_name'])}{now}"
        f"{_counted(row, 'value', 'numerator', 'denominator')}; {_SIGNALS[row['signal_rule']](row, way)}"
    )


def _usual(row: Row) -> str:
    """The mean of the baseline: “mức thường 81,2 %”."""
    return f"mức thường {quantity(row['centre'], row['measure'])}"


def _outside_limits(row: Row, way: int) -> str:
    above = row["month_value"] > row["centre"]
    edge = row["upper_limit"] if above else row["lower_limit"]
    month = _counted(row, "month_value", "month_numerator", "month_denominator")
    where = (
        f"{inside(row['month_title'])} ({month})" if row["month_value"] != row["value"] else inside(row["month_title"])
    )
    return f"{where} {'trên' if above else 'dưới'} giới hạn {quantity(edge, row['measure'])} ({_usual(row)})"


_SIGNALS: dict[str, Callable[[Row, int], str]] = {
    "outside": _outside_limits,
    "two_of_three": lambda row, way: (
        f"hai trong ba tháng đến {inside(row['month_title'])} ở sát hoặc ngoài giới hạn dao động ({_usual(row)})"
    ),
    "trend": lambda row, way: (
        f"sáu tháng có số liệu đến {inside(row['month_title'])} liên tục {'tăng' if way > 0 else 'giảm'} ({_usual(row)})"
    ),
    "run": lambda row, way: (
        f"bảy tháng có số liệu đến {inside(row['month_title'])} đều {'trên' if way > 0 else 'dưới'} {_usual(row)}"
    ),
    "test": lambda row, way: "khác biệt lớn hơn mức may rủi",
}


def _steady(row: Row) -> str:
    """That nothing became worse beyond chance, of how many figures; or that nothing can be compared yet."""
    if not row["compared_values"]:
        return "Chưa đủ tháng để biết thay đổi nào là thật."
    units = f"{number(row['compared_values'])} số của {quantity(row['compared_units'], 'đơn vị')}"
    return f"Không có thay đổi xấu nào vượt dao động thường (đã xét {units})."


def _missed(row: Row) -> str:
    extreme = "cao nhất" if row["direction"] == "down" else "thấp nhất"
    return (
        f"{row['indicator_name']} toàn {row['level_word']} {_counted(row, 'value', 'numerator', 'denominator')}"
        + _if(row["target"], f", mục tiêu {target(row['target'], row['measure'])}")
        + _if(row["worst_name"], f"; {extreme}{_among(row)} là {_worst(row)}")
        + "."
    )


def _among(row: Row) -> str:
    """Of which units the lowest one is, if not of all."""
    return "" if row["worst_of_all"] is not False else f" trong các {row['member_word']} đủ số"


def _worst(row: Row) -> str:
    """The unit furthest from the target, those equal to it, and its value."""
    if row["tied_units"]:  # each has its own numerator and denominator
        return f"{together(row['worst_name'], row['tied_units'], row['member_word'])} {quantity(row['worst_value'], row['measure'])}"
    return f"{row['worst_name']} với {_counted(row, 'worst_value', 'worst_numerator', 'worst_denominator')}"


_ATTENTION = {"Trễ hạn": _late_in_one_place, "Xấu đi thật": _worsened, "Thay đổi": _steady, "Mất nhiều điểm": _missed}


# ------------------------------------------------------------------------------- goals of the year

PACES = {
    "reached": "đạt mục tiêu năm",
    "ended": "chưa đạt mục tiêu năm",
    "likely": "nhiều khả năng đạt",
    "open": "chưa chắc đạt",
    "unlikely": "khó đạt",
    "impossible": "không còn đạt được",
    "unknown": "chưa đủ năm để ước lượng",
    # An index, by its last assessment.
    "last_reached": "lần chấm gần nhất đạt",
    "last_missed": "lần chấm gần nhất chưa đạt",
}


@_says("goal_pace")
def _goal(row: Row) -> str:
    """Where a goal stands, what is needed from now on, and where the year will end if it goes on."""
    aim = f"mục tiêu {target(row['target'], row['measure'])}"
    name = f"Điểm ước tính {row['short_name']}" if row["is_index"] else row["name"]
    if row["form"] == "yearly":
        return f"{row['name']} năm {row['year']}: {quantity(row['value'], 'điểm')}, mức Tốt từ {target(row['target'], 'điểm')}; mỗi năm thẩm định một lần."
    if not row["months_left"]:
        return f"{name}: năm {row['year']} khép lại ở {quantity(row['value'], row['measure'])}, {aim}."
    return f"{name}: đến hết {inside(row['month_title'])} {quantity(row['value'], row['measure'])}, {aim}. " + " ".join(
        filter(None, [_needed(row), _ahead(row)])
    )


def _needed(row: Row) -> str:
    """What every month that is left must bring."""
    measure = row["measure"]
    if row["pace"] == "impossible":
        most = _if(row["most"], f": làm tốt mọi hồ sơ còn lại, cuối năm cũng chỉ {quantity(row['most'], measure)}")
        return f"Không còn đạt được{most if row['direction'] == 'up' and row['is_counted'] else ''}."
    if row["needed"] is None:
        return ""
    if row["form"] == "flow":
        now = f"ba tháng qua {quantity(row['recent'], measure)}"
        if sign((row["needed"] - row["recent"]) * _good_way(row), measure) <= 0:
            edge = "từ" if row["direction"] == "up" else "không quá"
            return f"Giữ {edge} {quantity(max(row['needed'], 0), measure)} mỗi tháng là đạt ({now})."
        more = (
            f", tức thêm {quantity(math.ceil(row['extra']), 'hồ sơ')} mỗi tháng"
            if row["is_counted"] and row["extra"] and row["direction"] == "up"
            else ""
        )
        edge = "Cần" if row["direction"] == "up" else "Cần không quá"
        return f"{edge} {quantity(row['needed'], measure)} mỗi tháng còn lại ({now}){more}."
    if (row["value"] - row["target"]) * _good_way(row) >= 0:
        return "Đang ở mức đạt."
    if not sign(row["needed"], measure):  # less than one a month
        return f"Còn thiếu {quantity(abs(row['target'] - row['value']), measure)} trong {quantity(row['months_left'], 'tháng')}."
    now = _if(row["recent"], f" (ba tháng qua {change(row['recent'], measure)})")
    return f"Cần {change(row['needed'], measure)} mỗi tháng{now}."


def _ahead(row: Row) -> str:
    """The year's end if it goes on, and what past years say of such projections."""
    if row["pace"] == "impossible" or row["projected"] is None:
        return ""
    experience = ""
    if row["low_end"] is not None:
        low, high = quantity(row["low_end"], row["measure"]), quantity(row["high_end"], row["measure"])
        experience = f"; thử lại các năm đã biết cho thấy {low} đến {high} (8 trên 10 lần)"
    return f"Nếu cứ thế, cuối năm khoảng {quantity(row['projected'], row['measure'])}{experience}."


# ------------------------------------------------------------------------------------------- events


@_says("events", column="event_text")
def _event(row: Row) -> str:
    """What happened, in a few words."""
    kind = row["event_kind"]
    if kind == "target":
        said = f"mục tiêu từ {target(row['before_target'], row['measure'])} thành {target(row['after_target'], row['measure'])}"
    elif kind == "pilot":
        said = f"bắt đầu thí điểm {inside(row['name'])}"
    else:
        said = "sắp xếp đơn vị hành chính" if kind == "reorganised" else row["name"] or ""
    return said + (", mức thường tính lại từ đây" if row["splits"] else "")


@_says("events", "entered_events", column="when_text")
def _when(row: Row) -> str:
    """The day of an event, or its first and its last."""
    first, last = date(row["from_on"]), date(row["to_on"] or row["from_on"])
    if first == last:
        return first
    return f"{first[:5] if first[5:] == last[5:] else first} – {last}"


@_says("entered_events", column="splits_text")
def _splits(row: Row) -> str:
    """Whether what is usual is counted anew from the event on."""
    return "tính lại" if row["splits"] else ""


# ------------------------------------------------------------------------- dossiers likely to be late

HOLDERS = {"commune": "cấp xã", "district": "cấp huyện", "province": "Văn phòng Đăng ký đất đai"}
# Of a procedure with fewer finished dossiers, the chance is mostly that of its field.
_FEW_ALIKE = 10
_TRIED_AGAIN = "Thử lại trên hồ sơ của 26 tuần qua"


@_says("late_risk", column="risk_text")
def _likely_late(row: Row) -> str:
    """How many of ten dossiers like this one became late, and what “like this one” means."""
    few = row["alike"] < _FEW_ALIKE
    like = [
        f"lĩnh vực {inside(row['field_name'])}" if few else inside(_shortened(row["procedure_name"])),
        f"còn {number(row['days_left'])} ngày" if row["days_left"] else "không còn ngày làm việc nào",
        *([f"đang ở {HOLDERS[row['holder_tier']]}"] if row["holder_tier"] in HOLDERS else []),
    ]
    said = f"{_of_ten(row['chance'])} hồ sơ như thế này ({', '.join(like)}) trễ hạn"
    # The chance also knows of the unit and the newest quarter; these are the finished ones of the same kind.
    return (
        said
        if few
        else f"{said}; 12 tháng qua {number(row['alike_late'])}/{number(row['alike'])} hồ sơ cùng thủ tục đã trễ"
    )


def _of_ten(chance: float) -> str:
    """A percentage as a number of ten: “7 trên 10”."""
    tenths = math.floor(chance / 10 + 0.5)
    if not tenths:
        return "Dưới 1 trên 20"
    return "Trên 19 trên 20" if tenths == 10 else f"Khoảng {tenths} trên 10"


def _shortened(name: str) -> str:
    """A long name of a procedure, cut after a whole word."""
    return name if len(name) <= 60 else f"{name[:60].rpartition(' ')[0]}…"


@_says("late_risk_trial")
def _risk_trial(row: Row) -> str:
    """What the trial says of the list, or why there is none."""
    if row["verdict"] == "short":
        few = row["months"] < 12
        lacking = (
            f"cần 12 tháng hồ sơ có số liệu, nay có {number(row['months'])}" if few else "chưa đủ hồ sơ để thử lại"
        )
        return f"Chưa nêu hồ sơ sắp trễ: {lacking}. Hãy dùng ô Sắp đến hạn."
    if row["verdict"] == "off":
        gap = quantity(row["worst_miss"], measure_of_change("%"))
        return f"Ẩn danh sách sắp trễ: {inside(_TRIED_AGAIN)}, khả năng nêu ra lệch thực tế đến {gap}. Hãy dùng ô Sắp đến hạn."
    if row["verdict"] == "no_better":
        return (
            f"Ẩn danh sách sắp trễ: {inside(_TRIED_AGAIN)}, không hơn xếp theo số ngày còn lại. Hãy dùng ô Sắp đến hạn."
        )
    if row["first_late"] is None:
        return f"{_TRIED_AGAIN}: khả năng nêu ra đúng với thực tế, hơn xếp theo số ngày còn lại."
    return (
        f"{_TRIED_AGAIN}: trong 100 hồ sơ đứng đầu danh sách, {number(row['first_late'])} hồ sơ trễ; "
        f"xếp theo số ngày còn lại thì {number(row['first_late_days'])}."
    )


@_says("late_risk_trial", column="trial_text")
def _risk_figures(row: Row) -> str:
    """The figures of the trial; empty if nothing was tried."""
    if row["auc"] is None:
        return ""
    return (
        f"{_TRIED_AGAIN} ({number(row['dossiers'])} lượt hồ sơ, {number(row['late'])} trễ): AUC {number(row['auc'], 3)}, theo số ngày còn "
        f"lại {number(row['auc_days'], 3)}; sai số Brier {number(row['brier'], 3)}, luôn nêu tỷ lệ chung thì {number(row['brier_share'], 3)}"
        + _if(
            row["worst_miss"],
            f"; nhóm khả năng đủ 100 hồ sơ lệch nhiều nhất {quantity(row['worst_miss'], measure_of_change('%'))}",
        )
        + "."
    )


# ------------------------------------------------------------------------------- apology letters

APOLOGIES = {
    "late": "Quá hạn, chưa có thư",
    "likely": "Sắp đến hạn, dễ trễ",
    "due": "Sắp đến hạn",
    "unsure": "Chưa biết đã hẹn lại chưa",
    "again": "Đã hẹn lại một lần",
}


@_says("apology_count")
def _apologies(row: Row) -> str:
    """For how many dossiers an apology is due today, and why; for how many that is unknown."""
    if not row["is_newest"]:
        return "Phiếu xin lỗi viết ở ngày số liệu mới nhất: chọn kỳ có ngày ấy."
    soon = f"đến hạn trong {number(row['lead_days'])} ngày làm việc"
    others = "hồ sơ khác" if row["late_apologies"] or row["likely_apologies"] else "hồ sơ"
    told = _counts(
        (row["late_apologies"], "hồ sơ đã quá hạn chưa có thư"),
        (row["likely_apologies"], f"hồ sơ {soon} và dễ trễ"),
        (row["due_apologies"], f"{others} {soon}"),
        (
            row["unsure_apologies"],
            "hồ sơ ở tệp không có cột Số lần hẹn lại: xem đã hẹn lại chưa trước khi cấp phiếu",
        ),
    )
    nothing = "" if row["unknown_apologies"] else "hôm nay không có hồ sơ nào phải xin lỗi, hẹn lại"
    further = _counts(
        (row["again_apologies"], "hồ sơ đã hẹn lại một lần, không được hẹn nữa: giải quyết dứt điểm"),
        (
            row["unknown_apologies"],
            "hồ sơ quá hạn hoặc sắp đến hạn chưa biết đã có thư chưa: tệp không có cột Ngày ban hành thư xin lỗi",
        ),
    )
    return " ".join(f"{part}." for part in [_outside("; ".join(told) or nothing), *further] if part)


def _counts(*pairs: tuple[int, str]) -> list[str]:
    """Each count with what it counts; of what there is none, nothing."""
    return [f"{number(count)} {what}" for count, what in pairs if count]


# ------------------------------------------------------------------- messages of report parts and slides


@_says("briefing")
def _briefing(row: Row) -> str:
    said = _BRIEFING[row["topic_code"]](row)
    return f"Trong số hồ sơ đã biết: {inside(said)}" if row["is_part"] else said


def _met(row: Row) -> str:
    moved = f"; so với mức thường {number(row['better'])} tốt lên thật, {number(row['worse'])} xấu đi thật"
    return f"{number(row['met'])} trên {number(row['total'])} chỉ tiêu chính đạt mục tiêu{moved if row['compared'] else ''}."


def _extremes(row: Row) -> str:
    ranked, every, word = row["ranked_units"], row["all_units"], row["member_word"]
    below = f"{number(row['below'])} {row['members_word']} dưới {target(row['target'], 'điểm')}."
    among = f"Trong {number(ranked)}/{number(every)} {word} xếp hạng được: " if ranked != every else ""
    if ranked is not None and row["best_units"] == ranked:
        who = f"{number(ranked)} {word} cùng" if ranked > 1 else row["best_name"]
        return f"{among}{who} {quantity(row['best'], 'điểm')}; {below}"
    best = together(row["best_name"], (row["best_units"] or 1) - 1, word)
    worst = together(row["worst_name"], (row["worst_units"] or 1) - 1, word)
    told = (
        f"cao nhất {best} {quantity(row['best'], 'điểm')}, thấp nhất {worst} {quantity(row['worst'], 'điểm')}; {below}"
    )
    return f"{among}{told}" if among else _outside(told)


def _late(row: Row) -> str:
    fields = together(f"lĩnh vực {inside(row['field_name'])}", (row["late_fields"] or 1) - 1, "lĩnh vực")
    most = f"; nhiều nhất là {fields} {quantity(row['field_late'], 'hồ sơ')}"
    most = most if row["late"] and not row["is_part"] else ""
    return (
        f"Trễ hạn {number(row['late'])} trong {quantity(row['handled'], 'hồ sơ')} ({percent(row['late_share'])}), "
        f"{quantity(row['open_late'], 'hồ sơ')} còn chưa giải quyết{most}."
    )


def _land(row: Row) -> str:
    # Without data on steps the current tier is unknown.
    somewhere = any(row[tier] for tier in ("at_commune", "at_district", "at_province"))
    unknown = f", chưa rõ cấp nào {number(row['at_unknown'])}" if row["at_unknown"] else ""
    where = (
        f"; đang ở cấp xã {number(row['at_commune'])}, cấp huyện {number(row['at_district'])}, Văn phòng Đăng ký đất đai "
        f"tỉnh {number(row['at_province'])}{unknown}"
    )
    return (
        f"{number(row['late'])} trong {quantity(row['handled'], 'hồ sơ')} đất đai ba cấp trễ hạn ({percent(row['late_share'])})"
        f"{where if somewhere else ''}."
    )


@_says("land_lateness")
def _land_lateness(row: Row) -> str:
    """How the counts of late land dossiers on different pages go together."""
    whole = (
        f"Lĩnh vực đất đai trễ hạn {quantity(row['field_late'], 'hồ sơ')} = {number(row['three_tier_late'])} hồ sơ ba cấp "
        f"+ {number(row['other_late'])} hồ sơ thủ tục đất đai khác"
    )
    office = (
        f"; trong đó {row['office_name']} {number(row['office_late'])} = {number(row['office_three_tier'])} ba cấp "
        f"+ {number(row['office_other'])} khác"
    )
    return f"{whole}{'' if row['office_name'] is None else office}. Trễ ở từng bước đếm số bước, không đếm hồ sơ."


def _discipline(row: Row) -> str:
    told = [
        f"{quantity(row[name], 'hồ sơ')} {words}"
        for name, words in (
            ("late_without_apology", "trễ chưa có thư xin lỗi"),
            ("not_closed", "giấy đã xong mà điện tử chưa kết thúc"),
        )
        if row[name] is not None
    ]
    return f"{'; '.join(told)}."


def _online(row: Row) -> str:
    told = [
        f"{words} {_counted(row, name, f'{name}_numerator', f'{name}_denominator', '%')}"
        + ("" if row["is_part"] else _if(row[aim], f" (mục tiêu {target(row[aim], '%')})"))
        for name, aim, words in (
            ("online", "online_target", "nộp trực tuyến"),
            ("paid", "paid_target", "thanh toán trực tuyến"),
        )
        if row[name] is not None
    ]
    return f"{_outside(', '.join(told))}."


def _digital(row: Row) -> str:
    known = row["coverage"] is None or row["coverage"] >= 100
    return (
        f"Điểm ước tính{_of_period(row)} {number(row['score'], _POINTS)}/100"
        + ("" if known else f" (mới đủ số liệu {number(row['coverage'])}/{target(100, 'điểm')})")
        + _if(
            row["criterion_name"],
            f"; mất nhiều điểm nhất: {_beside(row['criterion_name'], row['lost_criteria'], 'tiêu chí', quantity(row['points_lost'], 'điểm'))}",
        )
        + "."
    )


def _beside(name: str | None, equal: float | None, word: str, value: str) -> str:
    """A name with its value in brackets, or several equal ones with theirs."""
    if name is None:
        return ""
    return f"{together(name, equal - 1, word)} {value}" if equal and equal > 1 else f"{name} ({value})"


def _of_period(row: Row) -> str:
    """The period of an estimated score, for use after a noun."""
    return "" if row["period_title"] is None else f" {inside(row['period_title'])}"


def _districts(row: Row) -> str:
    rows = zip(row["index_names"], row["years"], row["places"], row["ranked"], strict=True)
    return "; ".join(f"{name} năm {ordinal(year)}: {_of_ranked(*placed)}" for name, year, *placed in rows) + "."


_BRIEFING = {
    "headline": _met,
    "communes": _extremes,
    "late": _late,
    "land": _land,
    "discipline": _discipline,
    "online": _online,
    "digital": _digital,
    "districts": _districts,
}


# ------------------------------------------------------------------------- the ten districts


@_says("criterion_lever")
def _criterion_lever(row: Row) -> str:
    return _CRITERION[row["kind"]](row)


def _distance(row: Row) -> str:
    if row["score"] is None:
        return "Chưa có điểm của huyện."
    if row["is_good"] and row["is_published"]:
        return f"Đã được công bố xếp loại {row['class_name']}."
    if row["good"] is None:
        return "Chưa có ngưỡng xếp loại Tốt để so."
    if row["score"] < row["good"]:
        return f"Còn thiếu {quantity(row['figure'], 'điểm')} để đạt Tốt (từ {limit(row['good'], 'điểm')})."
    published = row["is_published"] and row["class_name"]
    return (
        f"Đã qua ngưỡng Tốt ({limit(row['good'], 'điểm')}): hơn {quantity(-row['figure'], 'điểm')}"
        f"{f', nhưng xếp loại công bố là {published}' if published else ''}."
    )


def _lever(row: Row) -> str:
    known = row["score"] is not None and row["score_after"] is not None
    reached = known and row["good"] is not None and row["score"] < row["good"] <= row["score_after"]
    return (
        f"{_greatest(row['ties'])}: {row['name']}, {_of_points(row['own'], row['maximum'])}, kém {row['rival_name']} "
        + quantity(row["figure"], "điểm")
        + (f"; bằng {row['rival_name']} thì điểm thẩm định năm {ordinal(row['year'])} {_total(row)}" if known else "")
        + (", đủ để đạt Tốt" if reached else "")
        + _if(row["owner"], f". Phụ trách: {row['owner']}")
        + "."
    )


def _total(row: Row) -> str:
    """The total before and after."""
    return f"từ {number(row['score'], _POINTS)} lên {number(row['score_after'], _POINTS)}"


def _most_lost(equal: float | None) -> str:
    most = "một trong các chỗ mất nhiều điểm nhất" if equal and equal > 1 else "mất nhiều điểm nhất"
    return f"Trong phần có số liệu, {most}"


def _greatest(equal: float | None) -> str:
    return "Một trong các đòn bẩy lớn nhất" if equal and equal > 1 else "Đòn bẩy lớn nhất"


def _thinnest(row: Row) -> str:
    thin = "Một trong các lợi thế mỏng nhất" if row["ties"] and row["ties"] > 1 else "Lợi thế mỏng nhất"
    return f"{thin} cần giữ: {row['name']}, chỉ hơn {row['rival_name']} {quantity(row['figure'], 'điểm')}."


_CRITERION = {"distance": _distance, "lever": _lever, "defend": _thinnest}


@_says("district_criteria", column="lost_text")
def _lost(row: Row) -> str:
    if row["lost"] is None:
        return number(None)
    return f"{number(row['lost'], _POINTS)} ({row['best_name']})" if row["lost"] > 0 else "cao nhất"


@_says("district_criteria", column="lead_text")
def _lead(row: Row) -> str:
    return change(row["lead"], "", _POINTS)


@_says("district_place")
def _district_place(row: Row) -> str:
    if row["place"] is None:
        return f"Chưa xếp hạng năm {ordinal(row['year'])}."
    placed = f"{_outside(_of_ranked(row['place'], row['ranked_districts']))} năm {ordinal(row['year'])}"
    return f"{placed}{_beside_rival(row)}{_since_last_year(row)}."


def _beside_rival(row: Row) -> str:
    """The gap in points between the district and its rival."""
    if row["lead"] is None:
        return ""
    rival = and_others(row["rival_name"], row["rival_ties"], "nơi")
    if row["lead"] == 0:
        return f", bằng điểm {rival}"
    if row["lead"] > 0:
        return f", hơn {rival} {quantity(row['lead'], 'điểm')}"
    leads = " (dẫn đầu)" if row["rival_place"] == 1 else ""
    return f", kém {rival}{leads} {quantity(-row['lead'], 'điểm')}"


def _since_last_year(row: Row) -> str:
    """The change of rank since last year."""
    if row["before_place"] is None:
        return ""
    won = row["before_place"] - row["place"]
    return f"; {'tăng' if won > 0 else 'tụt'} {ordinal(abs(won))} hạng" if won else "; giữ hạng"


@_says("published_history", column="districts", after="district_scores")
def _published_history(row: Row) -> str:
    rows = zip(row["district_names"], row["district_scores"], strict=True)
    return ", ".join(name if score is None else f"{name} ({percent(score, _POINTS)})" for name, score in rows)


@_says("rank_range", column="text")
@_says("rank_range", "unit_standing", column="range_text")
def _range(row: Row) -> str:
    """The ranks of nine of ten repetitions: “10–13”; one rank if they are equal; empty without a rank."""
    low, high = row["low"], row["high"]
    if low is None:
        return ""
    return ordinal(low) if low == high else f"{ordinal(low)}–{ordinal(high)}"


@_says("rank_sensitivity", column="text")
def _rank_sensitivity(row: Row) -> str:
    return f"hạng {ordinal(row['low'])}" + (f"–{ordinal(row['high'])}" if row["high"] > row["low"] else "")


@_says("index_confirmation")
def _index_confirmation(row: Row) -> str:
    parts = (
        ("open_components", "components", "chỉ số thành phần"),
        ("open_criteria", "criteria", "tiêu chí"),
        ("open_bands", "bands", "ngưỡng xếp loại"),
        ("open_targets", "targets", "mục tiêu của chỉ tiêu"),
    )
    return ", ".join(f"{number(row[some])}/{number(row[all_])} {words}" for some, all_, words in parts if row[some])


# --------------------------------------------------------------------------- simulated points


@_says("index_lever")
def _index_lever(row: Row) -> str:
    if row["points_lost"] < 0.005:
        return "Mọi chỉ số thành phần có số liệu đều đã đủ điểm."
    known = row["score"] is not None and row["score_after"] is not None
    return (
        f"{_greatest(row['lever_parts']) if known else _most_lost(row['lever_parts'])}: {row['name']}, {quantity(row['value'], row['measure'])} so với mức đủ điểm "
        f"{target(row['full_at'], row['measure'])}, đang mất {_of_points(row['points_lost'], row['maximum'])}"
        + (f"; đạt mức này thì điểm ước tính{_of_period(row)} {_total(row)}" if known else "")
        + "."
        + _if(row["worst_name"], f" Xa nhất{_among(row)}: {_worst(row)}.")
    )


@_says("components", column="full_text", after="full_at")
def _full(row: Row) -> str:
    return target(row["full_at"], row["measure"])


@_says("components", column="points_rule", after="full_text")
def points_rule(row: Row) -> str:
    """How a component's value becomes points; row: maximum, full_at, measure, direction, limit_value, decimals, when_none."""
    most = f"nhiều nhất {target(row['maximum'], 'điểm')}"
    if row["direction"] == "down":
        told = f"{limit(row['maximum'], 'điểm')} × (1 − giá trị / {target(row['limit_value'], row['measure'])}), {most}"
    else:
        full = "mục tiêu của năm" if row["full_at"] is None else target(row["full_at"], row["measure"])
        told = f"giá trị × {limit(row['maximum'], 'điểm')} / {full}, {most}"
    rounding = _if(row["decimals"], f"; tỷ lệ và điểm làm tròn {number(row['decimals'])} chữ số")
    none = "không tính" if row["when_none"] is None else f"{target(row['when_none'] * row['maximum'], 'điểm')}"
    return f"{told}{rounding}; không phát sinh: {none}"


@_says("components", column="points_text", after="maximum")
def _points_of_component(row: Row) -> str:
    return f"{number(row['points'], _POINTS)}/{limit(row['maximum'], 'điểm')}"


@_says("simulated_groups", "simulated_units", column="points_text", after="maximum")
def _points_of_known(row: Row) -> str:
    return number(None) if row["points"] is None else _of_points(row["points"], row["known_maximum"])


# ----------------------------------------------------------------- points of the national portal


_GROUPS = 6
# What the portal counts from dossiers that reach it.
_OF_DOSSIERS = ("total", "publicity", "progress", "online", "digitisation", "payment")


@_says("portal_groups", "portal_units", column="official_text", after="maximum")
def _official(row: Row) -> str:
    if row["value"] is None:
        return "chưa có"
    return _without_unit(row["value"], row["maximum"]) + (" · tạm tính" if row["is_provisional"] else "")


def _without_unit(points: float | None, maximum: float | None) -> str:
    """Points of the maximum in a column whose title says that they are points."""
    return number(points, _POINTS) + _if(maximum, f"/{limit(maximum, 'điểm')}")


@_says("portal_groups", "portal_units", column="computed_text", after="computed_maximum")
def _computed(row: Row) -> str:
    """Points computed here: of the whole, or of the part that is known."""
    if row["computed"] is None:
        return "chưa có số liệu"
    part = "" if row["known_maximum"] == row["computed_maximum"] else " có số liệu"
    return f"{_without_unit(row['computed'], row['known_maximum'])}{part}"


@_says("portal_groups", "portal_units", column="difference_text", after="difference")
def _official_difference(row: Row) -> str:
    if row["value"] is None:
        return number(None)
    return "chưa so được" if row["difference"] is None else change(row["difference"], "", _POINTS)


@_says("portal_groups", column="why_text")
def _official_reasons(row: Row) -> str:
    return _outside("; ".join(_reasons(row))) or number(None)


def _reasons(row: Row) -> list[str]:
    """What explains that the portal's points and those computed here are not the same."""
    said: list[str] = []
    if row["value"] is None or (row["difference"] is not None and abs(row["difference"]) < 0.005):
        return said
    if row["missing_names"]:
        first, *others = row["missing_names"]
        said.append(f"ở đây thiếu số liệu: {and_others(first, len(others), 'chỉ số thành phần')}")
    whole = row["portal_group"] == "total"
    if row["portal_group"] in _OF_DOSSIERS and row["unsynced"]:
        said.append(f"{number(row['unsynced'])}/{number(row['synced_of'])} hồ sơ chưa đồng bộ lên Cổng (1.4)")
    if row["portal_group"] in ("total", "progress") and row["behind"]:
        said.append(f"{number(row['behind'])}/{number(row['behind_of'])} lần cập nhật trạng thái chậm (T22)")
    if whole and row["is_provisional"]:
        said.append("điểm Cổng là tạm tính" + _if(row["captured_on"], f", lấy ngày {date(row['captured_on'])}"))
    if whole and row["open_components"]:
        parts = f"{number(row['open_components'])}/{number(row['components'])} chỉ số thành phần"
        said.append(f"cách tính {parts} chưa đối chiếu văn bản gốc")
    return said


@_says("portal_groups")
def _official_sentence(row: Row) -> str:
    """What the portal says of a group; of what is computed here, only that it is not the portal's."""
    own = f"tính từ hồ sơ ở đây {'chưa có số liệu' if row['computed'] is None else _of_points(row['computed'], row['known_maximum'])}"
    own += "" if row["computed"] is None or row["known_maximum"] == row["computed_maximum"] else " có số liệu"
    whole = row["portal_group"] == "total"
    period = inside(row["period_said"] or "kỳ này") + (" dương lịch" if row["is_other_calendar"] else "")
    if row["value"] is None:
        if not row["is_counted"]:
            return f"Cổng chỉ chấm điểm theo tháng, quý, năm; {own}."
        few = row["known_groups"] if whole else None
        first = (
            f"Cổng mới có {number(few)}/{_GROUPS} nhóm nên chưa có tổng điểm" if few else "Chưa có điểm Cổng công bố"
        )
        return f"{first} cho {period}; {own}, không thay cho điểm của Cổng."
    ranked = "" if row["rank"] is None else f", {_of_ranked(row['rank'], row['ranked_units'])}"
    provisional = " (tạm tính)" if row["is_provisional"] else ""
    name = "Điểm 766" if whole else row["name"]
    gap = "" if row["difference"] is None else f", chênh {change(row['difference'], 'điểm')}"
    if not gap and row["shared_groups"]:
        shared = change(row["shared_difference"], "điểm")
        gap = f"; ở {number(row['shared_groups'])}/{_GROUPS} nhóm đủ số liệu để so, chênh {shared}"
    return f"{name} Cổng công bố {period}: {_of_points(row['value'], row['maximum'])}{ranked}{provisional}; {own}{gap}."


@_says("scenario_options", column="goal_text", after="goal")
def _goal(row: Row) -> str:
    return target(row["goal"], row["measure"])


# ------------------------------------------------------------------------------------------- one unit


@_says("unit_highlights")
def _unit_highlights(row: Row) -> str:
    told = f"{row['name']}: {_counted(row, 'value', 'numerator', 'denominator')}"
    same = f" cùng {number(row['tied_units'])} {row['member_word']} khác" if row["tied_units"] else ""
    placed = f"{_of_ranked(row['place'], row['placed_units'])}{same}"
    if row["kind"] == "strong":
        whole = f" (toàn {row['level_word']} {quantity(row['district'], row['measure'])})"
        return f"{told}, {placed}{_if(row['district'], whole)}."
    aim = _if(row["target"], f", mục tiêu {target(row['target'], row['measure'])}")
    return f"{told}{aim}, {placed}; mất {quantity(row['points_lost'], 'điểm')}."


@_says("unit_verdicts")
def _unit_verdicts(row: Row) -> str:
    praise = row["verdict"] == "praise"
    why = "Tiến bộ" if praise else "Giảm điểm"
    return (
        (f"{why}{' nhiều nhất' if row['is_most'] else ''}{_as_much(row)}: " if row["is_moved"] else "")
        + f"{row['name']}: {quantity(row['value'], 'điểm')}, {_of_ranked(row['place'], row['ranked_units'])}"
        + _if(row["change"], f", {change(row['change'], 'điểm')} so với kỳ so sánh")
        + "."
        + ("" if praise else _weakest(row))
    )


def _as_much(row: Row) -> str:
    """How many others moved as much."""
    return (
        f" (cùng {number(row['tied_units'])} {row['member_word']} khác)" if row["is_most"] and row["tied_units"] else ""
    )


def _weakest(row: Row) -> str:
    """Where a unit loses most points."""
    if row["weak_name"] is None:
        return ""
    value = _counted(row, "weak_value", "weak_numerator", "weak_denominator", row["weak_measure"])
    most = "Mất điểm" if row["weak_is_most"] is False else "Mất điểm nhất"
    return f" {most}: {inside(row['weak_name'])} {value}{_aimed(row, 'weak_target', 'weak_measure')}."


@_says("pilot_effects")
def _pilot_effects(row: Row) -> str:
    if row["change"] is None or row["others_change"] is None or row["indicator_title"] is None:
        return "Chưa đủ số liệu trước và sau để so."
    measure, faster = row["measure"], sign(row["ahead"], row["measure"]) > 0
    return (
        f"{row['place_name']}: {inside(row['indicator_title'])} từ {quantity(row['at_start'], measure)} "
        f"{'còn' if row['change'] < 0 else 'lên'} {quantity(row['latest'], measure)} ({change(row['change'], measure)}); "
        f"các {row['member_word']} khác {change(row['others_change'], measure)}. "
        + (
            f"Thí điểm đi nhanh hơn {quantity(row['ahead'], measure_of_change(measure))}."
            if faster
            else "Thí điểm chưa đi nhanh hơn nơi khác."
        )
    )


def _undated(row: Row) -> str:
    """Those done of which nobody knows when."""
    return f", xong mà không ghi ngày {number(row['done_undated'])}" if row["done_undated"] else ""


@_says("initiative_count")
def _initiative_count(row: Row) -> str:
    if not row["total"]:
        return "Chưa có dòng nào trong bảng theo dõi."
    return (
        f"{number(row['total'])} việc: xong đúng hạn {number(row['done'])}{_undated(row)}, xong trễ {number(row['done_late'])}, quá hạn "
        f"{number(row['overdue'])}, đang làm {number(row['running'])} (đến hạn trong 30 ngày tới: {number(row['due_soon'])})."
        + _if(
            row["worst_owner"],
            f" Quá hạn nhiều nhất: {_beside(row['worst_owner'], row['worst_owners'], 'cơ quan', quantity(row['worst_overdue'], 'việc'))}.",
        )
    )


@_says("essential_published")
def _essential_published(row: Row) -> str:
    told = f"Đã công bố: {row['value_said']} dịch vụ công thiết yếu được triển khai năm {row['period_said']}."
    return told + _if(row["source"], f" Nguồn: {row['source']}.")


# -------------------------------------------------------------------------------------- lists of units


def _told_by(row: Row, word: str) -> str:
    """How many of the units told: “12/17 xã đã kê”; or that none did."""
    if not row["told_units"]:
        return f"Chưa {word} nào kê (0/{number(row['units'])})."
    return f"{number(row['told_units'])}/{number(row['units'])} {word} đã kê: "


def _silent(row: Row) -> str:
    """Who has not told anything, which is not the same as having nothing."""
    if not row["told_units"] or not row["silent_names"]:
        return ""
    return f" Chưa kê: {_silent_names(row)}."


def _silent_names(row: Row) -> str:
    return and_others(row["silent_names"], row["further_units"], "nơi")


@_says("equipment_count")
def _equipment_count(row: Row) -> str:
    if not row["told_units"]:
        return _told_by(row, "Bộ phận Một cửa")
    unpriced = f", chưa gồm {number(row['unpriced'])} loại chưa có giá" if row["unpriced"] else ""
    lacking = (
        f"thiếu {number(row['short_count'])} thiết bị ở {number(row['short_units'])} nơi, cần chừng "
        f"{quantity(row['cost'], 'đồng')}{unpriced}."
        if row["short_count"]
        else "không thiếu thiết bị nào."
    )
    return f"{_told_by(row, 'Bộ phận Một cửa')}{lacking}{_silent(row)}"


@_says("reported_count")
def _reported_count(row: Row) -> str:
    if row["value"] is None:
        return f"{row['indicator_name']}: chưa có báo cáo (0/{number(row['units'])} nơi)."
    silent = f", chưa gửi: {_silent_names(row)}" if row["silent_names"] else ""
    said = _counted(row, "value", "numerator", "denominator")
    return (
        f"{row['indicator_name']}: {said}, {number(row['told_units'])}/{number(row['units'])} nơi có báo cáo{silent}."
    )


@_says("unit_satisfaction_count")
def _unit_satisfaction_count(row: Row) -> str:
    if not row["rated"]:
        return "Không có phiếu đánh giá nào trong kỳ."
    few = (
        f", {number(row['few_units'])} đơn vị ít phiếu (dưới {number(row['low_volume'])}) nên chưa đủ kết luận"
        if row["few_units"]
        else ""
    )
    return (
        f"{number(row['rated'])} phiếu đánh giá trên hồ sơ, hài lòng {percent(row['value'])} ({number(row['satisfied'])}/{number(row['rated'])}); "
        f"{number(row['told_units'])}/{number(row['units'])} đơn vị có phiếu{few}."
    )


def _saved(days: float, cost: float) -> str:
    """Days and money saved; what is nothing is not said."""
    parts = [quantity(days, "ngày") if days else "", quantity(cost, "đồng") if cost else ""]
    return " và ".join(filter(None, parts)) or "chưa có hồ sơ nào"


@_says("procedure_cut_count")
def _procedure_cut_count(row: Row) -> str:
    parts = []
    if row["granted"]:
        parts.append(
            f"{number(row['granted'])} kiến nghị đã được chấp thuận, trong kỳ bớt cho người dân {_saved(row['granted_days'], row['granted_cost'])}"
        )
    if row["waiting"]:
        parts.append(
            f"{number(row['waiting'])} đang chờ, nếu áp dụng cả kỳ thì bớt {_saved(row['waiting_days'], row['waiting_cost'])}"
        )
    if row["unclear_cuts"]:
        parts.append(
            f"{number(row['unclear_cuts'])} kiến nghị chưa ghi thủ tục hoặc ngày chấp thuận nên chưa cộng được"
        )
    if row["unmeasured"]:
        parts.append(f"{number(row['unmeasured'])} kiến nghị chưa ghi số ngày, chi phí bớt")
    return f"{_outside('; '.join(parts))}." if parts else "Chưa có kiến nghị cắt giảm nào."


_PERIODS = {"month": "tháng", "quarter": "quý", "half": "nửa năm", "year": "năm"}


@_says("officer_streak_count")
def _officer_streak_count(row: Row) -> str:
    kind = _PERIODS.get(row["kind"], "kỳ")
    each = f"từ {number(row['threshold'])} hồ sơ trễ chưa ghi nguyên nhân mỗi {kind}"
    if not row["officers"]:
        return f"Không có cán bộ nào {each} ở hai {kind} liền trở lên, tính đến kỳ này."
    return (
        f"{number(row['officers'])} cán bộ ở {number(row['units'])} đơn vị có {each}, hai {kind} liền trở lên tính đến kỳ này "
        f"(nhiều nhất {number(row['most'])} {kind} liền)."
    )


@_says("community_team_count")
def _community_team_count(row: Row) -> str:
    told = _told_by(row, "xã, thị trấn")
    if not row["told_units"]:
        return told
    lacking = _counts((row["untrained_teams"], "tổ chưa ai tập huấn"), (row["unclear_teams"], "tổ chưa rõ"))
    parts = [f"{number(row['teams'])} Tổ công nghệ số cộng đồng", *lacking]
    members = f"; {number(row['trained'])}/{number(row['members'])} thành viên đã tập huấn" if row["members"] else ""
    return f"{told}{', '.join(parts)}{members}.{_silent(row)}"


@_says("product_count")
def _product_count(row: Row) -> str:
    told = _told_by(row, "xã, thị trấn")
    if not row["told_units"]:
        return told
    unsold = f", {number(row['unsold'])} gian chưa có đơn" if row["unsold"] else ""
    none = f"; {number(row['none_units'])} nơi báo không có sản phẩm" if row["none_units"] else ""
    return f"{told}{number(row['products'])} sản phẩm ở {number(row['stalls'])} gian hàng{unsold}{none}.{_silent(row)}"


@_says("undone_service_count")
def _undone_service_count(row: Row) -> str:
    if not row["total"]:
        return "Chưa có bảng kê dịch vụ công thiết yếu."
    told = f"Đến {date(row['judged_on'])} đã triển khai {number(row['done'])}/{number(row['total'])} dịch vụ công thiết yếu"
    of_these = ", ".join(_counts((row["overdue"], "quá hạn"), (row["undated"], "chưa có hạn")))
    return (
        f"{told}; còn {number(row['undone'])}{f' ({of_these})' if of_these else ''}." if row["undone"] else f"{told}."
    )


# ----------------------------------------------------------------------------------------- dossiers


@_says("breakdown", "field_lateness", "late_procedures", column="late_text")
def _late_of_handled(row: Row) -> str:
    return _with_share(row["late"], row["value"])


@_says("land_units", column="late_text")
def _late_of_land(row: Row) -> str:
    return _with_share(row["late"], row["late_share"])


@_says("unit_share", column="dossiers_text")
def _dossiers_of_base(row: Row) -> str:
    return _with_share(row["dossiers"], row["value"])


@_says("service_months", column="open_late_text")
def _open_late(row: Row) -> str:
    return quantity(row["open_late"], "hồ sơ")


@_says("land_steps", column="mean_text")
def _mean_days(row: Row) -> str:
    return quantity(row["mean_days"], "ngày")


@_says("dossier_count", column="text")
def _dossier_count(row: Row) -> str:
    return quantity(row["dossiers"], "hồ sơ")


@_says("dossier_subsets", column="text")
def _dossier_subsets(row: Row) -> str:
    return number(row["dossiers"])
