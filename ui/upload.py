"""Parts of the upload page: reading options, preview, publishing, history, templates.

The file stays in memory: nothing is written to disk before its personal columns are removed.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from access import User
from ingest import Busy, Rejected, UnknownUpload, worker
from ingest.check import SHARES
from ingest.coverage import OLDER
from ingest.preview import Preview
from ingest.publish import Outcome
from ingest.reading import limits
from ingest.reading.dates import ORDERS
from ingest.reading.encoding import ENCODINGS
from ingest.reading.heading import STORED, indicators
from ingest.reading.look import Look, Reading
from ingest.reading.mapping import likeliest, remember, unnamed
from ingest.reading.text import SEPARATORS
from ingest.store import archive
from ingest.store.build import BrokenIdentity, needed_columns
from ingest.store.counting import has_real, is_simulated, standing
from ingest.store.counting import turned as uploads_turned
from ingest.store.fault import StoreFault
from ingest.teach import Lesson, labels_unknown
from ingest.template import TITLES, titles_of
from queries.snapshot import store_directory
from ui.download import offer_file
from ui.header import moment_here
from ui.parts import uploader_words
from ui.tables import table
from ui.teach import constants_of, said_of_whole, teach_unknown, whole_values
from ui.view import View
from words import vietnamese
from words.columns import written
from words.download import as_csv
from words.escape import plain
from words.uploads import NOT_COUNTED, turned, will_retire

TYPES = ["csv", "tsv", "txt", "gz", "xlsx", "xlsm", "xls", "xlsb", "ods"]
_STATES = {
    "live": "Đang dùng",
    "withdrawn": "Đã rút",
    "superseded": "Đã bị thay thế hết",
    "retired": "Nhường chỗ cho số liệu thật",
}
_SEVERITIES = {"reject": "Trả lại", "warning": "Cảnh báo"}
_FOUND = "Tự nhận"
_SHARES = {"": "Hỏi lại", "keep": "Giữ nguyên (0,5 là 0,5 %)", "times": "Nhân 100 (0,5 là 50 %)"}
_NONE = "– không có trong tệp –"
_REASONS_SHOWN = 10
_NO_INDICATOR = "– không nạp –"
_LEFT_OUT_SHOWN = 200
# Number of columns that can be mapped to indicators by hand.
_NAMED_BY_HAND = 60


def choose_file() -> Look | None:
    """The chosen file as parsed, with the user's corrections; None if there is no usable file."""
    uploader_words(200)
    file = st.file_uploader(
        "Tệp số liệu (.csv, .txt, .xlsx, .xls, .xlsb, .ods; có thể nén .gz)",
        type=TYPES,
        max_upload_size=limits.BYTES // 1024**2,
        key="upload_file",
    )
    if file is None:
        st.session_state.pop("looked", None)
        return None
    reading = st.session_state.get(f"reading_{file.file_id}", Reading())
    kept = st.session_state.get("looked")
    try:
        # What was taught meanwhile may be a header of the file.
        key = (file.file_id, reading, archive.newest_manifest(store_directory())["sequence"])
        if kept is None or kept[0] != key:
            with st.spinner("Đang đọc tệp…"):
                seen = worker.look(file.getvalue(), file.name, reading, store_directory())
            st.session_state["looked"] = (key, seen)
    except Rejected as rejected:
        st.session_state.pop("looked", None)
        refuse(rejected)
        if reading != Reading() and st.button("Đọc lại với cách tự nhận", icon=":material/undo:"):
            st.session_state.pop(f"reading_{file.file_id}")
            st.rerun()
        return None
    except StoreFault as fault:
        _tell_fault(fault)
        return None
    return st.session_state["looked"][1]


def refuse(rejected: Rejected) -> None:
    """Show why a file is refused: the first reasons, and how many there are."""
    for problem in rejected.problems[:_REASONS_SHOWN]:
        st.error(f"**{plain(str(problem))}**  \n{plain(problem.hint)}", icon=":material/block:")
    if rejected.total > _REASONS_SHOWN:
        st.caption(f"Đang hiện {_REASONS_SHOWN} trong {vietnamese.number(rejected.total)} lỗi.")
    st.caption("Không có dòng nào được nạp; số liệu đang dùng giữ nguyên.")


@contextmanager
def _stopped_by_refusal() -> Iterator[None]:
    """Inside, a refused file or a fault of the store is told, and ends the page."""
    try:
        yield
    except Rejected as rejected:
        refuse(rejected)
        st.stop()
    except StoreFault as fault:
        _tell_fault(fault)
        st.stop()


def _tell_fault(fault: StoreFault) -> None:
    """Show what is wrong with the store or the disk, and what to do."""
    st.error(f"{plain(fault.message)} Số liệu đang dùng giữ nguyên.", icon=":material/hard_drive:")


def understood(seen: Look, user: User) -> None:
    """Show how the file was parsed and let the user correct it; stops the page while a required column is missing."""
    grid, mapping = seen.grid, seen.mapping
    facts = [f"Bảng **{TITLES.get(mapping.table.name, mapping.table.name)}**", f"tiêu đề ở dòng {seen.header_line}"]
    if grid.encoding:
        facts.append(f"bảng mã {ENCODINGS[grid.encoding]}")
        facts.append(SEPARATORS.get(grid.separator, "dấu phân cách khác"))
    if grid.sheet:
        taken = ", ".join(f"“{plain(one.grid.sheet)}”" for one in (seen, *seen.more))
        facts.append(f"{len(seen.more) + 1} trang tính cùng bố cục: {taken}" if seen.more else f"trang tính {taken}")
        facts += [
            f"không nạp trang “{plain(sheet)}” ({vietnamese.number(rows)} dòng)" for sheet, rows, _ in seen.left_out
        ]
    if mapping.remembered:
        facts.append("ghép cột như lần trước")
    st.markdown(" · ".join(facts))
    if seen.personal:
        st.info(
            f"Đã bỏ {len(seen.personal)} cột dữ liệu cá nhân: {plain(', '.join(seen.personal))}.",
            icon=":material/shield_person:",
        )
    if mapping.constants:
        titles = {column.name: column.title for column in mapping.table.columns}
        given = "; ".join(f"{titles[name]}: {plain(text)}" for name, text in said_of_whole(mapping).items())
        st.info(f"Cho cả tệp, theo dòng trên tiêu đề, do bạn ghi hoặc mặc định: {given}.", icon=":material/title:")
    if mapping.table.name == "dossier" and (lacking := needed_columns() & set(mapping.absent)):
        titles = ", ".join(column.title for column in mapping.table.columns if column.name in lacking)
        st.caption(f"Tệp không có cột: {titles}. Với các hồ sơ này, số cần cột đó là chưa biết.")
    if mapping.unused:
        st.caption(f"Cột không dùng: {plain(', '.join(mapping.unused))}")
    if mapping.offered:
        titles = {column.name: column.title for column in mapping.table.columns}
        near = "; ".join(f"“{plain(mapping.headers[at])}” → {titles[name]}" for name, at in mapping.offered.items())
        st.warning(f"Tên cột gần giống, cần bạn xác nhận ở dưới: {near}.", icon=":material/help:")
    nameless = unnamed(mapping)
    if nameless:
        st.warning(
            f"Chưa rõ là chỉ tiêu nào: {plain(', '.join(nameless))}. Cột chưa rõ thì không được nạp. Chọn chỉ tiêu ở "
            "“Cách đọc và ghép cột” rồi bấm “Đọc lại” (chỉ nhớ cho mẫu này), hoặc dạy ở “Tên cột chưa biết” (cho mọi tệp).",
            icon=":material/help:",
        )
    asked = bool(mapping.missing) and not (mapping.unsaid or mapping.offered or mapping.asked or nameless)
    if asked:
        _ask_for_whole(seen)
    doubtful = bool(mapping.missing or mapping.offered or mapping.asked or nameless) and not asked
    with st.expander("Cách đọc và ghép cột", expanded=doubtful, icon=":material/tune:"):
        _reading_form(seen, with_whole=not asked)
    _offer_headers(seen, user)
    if mapping.asked:
        listed = ", ".join(f"“{plain(label)}”" for label in mapping.asked)
        st.warning(f"Không rõ cột nào là giá trị: {listed}. Chọn ở ô “Giá trị” rồi bấm “Đọc lại”.")
    if mapping.asked or asked:
        st.stop()
    if mapping.missing:
        titles = {column.name: column.title for column in mapping.table.columns}
        missing = ", ".join(titles[name] for name in mapping.missing)
        st.warning(f"Chưa ghép được cột bắt buộc: {missing}. Chọn cột ở trên rồi bấm “Đọc lại”.")
        st.stop()


def _ask_for_whole(seen: Look) -> None:
    """One row of fields for what the rows lack; what the title says stands in them, but is only taken by the button."""
    with st.form(f"whole_form_{seen.sha256}"):
        st.markdown(
            "**Ghi một giá trị cho cả tệp** ở những cột mà tệp không có. Giá trị có sẵn trong ô chỉ là gợi ý theo các "
            "dòng trên tiêu đề: xem lại trước khi bấm."
        )
        given = whole_values(seen)
        if st.form_submit_button("Dùng cho cả tệp", type="primary", icon=":material/done_all:"):
            absent = [seen.mapping.header(name) for name in seen.mapping.missing if not given.get(name)]
            if absent:
                st.warning(f"Còn thiếu: {plain(', '.join(absent))}.")
            else:
                _read_again(seen.reading, columns=seen.reading.columns | constants_of(given))


def _read_again(reading: Reading, **changes: object) -> None:
    """Read the chosen file again, in another way."""
    file_id = st.session_state["looked"][0][0]
    st.session_state[f"reading_{file_id}"] = replace(reading, **changes)
    st.rerun()


def _reading_form(seen: Look, with_whole: bool) -> None:
    """A form with the detected reading options, each of which can be changed."""
    grid, mapping, reading = seen.grid, seen.mapping, seen.reading
    with st.form(f"reading_form_{seen.sha256}", border=False):
        with st.container(horizontal=True):
            names = [_FOUND, *TITLES]
            table = st.selectbox(
                "Bảng", names, names.index(reading.table or _FOUND), format_func=lambda name: TITLES.get(name, name)
            )
            header_line = st.number_input("Dòng tiêu đề", 1, 10_000, seen.header_line, width=140)
            encoding = separator = sheet = ""
            if grid.encoding:
                codes = list(ENCODINGS)
                encoding = st.selectbox("Bảng mã", codes, codes.index(grid.encoding), format_func=ENCODINGS.get)
                marks = list(SEPARATORS)
                separator = st.selectbox(
                    "Dấu phân cách", marks, marks.index(grid.separator), format_func=SEPARATORS.get
                )
            if grid.sheet:
                sheet = st.selectbox("Trang tính", grid.sheets, grid.sheets.index(grid.sheet))
            signs = ["", ",", "."]
            decimal = st.selectbox(
                "Dấu thập phân", signs, signs.index(reading.decimal), format_func=lambda sign: sign or _FOUND, width=140
            )
            share = reading.share
            if mapping.table.name in SHARES:
                ways = list(_SHARES)
                share = st.selectbox("Phần trăm không quá 1", ways, ways.index(reading.share), format_func=_SHARES.get)
            orders = list(ORDERS)
            dates = st.selectbox("Thứ tự ngày, tháng", orders, orders.index(reading.dates), format_func=ORDERS.get)
        columns = _column_choices(seen) | _indicator_choices(seen)
        if with_whole and seen.mapping.sayable:
            st.caption("Không có cột thì ghi một giá trị cho cả tệp:")
            known = seen.mapping.constants
            changed = {name: text for name, text in whole_values(seen).items() if text != known.get(name, "")}
            columns |= constants_of(changed)
        if st.form_submit_button("Đọc lại", icon=":material/refresh:"):
            _read_again(
                reading,
                table="" if table == _FOUND else table,
                header_line=0 if header_line == seen.header_line and not reading.header_line else int(header_line),
                encoding="" if encoding == grid.encoding and not reading.encoding else encoding,
                separator="" if separator == grid.separator and not reading.separator else separator,
                sheet="" if sheet == grid.sheet and not reading.sheet else sheet,
                decimal=decimal,
                share=share,
                dates=dates,
                columns=reading.columns | columns if table in (_FOUND, mapping.table.name) else {},
            )


def _column_choices(seen: Look) -> dict[str, str]:
    """A selection of the header for each column of the table; returns those that differ from the detected mapping."""
    mapping, changed = seen.mapping, {}
    headers = [_NONE, *dict.fromkeys(name for name in mapping.headers if name)]
    labels = dict.fromkeys(heading.label for heading in mapping.values.values() if heading.label)
    st.caption("Cột của bảng ← cột trong tệp. Cột bắt buộc có dấu *.")
    with st.container(horizontal=True):
        for column in mapping.table.columns:
            if column.name == "simulated":
                continue
            options = list(dict.fromkeys([_NONE, *labels, *headers])) if column.name in STORED else headers
            found = mapping.header(column.name) if column.name in mapping.columns else _NONE
            if column.name in STORED and mapping.choices.get(column.name) in options:
                found = mapping.choices[column.name]
            offered = mapping.offered.get(column.name)
            start = mapping.headers[offered] if offered is not None else found
            label = f"{column.title}{' *' if column.required else ''}{' (gợi ý)' if offered is not None else ''}"
            chosen = st.selectbox(
                label, options, options.index(start), width=260, key=f"map_{seen.sha256}_{column.name}"
            )
            if chosen != found:
                changed[column.name] = "" if chosen == _NONE else chosen
    return changed


def _indicator_choices(seen: Look) -> dict[str, str]:
    """A selection of the indicator for each column that may hold one's values; returns the changed ones."""
    mapping, changed = seen.mapping, {}
    given = {word: code for code, word in mapping.choices.items() if code not in STORED and word}
    labels = [*given, *unnamed(mapping)][:_NAMED_BY_HAND]
    if not labels:
        return changed
    st.caption("Mỗi cột là một chỉ tiêu; tên gần giống chỉ là gợi ý.")
    names = {"": _NO_INDICATOR} | {
        row["indicator_code"]: f"{row['indicator_code']} · {row['name']}" for row in indicators()
    }
    codes, taken = list(names), {heading.indicator for heading in mapping.taken.values()}
    with st.container(horizontal=True):
        for label in labels:
            before = given.get(label, "")
            near = "" if before else likeliest(label)
            start = before or (near if near not in taken else "")
            taken.add(start)
            title = f"“{label}”{' (gợi ý)' if start and not before else ''}"
            chosen = st.selectbox(
                title, codes, codes.index(start), format_func=names.get, width=400, key=f"name_{seen.sha256}_{label}"
            )
            if chosen != before:
                changed |= ({before: ""} if before else {}) | ({chosen: label} if chosen else {})
    return changed


def checked(seen: Look) -> Preview:
    """The file's rows checked by every rule; computed once for each file, reading and snapshot."""
    store = store_directory()
    try:
        key = (seen.sha256, seen.reading, archive.newest_manifest(store)["sequence"])
    except StoreFault as fault:
        _tell_fault(fault)
        st.stop()
    kept = st.session_state.get("previewed")
    if kept is None or kept[0] != key:
        bar = st.progress(0.0, "Kiểm tra")
        with _stopped_by_refusal():
            try:
                found = worker.preview(
                    _bytes(),
                    seen.name,
                    seen.reading,
                    store,
                    lambda stage, share: bar.progress(min(share, 1.0), stage),
                    _new_folder(),
                )
            finally:
                bar.empty()
        st.session_state["previewed"] = (key, found)
    return st.session_state["previewed"][1]


def _new_folder() -> Path:
    """A folder for the snapshot that the preview builds and the rows that it checks, instead of the previous one; it is deleted with the session."""
    _drop_folder()
    folder = st.session_state["preview_folder"] = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    return Path(folder.name)


def _drop_folder() -> None:
    if folder := st.session_state.pop("preview_folder", None):
        folder.cleanup()


def summary(found: Preview, user: User) -> None:
    """Counts of rows read, accepted and refused; the effect; the problems by rule; the refused rows as a download."""
    warnings = int(found.groups.loc[found.groups["severity"] == "warning", "cases"].sum())
    counted = {
        "Dòng đọc được": found.rows_read,
        "Hợp lệ": found.accepted,
        "Bị trả lại": found.rejected,
        "Cảnh báo": warnings,
        "Dòng mới": found.new,
        "Thay dòng đã có": found.changed,
        "Không đổi": found.unchanged,
    }
    with st.container(horizontal=True):
        for title, count in counted.items():
            st.metric(title, vietnamese.number(count), border=True)
    if found.retired:
        st.warning(will_retire(titles_of(found.retired)), icon=":material/swap_horiz:")
    _left_out(found, user)
    if found.accepted:
        before_and_after(found.effect, "Nếu công bố các dòng hợp lệ")
    if found.groups.empty:
        st.success("Mọi dòng đều hợp lệ.", icon=":material/check_circle:")
        return
    shown = found.groups.assign(severity=found.groups["severity"].map(_SEVERITIES))
    titles = {
        "severity": "Mức", "column_name": "Cột", "reason": "Lý do", "cases": "Số lần",
        "first_cases": "Dòng: giá trị đầu tiên", "hint": "Cách sửa",
    }  # fmt: skip
    st.dataframe(shown[list(titles)].rename(columns=titles), hide_index=True, width="stretch")
    with st.container(horizontal=True):
        _download("Tải danh sách đầy đủ", found.problems, "danh-sach-loi.csv", user)
        if not found.rejects.empty:
            _download("Tải các dòng bị trả lại để sửa", found.rejects, "dong-bi-tra-lai.csv", user)


def covered(found: Preview, seen: Look, view: View) -> None:
    """What a file of dossiers covers, to be changed before publishing."""
    covers = found.covers
    if covers is None:
        return
    st.markdown(f"**Tệp nói về** {covers.told}")
    if found.not_named:
        st.warning(
            f"{vietnamese.quantity(found.not_named, 'hồ sơ')} đang mở ở các tệp trước không có trong tệp này. Công bố xong, "
            "các hồ sơ ấy là “chưa rõ”: không tính vào đúng hạn hay trễ hạn, cho đến khi có tệp nêu lại. Chọn ở dưới: đã "
            "xong, hay tệp chỉ có hồ sơ mới.",
            icon=":material/help:",
        )
    if found.told_later:
        st.warning(
            f"{vietnamese.quantity(found.told_later, 'hồ sơ')} đã có trong tệp của ngày sau "
            f"{vietnamese.date(covers.as_of)}: giữ theo tệp ấy, vì mới hơn. Nếu tệp này là bản sửa: ghi ngày xuất tệp thật ở dưới.",
            icon=":material/history:",
        )
    with (
        st.expander(
            "Sửa khoảng ngày, đơn vị", expanded=bool(found.not_named or found.told_later), icon=":material/date_range:"
        ),
        st.form(f"covers_form_{seen.sha256}", border=False),
    ):
        with st.container(horizontal=True):
            from_on = st.date_input("Hồ sơ nhận từ ngày", covers.from_on, format="DD/MM/YYYY", width=180)
            to_on = st.date_input("đến hết ngày", covers.to_on, format="DD/MM/YYYY", width=180)
            as_of = st.date_input("Tình trạng của ngày (ngày xuất tệp)", covers.as_of, format="DD/MM/YYYY", width=260)
        words = list(OLDER)
        older = st.radio("Hồ sơ cũ đang giải quyết", words, words.index(covers.older), format_func=OLDER.get)
        without = {
            code: name
            for code, name in _own_units(view).items()
            if code not in covers.units or code in _said_units(seen)
        }
        more = st.multiselect(
            "Đơn vị không có hồ sơ nào trong tệp, nhưng tệp có nói đến",
            list(without),
            _said_units(seen),
            without.get,
            placeholder="Chọn đơn vị, nếu có",
        )
        if st.form_submit_button("Dùng khoảng này", icon=":material/done:"):
            told = {"from_on": from_on.isoformat(), "to_on": to_on.isoformat(), "as_of": as_of.isoformat()}
            _read_again(seen.reading, covers=told | {"older": older, "units": " ".join(more)})


def _own_units(view: View) -> dict[str, str]:
    """The names of the home's units by their codes in files."""
    if view.snapshot is None:
        return {}
    named: dict[str, list[str]] = {}
    for code, label in view.ask("units")[["unit_code", "label"]].itertuples(index=False):
        named.setdefault(code.split("@")[0], []).append(label)
    # After the reorganisation a code is another unit's.
    return {code: " / ".join(labels) for code, labels in named.items()}


def _said_units(seen: Look) -> list[str]:
    """The units that a person added to what the file covers."""
    return seen.reading.covers.get("units", "").split()


def offer_to_teach(found: Preview, user: User) -> None:
    """The values that nobody has taught the program yet, each to be chosen or added; published at one button."""
    teach_unknown(found.unknown, found.source.sha256, lambda lesson: _teach(found.source.name, lesson, user))


def _teach(source: str, lesson: Lesson, user: User) -> None:
    files = lesson.files(source, datetime.now(UTC).isoformat(timespec="seconds"))
    _change("Đã lưu", lambda bar: worker.teach(files, store_directory(), user.name, bar))


def _offer_headers(seen: Look, user: User) -> None:
    """The headers that may name an indicator or a unit; what is taught holds for every file, not for this layout only."""
    if not labels_unknown(seen.mapping)[1]:
        return
    key = st.session_state["looked"][0]
    kept = st.session_state.get("nameless")
    if kept is None or kept[0] != key:
        with _stopped_by_refusal(), st.spinner("Đang xem các tên cột…"):
            found = worker.nameless(_bytes(), seen.name, seen.reading, store_directory())
        kept = st.session_state["nameless"] = (key, found)
    if kept[1]:
        teach_unknown((kept[1],), seen.sha256, lambda lesson: _teach(seen.name, lesson, user))


def _left_out(found: Preview, user: User) -> None:
    """The rows that are no data: how many of each kind, the first ones, all as a download."""
    if found.source.skipped:
        skipped = ", ".join(f"{vietnamese.number(count)} {kind}" for kind, count in found.source.skipped.items())
        st.caption(f"Không tính là số liệu: {skipped}.")
    rows = found.source.left_out
    if not rows.num_rows:
        return
    titles = {"sheet": "Trang tính", "line": "Dòng trong tệp", "text": "Nội dung", "reason": "Lý do"}
    if not found.source.look.more:
        rows = rows.drop_columns("sheet")
    with st.expander(f"Xem {vietnamese.number(rows.num_rows)} dòng không tính là số liệu"):
        shown = rows.slice(0, _LEFT_OUT_SHOWN).to_pandas().rename(columns=titles)
        st.dataframe(shown, hide_index=True, width="stretch")
        _download("Tải danh sách các dòng này", rows.to_pandas().rename(columns=titles), "dong-khong-tinh.csv", user)


def before_and_after(effect: pd.DataFrame, title: str) -> None:
    """The home's indicators that a change of the store would move, before and after."""
    if effect.empty:
        st.caption(f"{title}: không chỉ tiêu nào của toàn huyện thay đổi.")
        return
    part = effect["is_whole"].eq(False) & effect["value"].notna() & effect["before"].notna()
    frame = written(effect.assign(change=(effect["value"] - effect["before"]).mask(part)))
    trend = {True: "Tốt lên", False: "Xấu đi"}
    shown = pd.DataFrame(
        {
            "Chỉ tiêu toàn huyện": frame["name"],
            "Trước": frame["before_text"],
            "Sau": frame["text"],
            "Thay đổi": frame["change_text"],
            "Chiều": [
                "Chưa đủ số liệu" if is_part else trend.get(better, "") if vietnamese.sign(change, measure) else ""
                for is_part, better, change, measure in zip(
                    part, frame["is_better"], frame["change"], frame["measure"], strict=True
                )
            ],
        }
    )
    st.markdown(f"**{title}**, {effect['period_title'].iloc[0]}:")
    st.dataframe(shown, hide_index=True, width="stretch", height=min(36 * len(shown) + 38, 330))


def _download(label: str, frame: pd.DataFrame, name: str, user: User, simulated: bool = False) -> None:
    offer_file(
        label,
        name,
        "text/csv",
        lambda out: out.write(as_csv(frame, simulated)),
        user,
        "upload",
        "export_rejects",
        rows=len(frame),
    )


def offer_to_publish(seen: Look, found: Preview, user: User) -> None:
    """The publish button: all rows if none is refused, otherwise the valid rows only."""
    if not found.accepted:
        st.error("Không có dòng hợp lệ nào để công bố. Sửa tệp rồi nạp lại.", icon=":material/block:")
        return
    if found.rejected:
        st.markdown("Nên sửa các dòng bị trả lại rồi nạp cả tệp. Hoặc:")
        label = f"Công bố {vietnamese.number(found.accepted)} dòng hợp lệ"
    else:
        label = f"Công bố {vietnamese.number(found.accepted)} dòng"
    if st.button(label, type="secondary" if found.rejected else "primary", icon=":material/publish:"):
        _change("Đã công bố", lambda bar: _publish(seen, user, found, bar))


def _bytes() -> bytes:
    """The content of the chosen file."""
    return st.session_state["upload_file"].getvalue()


def _publish(seen: Look, user: User, found: Preview, bar) -> Outcome:
    outcome = worker.take(
        _bytes(),
        seen.name,
        seen.reading,
        store_directory(),
        user.name,
        bool(found.rejected),
        bar,
        found.prebuilt,
        found.checked,
    )
    _drop_folder()
    with suppress(OSError):  # the file is published anyway; only the mapping is not remembered for the next file
        older = seen.reading.covers.get("older", seen.mapping.older)
        remember(store_directory(), replace(seen.mapping, older=older))
    return outcome


def _change(done: str, act) -> None:
    """Change the store with a progress bar; the success message is stored for the next run."""
    bar = st.progress(0.0, "Bắt đầu")
    try:
        outcome = act(lambda stage, share: bar.progress(min(share, 1.0), stage))
    except Rejected as rejected:
        refuse(rejected)
    except Busy:
        st.warning("Một lần nạp khác chạy quá lâu. Chờ nó xong rồi bấm lại.", icon=":material/hourglass:")
    except StoreFault as fault:
        _tell_fault(fault)
    except (UnknownUpload, BrokenIdentity) as error:
        st.error(f"{plain(str(error))} Số liệu đang dùng giữ nguyên.", icon=":material/block:")
    else:
        st.session_state["change_done"] = (
            f"{done}: bản số liệu {outcome.snapshot_id}. Mọi trang đang mở sẽ dùng bản này ở lần bấm tiếp theo. "
            + turned(titles_of(outcome.retired), titles_of(outcome.back))
        ).strip()
        st.rerun()
    finally:
        bar.empty()


def told() -> None:
    """Show the result of the last change once."""
    if message := st.session_state.pop("change_done", None):
        st.success(message, icon=":material/check_circle:")


def history(view: View) -> None:
    """All uploads with their state; an upload can be withdrawn or restored, and its rows downloaded."""
    if view.snapshot is None:
        st.info("Chưa có lần nạp nào. Nạp tệp đầu tiên ở “Tệp mới”.", icon=":material/database_off:")
        return
    uploads = view.snapshot.uploads[::-1]
    frame = pd.DataFrame(
        {
            "Mã": [upload["id"] for upload in uploads],
            "Tệp": [upload["file"] for upload in uploads],
            "Bảng": titles_of(uploads),
            "Lúc nạp": [moment_here(upload["at"]) for upload in uploads],
            "Người nạp": [upload["who"] for upload in uploads],
            "Dòng nhận": [vietnamese.number(upload["accepted"]) for upload in uploads],
            "Trả lại": [vietnamese.number(upload["rejected"]) for upload in uploads],
            "Đang dùng": [vietnamese.number(upload["rows_in_force"]) for upload in uploads],
            "Tình trạng": [_STATES[standing(upload, uploads)] for upload in uploads],
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch")
    named = {upload["id"]: upload for upload in uploads}
    chosen = named[
        st.selectbox("Lần nạp", list(named), format_func=lambda code: f"{named[code]['file']} · {code}", width=420)
    ]
    with st.container(horizontal=True):
        path = archive.upload_path(store_directory(), chosen["id"])
        offer_file(
            "Tải các dòng đã nhận",
            f"{chosen['id']}.csv",
            "text/csv",
            lambda out: out.write(as_csv(pd.read_parquet(path), bool(chosen["accepted"] - chosen["real_rows"]))),
            view.user,
            "upload",
            "export_upload",
            upload=chosen["id"],
        )
        _offer_state(chosen, uploads, view.user, "live" if chosen["state"] == "withdrawn" else "withdrawn")


def events(view: View) -> None:
    """Enter an event that may explain a change, and the events entered so far; each entry is an upload like any other."""
    st.markdown(
        "Việc làm số liệu khác đi: đổi phần mềm, mất điện, đợt cao điểm, đổi cách tính. Sự kiện hiện thành vạch có số trên diễn "
        "biến ở trang, trang chiếu và tài liệu. Tết, ngày bắt đầu thí điểm, sắp xếp đơn vị và đổi mục tiêu có sẵn, không phải ghi."
    )
    if view.snapshot is None:
        st.info("Nạp tệp đầu tiên ở “Tệp mới” trước.", icon=":material/database_off:")
        return
    with st.form("event", clear_on_submit=False):
        row = _event_fields(view)
        if st.form_submit_button("Ghi sự kiện", type="primary", icon=":material/flag:"):
            _enter(row, view.user)
    rows = view.ask("entered_events")
    if rows.empty:
        st.caption("Chưa ghi sự kiện nào.")
        return
    table(rows, ["when_text", "event_name", "unit_name", "indicator_name", "splits_text", "source"])
    st.caption("Bỏ một sự kiện: rút lần nạp của nó ở “Các lần nạp”.")


def _event_fields(view: View) -> dict[str, str]:
    """The fields of one event, as a row of the table `event`."""
    every = {"": "Mọi chỉ tiêu"} | view.ask("indicators").set_index("indicator_code")["name"].to_dict()
    units = {"": "Mọi đơn vị"} | _own_units(view)
    # After an event was entered, the fields are empty again.
    times = st.session_state.get("events_entered", 0)
    name = st.text_input("Sự kiện (một câu ngắn, không ghi họ tên người)", max_chars=120, key=f"event_name_{times}")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        from_on = st.date_input("Từ ngày", None, format="DD/MM/YYYY", width=160)
        to_on = st.date_input("Đến ngày (nếu nhiều ngày)", None, format="DD/MM/YYYY", width=210)
        unit = st.selectbox("Đơn vị", list(units), format_func=units.get, width=240)
        indicator = st.selectbox("Chỉ tiêu", list(every), format_func=every.get, width=320)
    source = st.text_input("Nguồn (văn bản, người báo là cơ quan nào)", max_chars=120)
    splits = st.checkbox(
        "Từ đây cách làm hay cách tính đã khác hẳn: mức thường tính lại từ tháng trọn đầu tiên sau sự kiện "
        "(12 tháng tới chưa nói được tốt lên hay xấu đi thật)"
    )
    return {
        "from_on": from_on.isoformat() if from_on else "",
        "to_on": to_on.isoformat() if to_on else "",
        "unit_code": unit,
        "indicator_code": indicator,
        "name": " ".join(name.split()),
        "splits": "true" if splits else "false",
        "source": " ".join(source.split()),
    }


def _enter(row: dict[str, str], user: User) -> None:
    """Publish one event; says what is still missing."""
    lacking = [title for name, title in (("name", "sự kiện"), ("from_on", "từ ngày")) if not row[name]]
    if lacking:
        st.warning(f"Còn thiếu: {', '.join(lacking)}.")
        return
    if row["to_on"] and row["to_on"] < row["from_on"]:
        st.warning("Ngày cuối trước ngày đầu.")
        return
    moment = datetime.now(UTC).isoformat(timespec="microseconds")
    lesson = Lesson(rows={"event": ({"event_code": f"SK-{re.sub(r'[^0-9]', '', moment)[:20]}"} | row,)})

    def enter(bar) -> Outcome:
        outcome = worker.teach(lesson.files("Sự kiện", moment), store_directory(), user.name, bar)
        st.session_state["events_entered"] = st.session_state.get("events_entered", 0) + 1
        return outcome

    _change("Đã ghi sự kiện", enter)


def reconciliation(view: View) -> None:
    """Each II.06 report compared with the figures computed from dossiers."""
    reports = view.ask("service_reports") if view.snapshot else pd.DataFrame()
    if reports.empty:
        st.info(
            "Chưa có biểu II.06 nào. Nạp biểu của các xã ở “Tệp mới” để đối chiếu với số tính từ hồ sơ.",
            icon=":material/balance:",
        )
        return
    titles = reports.set_index("report_code")["title"].to_dict()
    chosen = reports.set_index("report_code").loc[st.selectbox("Biểu", list(titles), format_func=titles.get, width=420)]
    cells = view.ask("service_report_cells", unit=chosen["unit_code"], period=chosen["period_code"])
    if not chosen["compared"]:
        st.warning("Không có hồ sơ nào của đơn vị trong kỳ này để đối chiếu.", icon=":material/help:")
    elif not chosen["different"]:
        st.success(f"Cả {chosen['compared']} ô khớp với số tính từ hồ sơ.", icon=":material/check_circle:")
    else:
        st.warning(
            f"**{chosen['different']}/{chosen['compared']} ô** khác với số tính từ hồ sơ (tháng báo cáo từ ngày 15 "
            "tháng trước đến ngày 14).",
            icon=":material/difference:",
        )
    if cells.attrs["simulated"]:
        st.badge("MÔ PHỎNG", color="violet")
    frame = cells.rename(
        columns={
            "field_name": "Lĩnh vực",
            "column_number": "Cột",
            "figure_title": "Số hồ sơ",
            "reported": "Theo biểu",
            "computed": "Tính từ hồ sơ",
            "difference": "Chênh lệch",
        }
    )
    st.dataframe(frame, hide_index=True, width="stretch", placeholder="–")
    name = f"doi-chieu-II06-{chosen.name.replace(' ', '-')}.csv"
    _download("Tải bảng đối chiếu", frame, name, view.user, cells.attrs["simulated"])


_STATE_WORDS = {
    "withdrawn": (
        "Rút",
        "Rút lần nạp này",
        "Đã rút",
        ":material/undo:",
        "**{rows} dòng** của tệp “{file}” sẽ không còn được tính; dòng cũ mà nó đã thay sẽ hiện lại. "
        "Tệp vẫn nằm trong kho và khôi phục được.",
    ),
    "live": (
        "Khôi phục",
        "Khôi phục lần nạp này",
        "Đã khôi phục",
        ":material/restore:",
        "**{rows} dòng** của tệp “{file}” lại được tính, ở đúng chỗ cũ: lần nạp sau nó vẫn thay được nó.",
    ),
}


def _what_happens(chosen: dict, uploads: list[dict], state: str) -> str:
    """What withdrawing or restoring an upload does, to its rows and to simulated rows of others."""
    later = [{**upload, "state": state} if upload is chosen else upload for upload in uploads]
    if state == "live" and is_simulated(chosen) and has_real(later):
        return NOT_COUNTED
    rows = chosen["rows_in_force"] if state == "withdrawn" else chosen["accepted"]
    said = _STATE_WORDS[state][-1].format(rows=vietnamese.number(rows), file=plain(chosen["file"]))
    return "\n\n".join(filter(None, [said, turned(*map(titles_of, uploads_turned(uploads, later)))]))


def _offer_state(chosen: dict, uploads: list[dict], user: User, state: str) -> None:
    """Withdraw or restore an upload, with a preview of the effect."""
    verb, label, done, icon, _ = _STATE_WORDS[state]
    with st.popover(label, icon=icon):
        st.markdown(_what_happens(chosen, uploads, state))
        if st.button("Xem chỉ tiêu trước và sau"):
            with st.spinner("Đang dựng thử…"):
                try:
                    effect = worker.effect_of_state(chosen["id"], state, store_directory())
                    before_and_after(effect, f"Nếu {verb.lower()}")
                except StoreFault as fault:
                    _tell_fault(fault)
        if st.button(verb, type="primary"):
            _change(done, lambda bar: worker.set_state(chosen["id"], state, store_directory(), user.name, bar))
