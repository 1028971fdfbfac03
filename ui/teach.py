"""What a file does not say, asked on the upload page: values for the whole file, and words that nobody has taught yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st

from ingest.reading.look import Look
from ingest.reading.mapping import Mapping
from ingest.reading.values import labels
from ingest.schema import Column
from ingest.teach import Lesson, Unknown, Value, new_entry, together
from ingest.template import TITLES, choices
from words import vietnamese
from words.escape import plain

_OTHER, _NEW = "Là mục khác", "Thêm mới"
_WIDE, _NARROW = 260, 185
_SHOWN = 70


# --- Values for the whole file --------------------------------------------------------------------------------------


def whole_values(seen: Look) -> dict[str, str]:
    """A field for each column that the file lacks and one value can fill; returns their texts."""
    mapping = seen.mapping
    by_name = {column.name: column for column in mapping.table.columns}
    given = {}
    with st.container(horizontal=True):
        for name in mapping.sayable:
            column = by_name[name]
            start = mapping.constants.get(name) or seen.likely.get(name, "")
            label = f"{column.title} của cả tệp"
            given[name] = _field(label, column, start, choices(mapping.table, column), f"all_{seen.sha256}_{name}")
    return given


def said_of_whole(mapping: Mapping) -> dict[str, str]:
    """The values for the whole file, in the words of their lists."""
    by_name = {column.name: column for column in mapping.table.columns}
    return {name: choices(mapping.table, by_name[name]).get(text, text) for name, text in mapping.constants.items()}


def constants_of(given: dict[str, str]) -> dict[str, str]:
    """Texts for the whole file, as choices of a reading."""
    return {name: f"={text}" if text else "" for name, text in given.items()}


def _field(label: str, column: Column, start: str, offered: dict[str, str], key: str, width: int = _WIDE) -> str:
    """One field: a list where the column has one, which also takes another text unless the words are fixed."""
    if not offered:
        return st.text_input(label, start, width=width, key=key).strip()
    codes = list(dict.fromkeys([*([start] if start else []), *offered]))
    chosen = st.selectbox(
        label,
        codes,
        codes.index(start) if start else None,
        format_func=lambda code: offered.get(code, code),
        placeholder="Chọn",
        accept_new_options=not column.allowed and column.type != "boolean",
        width=width,
        key=key,
    )
    return (chosen or "").strip()


# --- Unknown words --------------------------------------------------------------------------------------------------


def teach_unknown(unknown: Iterable[Unknown], sha256: str, publish: Callable[[Lesson], None]) -> None:
    """The unknown values with their counts; what each means is chosen, then published at one button."""
    there = tuple(one for one in unknown if one.values or one.personal)
    if there:
        _section(there, sha256, publish)


@st.fragment
def _section(found: tuple[Unknown, ...], sha256: str, publish: Callable[[Lesson], None]) -> None:
    st.markdown("#### Giá trị chưa biết" if found[0].header else "#### Tên cột chưa biết")
    st.caption(
        "Mỗi giá trị chỉ hỏi một lần: chọn nó là mục nào, hoặc thêm mới. Gợi ý không được tự nhận. Điều đã dạy được giữ "
        "cho các tệp sau, nằm trong “Các lần nạp” và rút lại được."
    )
    lessons: list[Lesson] = []
    absent: list[str] = []
    for unknown in found:
        one, lacking = _of_column(sha256, unknown)
        lessons += one
        absent += lacking
    lesson = together(lessons)
    if absent:
        st.caption(f"Còn phải ghi: {plain('; '.join(absent))}.")
    label = f"Lưu {vietnamese.number(lesson.size)} điều đã dạy" if lesson.size else "Lưu điều đã dạy"
    ready = bool(lesson.size) and not absent
    if st.button(label, type="primary", icon=":material/school:", disabled=not ready):
        publish(lesson)


def _of_column(sha256: str, unknown: Unknown) -> tuple[list[Lesson], list[str]]:
    """The unknown values of one column; returns what is taught about them, and what is still to be said."""
    noun = labels().get(("subject", unknown.subject), unknown.header)
    many = vietnamese.number(len(unknown.values) + unknown.more)
    said = f"(cột “{plain(unknown.header)}”): {many} giá trị." if unknown.header else f"ở tên cột: {many} cột."
    st.markdown(f"**{noun}** {said}")
    if unknown.personal:
        st.caption(
            f"{vietnamese.number(unknown.personal)} giá trị giống thông tin của người (họ tên, số điện thoại, số định "
            "danh): không hiện, không lưu. Sửa trong tệp rồi nạp lại."
        )
    whole = f"teach_{sha256}_{unknown.column}"
    # By text, not by number: once some are taught, the others move up, and must not inherit what was said of those.
    keys = [f"{whole}_{value.text}" for value in unknown.values]
    if unknown.table and len(keys) > 1:
        st.button(
            f"Thêm mới cả {vietnamese.number(len(keys))}",
            icon=":material/playlist_add:",
            key=f"every_{whole}",
            on_click=_choose_new,
            args=(keys,),
        )
    common, chosen, entries = st.container(), [], []
    absent: list[str] = []
    for value, key in zip(unknown.values, keys, strict=True):
        chosen.append(_choice(unknown, value, key))
        entry, lacking = _entry(unknown, value, key) if chosen[-1] == _NEW else ({}, [])
        entries.append(entry)
        absent += lacking
    shared: dict[str, str] = {}
    if _NEW in chosen:
        with common:
            shared, lacking = _in_common(unknown, f"shared_{whole}")
        absent = lacking + absent
    lessons = []
    for value, choice, entry in zip(unknown.values, chosen, entries, strict=True):
        if choice == _NEW:
            if entry.get(unknown.table.key[0]):
                lessons.append(new_entry(value.text, unknown, shared | entry))
        elif choice:
            lessons.append(Lesson(((unknown.subject, value.text, choice),)))
    if unknown.more:
        st.caption(f"Còn {vietnamese.number(unknown.more)} giá trị nữa, hiện tiếp sau khi lưu.")
    return lessons, absent


def _choose_new(keys: Iterable[str]) -> None:
    """Choose “Thêm mới” for every value that has no choice yet."""
    for key in keys:
        st.session_state[key] = st.session_state.get(key) or _NEW


def _choice(unknown: Unknown, value: Value, key: str) -> str:
    """What a value is: a code, _NEW, or "" while nothing is chosen."""
    ways = [*([value.likely] if value.likely else []), _OTHER, *([_NEW] if unknown.table else [])]
    way = st.segmented_control(
        f"“{plain(value.text)}” · {vietnamese.number(value.cases)} dòng",
        ways,
        format_func=lambda way: f"Là {plain(_cut(unknown.choices[way]))}" if way in unknown.choices else way,
        key=key,
    )
    if way != _OTHER:
        return way or ""
    codes, names = list(unknown.choices), unknown.choices.get
    return st.selectbox("Là mục", codes, None, names, key=f"{key}_other", placeholder="Chọn", width=_WIDE) or ""


def _cut(name: str) -> str:
    """A name that fits on a button."""
    return name if len(name) <= _SHOWN else f"{name[:_SHOWN].rstrip()}…"


def _in_common(unknown: Unknown, key: str) -> tuple[dict[str, str], list[str]]:
    """What is said once for all new entries of a list; and the required columns that are still empty."""
    columns = [column for column in unknown.columns if unknown.is_shared(column)]
    if not columns:
        return {}, []
    st.caption(f"Cho mọi mục thêm mới vào “{TITLES[unknown.table.name]}”:")
    with st.container(horizontal=True):
        entry = {
            column.name: _field_of(unknown, column, unknown.shared.get(column.name, ""), key) for column in columns
        }
    absent = [column.title for column in columns if column.required and not entry[column.name]]
    return {name: text for name, text in entry.items() if text}, absent


def _entry(unknown: Unknown, value: Value, key: str) -> tuple[dict[str, str], list[str]]:
    """The fields of one new entry, filled with what the file tells; and the required columns that are still empty."""
    columns = [column for column in unknown.columns if not unknown.is_shared(column)]
    with st.container(horizontal=True):
        entry = {column.name: _field_of(unknown, column, value.told.get(column.name, ""), key) for column in columns}
    absent = [f"{column.title} của “{value.text}”" for column in columns if column.required and not entry[column.name]]
    defaults = {
        column.name: column.default
        for column in unknown.table.columns
        if column.required and column.default and not column.default.startswith("@")
    }
    copied = {
        column.name: entry.get(column.default[1:], "")
        for column in unknown.table.columns
        if column.default.startswith("@")
    }
    return {name: text for name, text in (defaults | copied | entry).items() if text}, absent


def _field_of(unknown: Unknown, column: Column, start: str, key: str) -> str:
    """One field of a new entry."""
    width = _WIDE if column.type == "text" and not (column.key or column.allowed) else _NARROW
    return _field(column.title, column, start, choices(unknown.table, column), f"{key}_{column.name}", width)
