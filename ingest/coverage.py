"""What a file of dossiers covers: units, days of receipt, older open dossiers, and the day of which it tells the state.

Guessed from the rows (queries/build/24_coverage_guess.sql), shown before publishing, changed by a person where wrong
(Reading.covers), and kept with the upload in the manifest. The build reads it as the view stated_coverage.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import duckdb

from ingest import Problem, Rejected
from ingest.reading.look import SourceFile
from ingest.schema import key_hash, tables
from ingest.store.archive import refused_keys
from ingest.store.build import STATEMENTS, today
from ingest.store.expand import EVENTS, written_out
from queries.snapshot import literal
from words.vietnamese import date as in_words
from words.vietnamese import number, quantity

# Of older dossiers that were open: what it means that a file does not name them.
OLDER = {
    "all": "Có cả hồ sơ cũ đang giải quyết: hồ sơ đang mở mà tệp không nêu là đã xong, chưa rõ ngày",
    "received": "Chỉ có hồ sơ nhận trong khoảng ngày này: hồ sơ cũ mà tệp không nêu là chưa rõ",
    "changed": "Chỉ có hồ sơ mới và hồ sơ thay đổi: hồ sơ mà tệp không nêu vẫn như cũ",
}


@dataclass(frozen=True)
class Coverage:
    """What a file covers. units: codes; older: one of OLDER; as_of is not before to_on."""

    units: tuple[str, ...]
    from_on: date
    to_on: date
    older: str
    as_of: date

    @property
    def told(self) -> str:
        """The same in words."""
        days = f"nhận từ {in_words(self.from_on)} đến {in_words(self.to_on)}"
        older = OLDER[self.older].split(":")[0].lower()
        return f"{quantity(len(self.units), 'đơn vị')} · hồ sơ {days} · tình trạng đến hết ngày {in_words(self.as_of)} · {older}"

    def entry(self) -> dict:
        """As kept in the manifest."""
        return {
            "units": list(self.units),
            "from_on": self.from_on.isoformat(),
            "to_on": self.to_on.isoformat(),
            "older": self.older,
            "as_of": self.as_of.isoformat(),
        }


def entry_of(covers: Coverage | None) -> dict:
    """What an upload's entry tells of its coverage: nothing for other tables."""
    return {"coverage": covers.entry()} if covers else {}


def of_file(
    staging: duckdb.DuckDBPyConnection, source: SourceFile, store: Path, uploads: list[dict]
) -> Coverage | None:
    """What a file covers: as a person says, as the last file of its layout, or as its rows in `incoming` suggest.

    uploads: those of the store; the rows of those that count are in `dossier`.
    None for another table, and if no dossier was received. Raises Rejected for days that contradict each other or the rows.
    """
    if source.table.name != "dossier" or (guessed := _guess(staging)) is None:
        return None
    said, older = source.look.reading.covers, source.look.mapping.older
    as_of, corrected = _of_archived(staging, guessed, store, uploads)
    if corrected:
        begin, end = min(one.from_on for one in corrected), max(one.to_on for one in corrected)
        guessed, older = replace(guessed, from_on=begin, to_on=end, older="changed"), ""
    try:
        days = {name: date.fromisoformat(said[name]) for name in ("from_on", "to_on", "as_of") if said.get(name)}
    except ValueError:
        raise _refused(
            source, "Ngày viết không đúng.", "Kiểm tra cách viết: năm-tháng-ngày, ví dụ 2024-02-29."
        ) from None
    found = Coverage(
        tuple(sorted({*guessed.units, *said.get("units", "").split()})),
        days.get("from_on", guessed.from_on),
        days.get("to_on", guessed.to_on),
        said.get("older") or (older if older in OLDER else guessed.older),
        days.get("as_of", max(as_of, days.get("to_on", guessed.to_on))),
    )
    if not found.from_on <= found.to_on <= found.as_of:
        hint = "Kiểm tra: ngày đầu không sau ngày cuối, ngày cuối không sau ngày xuất tệp."
        raise _refused(source, "Khoảng ngày của tệp không hợp lý.", hint)
    if found.as_of > max(today(), guessed.as_of):
        raise _refused(source, "Ngày xuất tệp ở tương lai.", "Kiểm tra ngày xuất tệp: không sau hôm nay.")
    if found.as_of < guessed.as_of:
        hint = f"Kiểm tra ngày xuất tệp: tệp có việc xảy ra ngày {guessed.as_of:%d/%m/%Y}."
        raise _refused(source, "Ngày xuất tệp sớm hơn số liệu trong tệp.", hint)
    return found


def _refused(source: SourceFile, reason: str, hint: str) -> Rejected:
    return Rejected([Problem(source.name, 0, "", "", reason, hint, rule="coverage")])


def _guess(staging: duckdb.DuckDBPyConnection) -> Coverage | None:
    """What the rows of `incoming` suggest; None if no dossier in it was received."""
    staging.execute("CREATE OR REPLACE TEMP VIEW unstated_dossier AS SELECT *, 0 AS upload_order FROM incoming")
    staging.execute(written_out(STATEMENTS / "24_coverage_guess.sql", STATEMENTS))
    found = staging.execute("SELECT from_on, to_on, older, as_of FROM guessed_coverage").fetchone()
    units = staging.execute("SELECT DISTINCT unit_code FROM incoming WHERE unit_code IS NOT NULL").fetchall()
    staging.execute("DROP TABLE guessed_coverage; DROP VIEW unstated_dossier")
    return Coverage(tuple(code for (code,) in units), *found) if found else None


def _of_archived(
    staging: duckdb.DuckDBPyConnection, guessed: Coverage, store: Path, uploads: list[dict]
) -> tuple[date, list[Coverage]]:
    """The day of which a file probably tells the state, and what the files cover that it does nothing but correct.

    An older export misses what happened later to some of its dossiers, so it tells of its newest event. Any other file
    knows of its dossiers what the archive does. If the archive has told of all of them, or refused their rows, and nothing
    has happened since, they are corrections, and the file covers no more than the files that it corrects.
    """
    told = {upload["order"]: upload for upload in uploads if upload.get("coverage") and upload["state"] != "withdrawn"}
    named = _named(staging)
    orders = named.keys() & told.keys()
    if any(happened and happened > guessed.as_of for _, happened in named.values()):
        return guessed.as_of, []
    refused = [(order, key) for order, upload in told.items() for _, key, _ in refused_keys(store, upload)]
    back = _refused_before(staging, {key: order for order, key in refused if key}) if refused else []
    orders |= set(back)
    corrected = [_covered(told[order]["coverage"]) for order in sorted(orders)]
    as_of = max([guessed.as_of, *(min(one.as_of, today()) for one in corrected)])
    [(count,)] = staging.execute("SELECT count(*) FROM incoming").fetchall()
    without_key = sum(key is None for _, key in refused)
    is_known = count <= sum(known for known, _ in named.values()) + len(back) + without_key
    # What tells of a later day than they do is news.
    is_news = guessed.as_of > max((one.as_of for one in corrected), default=date.min)
    return as_of, corrected if is_known and not is_news else []


def _named(staging: duckdb.DuckDBPyConnection) -> dict[int, tuple[int, date | None]]:
    """Of each upload with dossiers in force that `incoming` names too: how many, and the last thing that happened to one."""
    events = ", ".join(f"known.{name}" for name in EVENTS)
    found = staging.execute(
        f"""SELECT upload_order, count(*), max(CAST(greatest({events}) AS DATE)) FROM dossier AS known
        WHERE EXISTS (FROM incoming WHERE incoming.dossier_code = known.dossier_code) GROUP BY upload_order"""
    ).fetchall()
    return {order: (count, happened) for order, count, happened in found}


def _refused_before(staging: duckdb.DuckDBPyConnection, refused: dict[str, int]) -> list[int]:
    """For each row of `incoming` that is not in `dossier` and whose key was refused in an upload: the upload."""
    hashed = staging.execute(
        f"""SELECT {key_hash(tables()["dossier"])} FROM incoming
        WHERE NOT EXISTS (FROM dossier AS known WHERE incoming.dossier_code = known.dossier_code)"""
    ).fetchall()
    return [refused[key] for (key,) in hashed if key in refused]


def _covered(entry: dict) -> Coverage:
    """What an archived upload's entry says that it covers."""
    days = {name: date.fromisoformat(entry[name]) for name in ("from_on", "to_on", "as_of")}
    return Coverage(tuple(entry["units"]), older=entry["older"], **days)


def not_named(staging: duckdb.DuckDBPyConnection, covers: Coverage | None, uploads: list[dict]) -> int:
    """How many dossiers of the covered units, open in the archived uploads, are not in `incoming`.

    0 where their state does not become unclear by that: an earlier file told it as of a day as late.
    """
    if covers is None or covers.older == "changed":
        return 0
    is_open = "coalesce(processed_at, returned_at, ineligible_returned_at, withdrawn_at) IS NULL"
    units = ", ".join(map(literal, covers.units))
    # Of a file that states nothing, nobody knows the day.
    told = {upload["order"]: upload.get("coverage", {}).get("as_of", "") for upload in uploads}
    earlier = [order for order, as_of in told.items() if as_of < covers.to_on.isoformat()]
    [(count,)] = staging.execute(
        f"""SELECT count(*) FROM dossier AS known
        WHERE upload_order IN ({", ".join(map(str, earlier)) or "NULL"}) AND received_at IS NOT NULL AND state NOT IN ('registered', 'not_accepted') AND {is_open}
            AND unit_code IN ({units}) AND received_at < DATE {literal(covers.to_on)} + 1
            AND NOT EXISTS (FROM incoming WHERE incoming.dossier_code = known.dossier_code)"""
    ).fetchall()
    return count


def told_again(staging: duckdb.DuckDBPyConnection, first: int) -> set[int]:
    """The uploads from order `first` on that tell of a dossier in `incoming` too."""
    return {order for order in _named(staging) if order >= first}


def told_later(staging: duckdb.DuckDBPyConnection, covers: Coverage | None, uploads: list[dict]) -> int:
    """How many dossiers of `incoming` an archived upload tells as of a later day: its rows stay in force."""
    if covers is None:
        return 0
    named = _named(staging)
    return sum(named[order][0] for order in later_than(covers, uploads) if order in named)


def later_than(covers: Coverage | None, uploads: list[dict]) -> list[int]:
    """The uploads that tell the state of a later day than a file."""
    as_of = covers.as_of.isoformat() if covers else "9999"
    return [upload["order"] for upload in uploads if upload.get("coverage", {}).get("as_of", "") > as_of]


def warnings(source: SourceFile, covers: Coverage | None, unclear: int, older: int) -> list[Problem]:
    """What publishing warns of: dossiers that become unclear by a file, and those of which a later state is known."""
    found = []
    if unclear:
        reason = f"{number(unclear)} hồ sơ đang mở ở tệp trước không có trong tệp này: thành “chưa rõ”, ngoài số đúng hạn và trễ hạn."
        hint = "Nếu tệp chỉ có hồ sơ mới và hồ sơ thay đổi: chọn lại ở “Tệp nói về”, hoặc --older changed."
        found.append(Problem(source.name, 0, "", "", reason, hint, severity="warning", rule="open_not_named"))
    if older:
        reason = (
            f"{number(older)} hồ sơ đã có trong tệp của ngày sau {in_words(covers.as_of)}: giữ theo tệp ấy, vì mới hơn."
        )
        hint = "Nếu tệp này là bản sửa: ghi ngày xuất tệp thật ở “Tệp nói về”, hoặc --as-of."
        found.append(Problem(source.name, 0, "", "", reason, hint, severity="warning", rule="told_later"))
    return found
