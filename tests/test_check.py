"""Every rule with a small file that breaks only this rule, and files that only look broken."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from ingest import Rejected, check
from ingest.publish import publish
from ingest.reading.look import Reading, load, look
from ingest.reading.values import subject_of
from ingest.schema import tables
from queries.snapshot import POINTER, pointed_id
from tests.known import knowing

# One valid row of each uploaded table; `sound` numbers its key.
PLAIN = {
    "dossier": {
        "dossier_code": "H11.16.01-240304-{:04}",
        "unit_code": "23059",
        "procedure_code": "1.001193",
        "channel": "direct",
        "state": "returned",
        "received_at": "2024-03-04 08:00:00",
        "intake_recorded_at": "2024-03-04 08:10:00",
        "due_at": "2024-03-11 17:00:00",
        "reschedule_count": "0",
        "processed_at": "2024-03-06 10:00:00",
        "returned_at": "2024-03-06 15:00:00",
        "withdrawn_at": "",
        "ineligible_returned_at": "",
        "supplement_requested_at": "",
        "supplement_completed_at": "",
        "supplement_count": "0",
        "apology_at": "",
        "late_cause": "",
        "fee_required": "false",
        "complaint": "false",
        "officer_code": "CB-23059-01",
        "status_updated_at": "2024-03-06 15:00:00",
        "simulated": "",
    },
    "dossier_step": {
        "dossier_code": "H11.16.01-240304-0001",
        "step_number": "{}",
        "tier": "commune",
        "received_at": "2024-03-04 08:00:00",
        "due_at": "2024-03-05 08:00:00",
        "completed_at": "2024-03-05 09:00:00",
    },
    "kpi_value": {
        "unit_code": "23059",
        "period": "2024-{:02}",
        "indicator_code": "S01",
        "value": "63.5",
        "numerator": "",
        "denominator": "",
    },
    "service_report": {
        "unit_code": "23059",
        "period": "2024-{:02}",
        "field_code": "CIVIL",
        "handled": "12",
        "received_online": "6",
        "received_direct": "4",
        "carried_over": "2",
        "resolved": "10",
        "resolved_early": "7",
        "resolved_on_time": "2",
        "resolved_late": "1",
        "open_total": "2",
        "open_in_time": "1",
        "open_late": "1",
    },
    "index_score": {
        "district_code": "597",
        "index_code": "par",
        "year": "202{}",
        "criterion_code": "direction",
        "self_score": "12",
        "score": "11.5",
        "maximum": "14",
        "published_class": "",
    },
    "portal_score": {
        "unit_code": "23059",
        "period": "2024-{:02}",
        "portal_group": "progress",
        "points": "19.26",
        "maximum": "20",
        "rank": "12",
        "ranked_units": "124",
        "captured_on": "2024-12-31",
        "provisional": "false",
        "scope": "Tất cả TTHC",
    },
    "alias": {"subject": "unit", "word": "Phòng số {}", "code": "23059"},
    "event": {
        "event_code": "SK-{:02}",
        "from_on": "2024-03-01",
        "to_on": "2024-03-05",
        "unit_code": "23059",
        "indicator_code": "T05",
        "name": "Đổi phần mềm một cửa",
        "splits": "false",
    },
    "component": {
        "index_code": "dti",
        "component_code": "S{}",
        "criterion_code": "society",
        "name": "Tài khoản VNeID",
        "maximum": "6",
        "full_at": "",
        "indicator_code": "S04",
        "source": "Đề xuất",
        "status": "proposed",
    },
    "equipment": {
        "unit_code": "23059",
        "name": "Máy quét loại {}",
        "required_count": "3",
        "usable_count": "1",
        "unit_cost": "12500000",
        "reported_on": "2024-11-30",
    },
    "essential_service": {
        "unit_code": "597",
        "name": "Dịch vụ số {}",
        "owner": "Công an huyện",
        "due_on": "2024-06-30",
        "deployed_on": "2024-05-15",
        "obstacle": "Chờ kết nối dữ liệu",
    },
    "community_team": {
        "unit_code": "23059",
        "village": "Thôn {}",
        "members": "7",
        "trained": "4",
        "trained_on": "2024-08-16",
        "reported_on": "2024-11-30",
    },
    "product": {
        "unit_code": "23059",
        "name": "Thanh long sấy loại {}",
        "platform": "Postmart",
        "ocop_stars": "4",
        "listed_on": "2023-05-02",
        "ended_on": "2024-06-30",
        "orders": "120",
    },
    "initiative": {
        "initiative_code": "MH-{:02}",
        "unit_code": "23059",
        "kind": "pilot",
        "name": "Truyền thanh, thông minh",
        "start_on": "2024-01-10",
        "due_on": "2024-06-30",
        "completed_on": "2024-06-15",
        "percent": "100",
        "indicator_code": "S10",
        "procedure_code": "",
        "days_saved": "",
        "cost_saved": "",
    },
}
# An open dossier.
OPEN = {"state": "processing", "processed_at": "", "returned_at": "", "status_updated_at": ""}
LATE = {"processed_at": "2024-03-13 10:00:00", "returned_at": "2024-03-13 10:00:00"}


def sound(table: str, number: int = 1, **changes: str) -> dict[str, str]:
    """A valid row with the numbered key and the given changes."""
    return {name: value.format(number) for name, value in PLAIN[table].items()} | changes


def write(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """A canonical CSV file of these rows."""
    rows = list(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


class Case(NamedTuple):
    """A change to one row of a table, and the one expected problem: rule, column, value, severity."""

    table: str
    changes: dict[str, str]
    rule: str
    column: str
    value: str
    severity: str = "reject"


def dossier(rule: str, severity: str, column: str, value: str, **changes: str) -> Case:
    """A case of table dossier."""
    return Case("dossier", changes, rule, column, value, severity)


def after(name: str, **more: str) -> Case:
    """A dossier with an event before it was received."""
    moment = {name: "2024-03-01"}
    return dossier("dossier_end_before_received", "reject", name, "2024-03-01 00:00:00", **more | moment)


def mistyped(table: str, column: str, *values: str, **more: str) -> list[Case]:
    """Cases of one column with values of the wrong type."""
    return [Case(table, more | {column: value}, "type", column, value) for value in values]


CASES = [
    dossier(
        "dossier_apology_after_due", "warning", "apology_at", "2024-03-12 00:00:00", **LATE, apology_at="2024-03-12"
    ),
    dossier(
        "dossier_apology_without_lateness", "warning", "apology_at", "2024-03-08 00:00:00", apology_at="2024-03-08"
    ),
    # By the rule of time: an hour too late, and an hour that its citizen needed.
    dossier(
        "dossier_apology_after_due",
        "warning",
        "apology_at",
        "2024-03-11 17:00:01",
        **LATE,
        apology_at="2024-03-11 17:00:01",
    ),
    dossier(
        "dossier_apology_without_lateness",
        "warning",
        "apology_at",
        "2024-03-08 00:00:00",
        apology_at="2024-03-08",
        due_at="2024-03-11",
        processed_at="2024-03-11 18:00:00",
        returned_at="2024-03-11 18:00:00",
        status_updated_at="2024-03-11 18:00:00",
    ),
    dossier(
        "dossier_apology_without_lateness",
        "warning",
        "apology_at",
        "2024-03-08 00:00:00",
        apology_at="2024-03-08",
        processed_at="2024-03-11 18:00:00",
        returned_at="2024-03-11 18:00:00",
        status_updated_at="2024-03-11 18:00:00",
        supplement_requested_at="2024-03-05 08:00:00",
        supplement_completed_at="2024-03-05 09:00:00",
        supplement_count="1",
    ),
    dossier(
        "dossier_late_without_apology",
        "warning",
        "apology_at",
        "",
        processed_at="2024-03-11 17:00:01",
        returned_at="2024-03-11 18:00:00",
        status_updated_at="2024-03-11 18:00:00",
    ),
    dossier("dossier_code_date", "warning", "dossier_code", "H11-240306-0009", dossier_code="H11-240306-0009"),
    dossier("dossier_due_before_received", "reject", "due_at", "2024-03-01 00:00:00", **OPEN, due_at="2024-03-01"),
    *map(after, ("processed_at", "returned_at", "withdrawn_at", "ineligible_returned_at")),
    *map(after, ("supplement_requested_at", "status_updated_at", "intake_recorded_at")),
    after("apology_at", **OPEN),
    *(
        dossier("dossier_end_before_received", "reject", name, "2024-03-04 07:59:00", **{name: "2024-03-04 07:59:00"})
        for name in ("processed_at", "withdrawn_at", "ineligible_returned_at")
    ),
    dossier("dossier_due_missing", "warning", "due_at", "", due_at=""),
    dossier("dossier_due_missing", "warning", "due_at", "", due_at="0000-00-00 00:00:00"),
    dossier(
        "dossier_event_order",
        "warning",
        "returned_at",
        "2024-03-06 09:00:00",
        returned_at="2024-03-06 09:00:00",
    ),
    dossier(
        "dossier_event_order",
        "warning",
        "supplement_requested_at",
        "2024-03-04 07:00:00",
        supplement_requested_at="2024-03-04 07:00:00",
    ),
    dossier(
        "dossier_event_order",
        "warning",
        "status_updated_at",
        "2024-03-04 07:00:00",
        status_updated_at="2024-03-04 07:00",
    ),
    dossier("code_damaged", "reject", "dossier_code", "2.40304E+11", dossier_code="2.40304E+11"),
    dossier("code_damaged", "reject", "officer_code", "24030400000000001", officer_code="24030400000000001"),
    Case("initiative", {"name": "1E+12"}, "code_damaged", "name", "1E+12"),
    Case("index_score", {"criterion_code": "1.5E+12"}, "code_damaged", "criterion_code", "1.5E+12"),
    dossier("code_personal", "reject", "dossier_code", "", dossier_code="Nguyễn Văn A"),
    dossier("officer_name", "warning", "officer_code", "", officer_code="Nguyễn Văn A, 0901234567"),
    dossier("personal_dropped", "warning", "officer_code", "", officer_code="CB-01 Nguyễn Văn A"),
    dossier("code_folded", "warning", "officer_code", "cb–01", officer_code="cb–01"),
    dossier("prose", "warning", "late_cause", "", late_cause="Do ông A chậm bổ sung"),
    dossier("allowed", "reject", "channel", "gửi qua người quen mang", channel="gửi qua người quen mang"),
    dossier("dossier_fee_unknown", "warning", "fee_required", "", procedure_code="2.000815", fee_required=""),
    *(
        dossier("dossier_finished_without_end", "reject", "state", state, **OPEN | {"state": state})
        for state in ("processed", "returned", "withdrawn", "stopped")
    ),
    dossier(
        "dossier_impossible_date",
        "reject",
        "received_at",
        "1999-12-31 00:00:00",
        **OPEN,
        received_at="1999-12-31",
        dossier_code="A1",
    ),
    dossier("dossier_impossible_date", "reject", "returned_at", "2099-01-01 00:00:00", returned_at="2099-01-01"),
    dossier("dossier_impossible_date", "reject", "due_at", "2050-01-01 00:00:00", due_at="2050-01-01"),
    dossier("dossier_late_without_apology", "warning", "apology_at", "", **LATE),
    dossier("dossier_negative_count", "reject", "supplement_count", "-1", supplement_count="-1"),
    dossier("dossier_negative_count", "reject", "reschedule_count", "-2", reschedule_count="-2"),
    dossier("dossier_not_closed_in_system", "warning", "state", "processing", state="processing"),
    dossier("dossier_online_not_offered", "warning", "channel", "online", channel="online", procedure_code="1.003583"),
    dossier("dossier_received_missing", "reject", "received_at", "", **OPEN, received_at=""),
    dossier("dossier_rescheduled_twice", "warning", "reschedule_count", "2", reschedule_count="2"),
    dossier(
        "dossier_supplement_order",
        "warning",
        "supplement_completed_at",
        "2024-03-05 08:00:00",
        supplement_requested_at="2024-03-05 09:00:00",
        supplement_completed_at="2024-03-05 08:00:00",
    ),
    dossier(
        "dossier_supplement_order",
        "warning",
        "supplement_completed_at",
        "2024-03-05 08:00:00",
        supplement_completed_at="2024-03-05 08:00:00",
    ),
    Case("dossier_step", {"completed_at": "2024-03-01"}, "dossier_step_order", "completed_at", "2024-03-01 00:00:00"),
    Case(
        "dossier_step",
        {"completed_at": "2024-03-04 07:00:00"},
        "dossier_step_order",
        "completed_at",
        "2024-03-04 07:00:00",
    ),
    Case("service_report", {"received_online": "7"}, "service_report_received", "handled", "12"),
    Case("service_report", {"resolved_early": "8"}, "service_report_resolved", "resolved", "10"),
    Case("service_report", {"open_late": "2"}, "service_report_open", "open_total", "2"),
    Case("service_report", {"handled": "13", "received_online": "7"}, "service_report_flow", "handled", "13"),
    Case(
        "service_report",
        {"open_in_time": "3", "open_late": "-1"},
        "service_report_negative",
        "open_late",
        "-1",
    ),
    Case("service_report", {"period": "1999-02"}, "service_report_future", "period", "1999-02"),
    Case("service_report", {"period": "2999-02"}, "service_report_future", "period", "2999-02"),
    Case(
        "service_report",
        {"received_direct": "3", "carried_over": "3"},
        "service_report_carried_over",
        "carried_over",
        "3",
        "warning",
    ),
    Case("kpi_value", {"indicator_code": "T05"}, "kpi_value_computed", "indicator_code", "T05"),
    Case("kpi_value", {"period": "1024"}, "kpi_value_future", "period", "1024"),
    Case("kpi_value", {"value": "0912345678"}, "type", "value", "[đã bỏ]"),
    Case("kpi_value", {"period": "2999-Q1"}, "kpi_value_future", "period", "2999-Q1"),
    Case("kpi_value", {"value": ""}, "kpi_value_missing", "value", ""),
    Case("kpi_value", {"value": "", "numerator": "3"}, "kpi_value_missing", "value", ""),
    Case("kpi_value", {"value": "", "numerator": "3", "denominator": "0"}, "kpi_value_missing", "value", ""),
    Case("kpi_value", {"value": "-1"}, "kpi_value_range", "value", "-1.0"),
    Case("kpi_value", {"value": "100.1"}, "kpi_value_range", "value", "100.1"),
    Case("kpi_value", {"indicator_code": "S08", "value": "-5"}, "kpi_value_range", "value", "-5.0"),
    Case("kpi_value", {"value": "", "numerator": "5", "denominator": "4"}, "kpi_value_range", "numerator", "5.0"),
    Case("kpi_value", {"indicator_code": "S08", "numerator": "-1"}, "kpi_value_range", "numerator", "-1.0"),
    Case("kpi_value", {"numerator": "3", "denominator": "4"}, "kpi_value_rate_differs", "value", "63.5"),
    Case("kpi_value", {"numerator": "63", "denominator": "100.01"}, "kpi_value_rate_differs", "value", "63.5"),
    Case("kpi_value", {"denominator": "-4"}, "kpi_value_range", "denominator", "-4.0"),
    Case("index_score", {"year": "9999"}, "index_score_year", "year", "9999"),
    Case("index_score", {"year": "1999"}, "index_score_year", "year", "1999"),
    Case("initiative", {"name": "M?t c?a số"}, "letters_lost", "name", "M?t c?a số"),
    Case("initiative", {"name": "Phòng N\ufffdi vụ"}, "letters_lost", "name", "Phòng N\ufffdi vụ"),
    Case("initiative", {"name": "C???ng đồng"}, "letters_lost", "name", "C???ng đồng"),
    Case("initiative", {"name": "Xong ?ợt một"}, "letters_lost", "name", "Xong ?ợt một"),
    Case("index_score", {"score": "14.5"}, "index_score_above_maximum", "score", "14.5"),
    Case("index_score", {"score": "-1"}, "index_score_above_maximum", "score", "-1.0"),
    Case("index_score", {"self_score": "15"}, "index_score_above_maximum", "self_score", "15.0"),
    Case(
        "index_score",
        {"score": "", "self_score": "", "maximum": "0"},
        "index_score_above_maximum",
        "maximum",
        "0.0",
    ),
    Case("portal_score", {"points": "20.01"}, "portal_score_points", "points", "20.01"),
    Case("portal_score", {"rank": "125"}, "portal_score_points", "rank", "125"),
    Case("portal_score", {"maximum": "22"}, "portal_score_maximum", "maximum", "22.0", severity="warning"),
    Case("portal_score", {"points": "0"}, "portal_score_zero", "points", "0.0", severity="warning"),
    Case("portal_score", {"scope": "TTHC 2.000815"}, "portal_score_one_procedure", "scope", "TTHC 2.000815"),
    Case("portal_score", {"period": "2024-H1"}, "portal_score_period", "period", "2024-H1"),
    Case("alias", {"word": "Phòng của Nguyễn Văn An"}, "code_personal", "word", ""),
    Case("alias", {"word": "0901234567"}, "code_personal", "word", ""),
    Case("alias", {"code": "99999"}, "alias_unknown_code", "code", "99999"),
    Case("alias", {"subject": "procedure", "code": "23059"}, "alias_unknown_code", "code", "23059"),
    Case("alias", {"subject": "state", "code": "nope"}, "alias_unknown_code", "code", "nope"),
    Case("component", {"criterion_code": "nope"}, "component_unknown_criterion", "criterion_code", "nope"),
    Case("index_score", {"criterion_code": "nope"}, "index_score_unknown_criterion", "criterion_code", "nope"),
    Case("equipment", {"usable_count": "-1"}, "equipment_counts", "usable_count", "-1"),
    Case("equipment", {"required_count": "-3"}, "equipment_counts", "required_count", "-3"),
    Case("equipment", {"unit_cost": "-2"}, "equipment_counts", "unit_cost", "-2.0"),
    Case("equipment", {"name": ""}, "required", "name", ""),
    Case("essential_service", {"deployed_on": "2999-01-01"}, "essential_service_future", "deployed_on", "2999-01-01"),
    *mistyped("essential_service", "due_on", "2024-02-30", "quý I"),
    Case("community_team", {"trained": "8"}, "community_team_counts", "trained", "8"),
    Case("community_team", {"trained": "-1"}, "community_team_counts", "trained", "-1"),
    Case("community_team", {"members": "-7", "trained": ""}, "community_team_counts", "members", "-7"),
    Case("community_team", {"village": ""}, "required", "village", ""),
    Case("product", {"ended_on": "2023-05-01"}, "product_values", "ended_on", "2023-05-01"),
    Case("product", {"ocop_stars": "6"}, "product_values", "ocop_stars", "6"),
    Case("product", {"ocop_stars": "2"}, "product_values", "ocop_stars", "2"),
    Case("product", {"orders": "-1"}, "product_values", "orders", "-1"),
    Case("product", {"name": "Mật ong của Nguyễn Văn An, 0901234567"}, "personal_dropped", "name", "", "warning"),
    Case("event", {"to_on": "2024-02-29"}, "event_dates", "to_on", "2024-02-29"),
    Case("initiative", {"due_on": "2024-01-09"}, "initiative_dates", "due_on", "2024-01-09"),
    Case("initiative", {"completed_on": "2024-01-09"}, "initiative_dates", "completed_on", "2024-01-09"),
    Case("initiative", {"kind": "proposal", "days_saved": "-1"}, "initiative_savings", "days_saved", "-1.0"),
    Case("initiative", {"kind": "proposal", "cost_saved": "-5"}, "initiative_savings", "cost_saved", "-5.0"),
    Case("initiative", {"kind": "task", "days_saved": "2"}, "initiative_savings", "days_saved", "2.0"),
    Case("initiative", {"kind": "pilot", "cost_saved": "0"}, "initiative_savings", "cost_saved", "0.0"),
    Case("initiative", {"percent": "100.5"}, "initiative_dates", "percent", "100.5"),
    # The rules that follow from the schema.
    *mistyped("dossier", "due_at", "31/02/2024", "2024-02-30", "13/25/2024", "5/3/24", "epoch", "infinity", "now"),
    *mistyped("dossier", "due_at", "2024-03-11 25:00:00", "Mar 5, 24"),
    *mistyped("initiative", "completed_on", "2023-02-29", "-infinity", "today", "12024-01-01"),
    *mistyped("dossier", "supplement_count", "1.5", "hai", "99999999999", "0x10"),
    *mistyped("kpi_value", "numerator", "1,5,", "inf", "6O"),
    *mistyped("kpi_value", "period", "2024-13", "2024-Q5", "13/2024", "2024-H3"),
    *mistyped("dossier", "complaint", "2", "chưa rõ"),
    dossier("required", "reject", "unit_code", "", unit_code=""),
    dossier("required", "reject", "unit_code", "  ", unit_code="  "),
    Case("initiative", {"name": ""}, "required", "name", ""),
    dossier("allowed", "reject", "channel", "fax", channel="fax"),
    dossier("allowed", "reject", "state", "Xong rồi", state="Xong rồi"),
    dossier("unknown_code", "reject", "unit_code", "99999", unit_code="99999"),
    dossier("unknown_code", "reject", "procedure_code", "1001193", procedure_code="1001193"),
    dossier("unknown_code", "reject", "late_cause", "N99", late_cause="N99"),
    Case("dossier_step", {"dossier_code": "H99"}, "unknown_code", "dossier_code", "H99"),
    dossier("duplicate", "reject", "dossier_code", "H11.16.01-240304-0001", dossier_code="H11.16.01-240304-0001"),
    Case(
        "kpi_value",
        {"period": "2024-01"},
        "duplicate",
        "unit_code, period, indicator_code",
        "23059 · 2024-01 · S01",
    ),
]


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """A connection with the known tables of a store that holds one dossier."""
    folder = tmp_path_factory.mktemp("known")
    with knowing(folder / "store", write(folder / "one.csv", [sound("dossier")])) as connection:
        yield connection


def found(connection: duckdb.DuckDBPyConnection, path: Path) -> list[tuple]:
    """Every problem of one file: line, column, value, rule, severity."""
    check.create_problem_table(connection)
    check.check(connection, load(connection, look(path)))
    return [
        (problem.line, problem.column, problem.value, problem.rule, problem.severity)
        for severity in ("reject", "warning")
        for problem in check.problems(connection, severity)
    ]


def refused(store: Path, *files: Path) -> list[tuple]:
    """The problems of files that publish() refuses: file, line, column, value, rule."""
    with pytest.raises(Rejected) as rejected:
        publish(list(files), store=store)
    assert all(problem.severity == "reject" and problem.reason for problem in rejected.value.problems)
    return [
        (problem.file, problem.line, problem.column, problem.value, problem.rule) for problem in rejected.value.problems
    ]


def stand(store: Path) -> dict[str, object]:
    """The state of a store: its files, their modification times, and the pointer's content."""
    files = {
        str(path.relative_to(store)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != "lock"
    }
    return {**files, "points": (store / POINTER).read_text() if (store / POINTER).exists() else None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.column}-{case.value}")
def test_breaks_just_this_rule(known, tmp_path, case):
    """The middle one of three rows breaks one rule: exactly one problem, on line 3."""
    rows = [sound(case.table, 1), sound(case.table, 2) | case.changes, sound(case.table, 3)]
    expected = (3, case.column, case.value, case.rule, case.severity)
    assert found(known, write(tmp_path / "bad.csv", rows)) == [expected]


@pytest.mark.parametrize("table", PLAIN)
def test_sound_rows_are_sound(known, tmp_path, table):
    """The unchanged base rows break no rule."""
    assert found(known, write(tmp_path / "good.csv", [sound(table, n) for n in (1, 2, 3)])) == []


def test_apologies_follow_the_rule_of_time(known, tmp_path):
    """In time are: an hour late of which the citizen needed two, and the evening of a due date without an hour."""
    waited = {
        "supplement_requested_at": "2024-03-05 08:00:00",
        "supplement_completed_at": "2024-03-05 10:00:00",
        "supplement_count": "1",
    }
    evening = dict.fromkeys(("processed_at", "returned_at", "status_updated_at"), "2024-03-11 18:00:00")
    rows = [sound("dossier", 1) | evening | waited, sound("dossier", 2) | evening | {"due_at": "2024-03-11"}]
    assert found(known, write(tmp_path / "good.csv", rows)) == []


def test_a_question_is_no_lost_letter(known, tmp_path):
    """A question mark behind a word, or in an address, is what it is."""
    texts = ["Vì sao chậm? Do mạng", "https://vidu.vn/a?b=1", "Có không?"]
    rows = [sound("initiative", number, name=text) for number, text in enumerate(texts, start=1)]
    assert found(known, write(tmp_path / "good.csv", rows)) == []


def test_a_rate_may_be_rounded(known, tmp_path):
    """Half a point beside numerator and denominator is rounding; a count may be anything."""
    rows = [
        sound("kpi_value", 1, numerator="64", denominator="100"),
        sound("kpi_value", 2, numerator="635", denominator="1000"),
        sound("kpi_value", 3, numerator="3"),
        sound("kpi_value", 4, indicator_code="S08", value="5", numerator="1", denominator="4"),
    ]
    assert found(known, write(tmp_path / "a.csv", rows)) == []


def test_every_rule_has_a_case():
    """Every rule file, every type except text, and every schema rule has a case."""
    # A total and its six groups: tests/test_portal_score.py.
    assert {rule.name for rule in check.rules()} - {"portal_score_total"} <= {case.rule for case in CASES}
    severity = {rule.name: rule.severity for rule in check.rules()}
    severity |= dict.fromkeys(("officer_name", "personal_dropped", "code_folded", "prose"), "warning")
    assert all(severity.get(case.rule, "reject") == case.severity for case in CASES)
    column_types = {(table.name, column.name): column.type for table in tables().values() for column in table.columns}
    typed = {column_types[case.table, case.column] for case in CASES if case.rule == "type"}
    assert typed == set(column_types.values()) - {"text"}
    assert {"type", "required", "allowed", "unknown_code", "duplicate"} <= {case.rule for case in CASES}


def test_words_that_can_be_taught_are_those_of_the_columns():
    """The rule about taught words lists exactly what the columns of these subjects allow."""
    (rule,) = (rule for rule in check.rules() if rule.name == "alias_unknown_code")
    listed = re.findall(r"\('(\w+)', '(\w+)'\)", rule.sql)
    (subjects,) = (set(column.allowed) for column in tables()["alias"].columns if column.name == "subject")
    allowed = {
        (subject_of(column), word)
        for table in tables().values()
        for column in table.columns
        for word in column.allowed
        if table.name != "alias" and subject_of(column) in subjects
    }
    assert len(listed) == len(set(listed)) and set(listed) == allowed


def test_rule_files_are_well_formed():
    """Each file states its rule, an existing table, and its severity."""
    for rule in check.rules():
        assert rule.says.endswith(".") and rule.table in tables() and rule.severity in ("reject", "warning"), rule


# ------------------------------------------------------------------------------- files as a whole

STEP = ",".join(PLAIN["dossier_step"])
ROW = "H11.16.01-240304-0001,{},commune,2024-03-04,,\n"
# name: (bytes of the file, the problems: line, column, value, rule)
FILES = {
    "missing_column": (STEP.replace("tier,", "") + "\n", [(1, "Cấp", "", "missing_column")]),
    "quote_open": (
        f'{STEP}\n{ROW.format(1)}{ROW.format("""2,"x""")}{ROW.format(3)}',
        [(3, "", 'H11.16.01-240304-0001,2,"x,commune,2024-03-04,,', "quote")],
    ),
    "not_utf8": (
        f"{STEP}\n{ROW.format(1)}Hồ sơ đã trả kết quả đúng hạn cho người dân,1,,,,\n".encode() + b"x\xe3,1,,,,\n",
        [(4, "", "", "encoding")],
    ),
    "binary": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, [(0, "", "", "binary")]),
    "empty": ("", [(0, "", "", "empty")]),
    "blank": ("\n\n", [(0, "", "", "empty")]),
    "only_header": (f"{STEP}\n", [(0, "", "", "no_rows")]),
    "no_header": ("1,2,3\n4,5,6\n", [(0, "", "", "no_header")]),
    "repeated_header": (f"{STEP},tier\n", [(1, "tier", "", "repeated_header")]),
    "web_page": ("<html><table><tr><td>1</td></tr></table></html>", [(0, "", "", "web_page")]),
    "broken_gzip": (b"\x1f\x8b\x08\x00broken", [(0, "", "", "broken_gzip")]),
}


@pytest.mark.parametrize("name", FILES)
def test_broken_file(tmp_path, name):
    """A file that is not a table is refused with the place of the problem, and leaves no trace."""
    text, problems = FILES[name]
    path = tmp_path / f"{name}.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    store = tmp_path / "store"
    assert refused(store, path) == [(path.name, *problem) for problem in problems]
    assert list(stand(store).values()) == [None]


def test_bad_byte_far_into_the_file(tmp_path):
    """An invalid UTF-8 byte is found anywhere in the file, and its line is reported."""
    path = tmp_path / "long.csv"
    vietnamese = "H11-240304-0001,Hồ sơ,,,,\n".encode()
    path.write_bytes(f"{STEP}\n".encode() + vietnamese * 40_000 + b"\xff\n")
    assert path.stat().st_size > 1_000_000
    assert refused(tmp_path / "store", path) == [("long.csv", 40_002, "", "", "encoding")]


def test_rows_of_another_width(known, tmp_path):
    """A row with too many or too few values is refused with its line; the others are read."""
    good = "MH-{},23059,pilot,Tên,2024-01-05\n"
    path = tmp_path / "ragged.csv"
    path.write_text(
        f"initiative_code,unit_code,kind,name,start_on\n{good.format(1)}{good.format(2).strip()},x\n"
        f"{good.format(3)}MH-4,23059,pilot\n",
        "utf-8",
    )
    assert [(line, rule) for line, _, _, rule, _ in found(known, path)] == [(3, "ragged"), (5, "ragged")]
    assert known.execute("SELECT line FROM incoming ORDER BY line").fetchall() == [(2,), (4,)]


def test_month_first_is_never_guessed(known, tmp_path):
    """In a month-first column, ambiguous dates are refused too."""
    dates = ("03/25/2024", "03/04/2024", "2024-03-09")
    rows = [sound("dossier", number, **OPEN, due_at=date) for number, date in enumerate(dates, start=1)]
    assert [problem[:4] for problem in found(known, write(tmp_path / "us.csv", rows))] == [
        (2, "due_at", "03/25/2024", "type"),
        (3, "due_at", "03/04/2024", "month_first"),
    ]


@pytest.mark.slow
def test_the_order_that_a_person_says(known, tmp_path):
    """With the order said, dates are read by it and dates that cannot be so are refused."""
    dates = ("3/4/2024 5:00 PM", "3/25/2024", "25/3/2024", "2024-03-09")
    path = write(tmp_path / "us.csv", [sound("dossier", n, **OPEN, due_at=date) for n, date in enumerate(dates, 1)])
    for order, refused_line, due in (("month", 4, "2024-03-04 17:00:00"), ("day", 3, "2024-04-03 17:00:00")):
        check.create_problem_table(known)
        check.check(known, load(known, look(path, Reading(dates=order))))
        assert [(one.line, one.rule) for one in check.problems(known, "reject")] == [(refused_line, "type")]
        assert known.execute("SELECT CAST(due_at AS VARCHAR) FROM incoming ORDER BY line").fetchall()[0] == (due,)


def test_month_first_in_one_column_means_all(known, tmp_path):
    """A column of ambiguous dates is refused beside a column that can only be month-first."""
    rows = [sound("dossier", n, **OPEN, received_at=f"03/0{n}/2024", due_at=f"03/2{n}/2024") for n in (1, 2)]
    rules = [problem[:4] for problem in found(known, write(tmp_path / "us.csv", rows)) if problem[4] == "reject"]
    assert (2, "received_at", "03/01/2024", "month_first") in rules


@pytest.mark.slow
def test_codes_stored_in_another_case_stay_one_dossier(tmp_path):
    """A code that an older version stored in small letters keeps them: a later file changes this dossier."""
    with knowing(tmp_path / "store", write(tmp_path / "one.csv", [sound("dossier")])) as connection:
        connection.execute(
            "CREATE TEMP TABLE kept AS SELECT * REPLACE (lower(dossier_code) AS dossier_code) FROM dossier"
        )
        connection.execute("CREATE OR REPLACE TEMP VIEW dossier AS FROM kept")
        row = sound("dossier") | {"dossier_code": "h11.16.01-240304-0001"}
        found(connection, write(tmp_path / "two.csv", [row]))
        assert connection.execute("SELECT dossier_code FROM incoming").fetchall() == [("h11.16.01-240304-0001",)]


def test_no_such_file(tmp_path):
    """A missing file is refused like any other, and not reported as a broken store."""
    path = tmp_path / "none.csv"
    assert refused(tmp_path / "store", path) == [("none.csv", 0, "", "", "read")]


def test_known_file(tmp_path):
    """The same bytes are accepted once, under any name, and once within one call."""
    store, path = tmp_path / "store", write(tmp_path / "a.csv", [sound("dossier")])
    twin = tmp_path / "twin.csv"
    twin.write_bytes(path.read_bytes())
    assert refused(store, path, twin) == [("twin.csv", 0, "", "", "known_file")]
    publish([path], store=store)
    before = stand(store)
    assert refused(store, twin) == [("twin.csv", 0, "", "", "known_file")]
    assert stand(store) == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_quoted_line_breaks_keep_the_true_line(known, tmp_path, newline):
    """After multi-line values and blank lines, line numbers are those of the file."""
    good = [f'MH-1,23059,pilot,"Một{newline}hai{newline}ba"', "", "MH-2,23059,pilot,Bốn"]
    lines = ["initiative_code,unit_code,kind,name", *good, "MH-3,23059,other,Năm"]
    path = tmp_path / "lines.csv"
    path.write_bytes(newline.join(lines).encode())
    assert found(known, path) == [(7, "kind", "other", "allowed", "reject")]
    assert known.execute("SELECT line, name FROM incoming ORDER BY line").fetchall() == [
        (2, "Một hai ba"),
        (6, "Bốn"),
        (7, "Năm"),
    ]


@pytest.mark.parametrize("start", ["\ufeff", ""])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_how_a_file_may_be_written(known, tmp_path, start, newline, end):
    """With or without BOM, with either line ending, with or without the last one."""
    path = tmp_path / "any.csv"
    lines = [",".join(sound("dossier")), ",".join(sound("dossier").values())]
    path.write_bytes((start + newline.join(lines) + end).encode())
    assert found(known, path) == []
    assert known.execute("SELECT line, dossier_code FROM incoming").fetchall() == [(2, "H11.16.01-240304-0001")]


def test_text_stays_text(known, tmp_path):
    """Leading zeros and number-like texts stay; decomposed letters and extra blanks are normalised."""
    row = sound("dossier", dossier_code="000123", officer_code=" 007 ")
    decomposed = "Hội đồng"
    assert found(known, write(tmp_path / "a.csv", [row])) == []
    assert known.execute("SELECT dossier_code, officer_code FROM incoming").fetchall() == [("000123", "007")]
    assert found(known, write(tmp_path / "b.csv", [sound("initiative", name=decomposed)])) == []
    assert known.execute("SELECT name FROM incoming").fetchall() == [("Hội đồng",)]


def test_shift_trap(tmp_path):
    """With one unquoted comma only that line is refused, and no value moves to the next column."""
    head = "dossier_code,unit_code,procedure_code,state,officer_code,received_at,due_at"
    good = "A{},23059,1.001193,processing,CB,2024-03-04,2024-03-11\n"
    path = tmp_path / "shift.csv"
    path.write_text(f"{head}\n{good.format(1)}{good.format(2).replace('CB', 'Lan, Ủy')}{good.format(3)}", "utf-8")
    ((_, line, _, value, rule),) = refused(tmp_path / "store", path)
    assert (line, rule) == (3, "ragged") and "Lan, Ủy" in value


def test_shift_trap_with_the_right_number_of_values(tmp_path):
    """With one comma too many and the last value missing, every shifted value is refused in its column."""
    head = "dossier_code,unit_code,procedure_code,officer_code,state,received_at,due_at"
    path = tmp_path / "shift.csv"
    path.write_text(f"{head}\nA1,23059,1.001193,Lan, Ủy,processing,2024-03-04\n", "utf-8")
    problems = [(line, column, rule) for _, line, column, _, rule in refused(tmp_path / "store", path)]
    assert (2, "state", "allowed") in problems and (2, "received_at", "type") in problems


# ---------------------------------------------------------------------------- all files or none


def test_rejected_leaves_the_store_as_it_was(tmp_path):
    """Same files, same bytes, same pointer, whether rows or the whole file are bad."""
    store = tmp_path / "store"
    publish([write(tmp_path / "a.csv", [sound("dossier")])], store=store)
    before = stand(store)
    good = write(tmp_path / "good.csv", [sound("dossier", 2)])
    bad = write(tmp_path / "bad.csv", [sound("dossier", 3), sound("dossier", 4, state="nope")])
    ragged = tmp_path / "ragged.csv"
    ragged.write_text(f"{STEP}\na,b\n")
    for files in ([bad], [good, bad], [good, ragged], [good, bad, ragged], [tmp_path / "none.csv", good]):
        refused(store, *files)
        assert stand(store) == before
    assert before["points"] == "s000001\n" and pointed_id(store) == "s000001"


def test_all_problems_of_all_files_together(tmp_path):
    """All problems of all files are reported at once."""
    rows = [sound("dossier", 1, channel="fax", unit_code="1"), sound("dossier", 2, supplement_count="x")]
    first, second = write(tmp_path / "a.csv", rows), write(tmp_path / "b.csv", [sound("kpi_value", value="101")])
    third = tmp_path / "c.csv"
    third.write_text("code,name\n")
    empty = tmp_path / "d.csv"
    empty.touch()
    problems = refused(tmp_path / "store", empty, first, third, second)
    assert {(file, line, column) for file, line, column, _, _ in problems if file in ("a.csv", "b.csv")} == {
        ("a.csv", 2, "channel"),
        ("a.csv", 2, "unit_code"),
        ("a.csv", 3, "supplement_count"),
        ("b.csv", 2, "value"),
    }
    assert {file for file, *_ in problems} == {"a.csv", "b.csv", "c.csv", "d.csv"}


def test_files_may_refer_to_each_other(tmp_path):
    """Steps may come before their dossiers, and values before their indicator."""
    indicator = {
        "indicator_code": "Z01",
        "name": "Chỉ tiêu mới",
        "short_name": "Mới",
        "group_code": "digital",
        "measure": "%",
        "direction": "up",
        "weight": "1",
        "kind": "reported",
        "frequency": "month",
        "aggregate": "ratio",
        "formula": "Đếm",
        "source": "Báo cáo",
        "status": "proposed",
    }
    files = [
        write(tmp_path / "steps.csv", [sound("dossier_step")]),
        write(tmp_path / "values.csv", [sound("kpi_value", indicator_code="Z01")]),
        write(tmp_path / "dossiers.csv", [sound("dossier")]),
        write(tmp_path / "indicators.csv", [indicator]),
    ]
    taken = publish(files, store=tmp_path / "store").uploads
    assert [upload["table"] for upload in taken] == ["indicator", "dossier", "dossier_step", "kpi_value"]


def test_warnings_are_counted_file_by_file(tmp_path):
    """Warnings are counted by file, also if two files from two folders have the same name."""
    paths = []
    for number, times in enumerate((1, 2)):
        (tmp_path / str(number)).mkdir()
        rows = [sound("dossier", 10 * number + n, reschedule_count="2") for n in range(times)]
        paths.append(write(tmp_path / str(number) / "same.csv", rows))
    outcome = publish(paths, store=tmp_path / "store")
    assert [upload["warnings"] for upload in outcome.uploads] == [
        {"dossier_rescheduled_twice": 1},
        {"dossier_rescheduled_twice": 2},
    ]
    assert [(warning.line, warning.severity) for warning in outcome.warnings] == [(2, "warning")] * 2 + [(3, "warning")]


def test_problem_speaks_vietnamese(tmp_path):
    """A problem as a sentence contains file, line, column and value."""
    path = write(tmp_path / "tháng 3.csv", [sound("dossier", channel="fax")])
    with pytest.raises(Rejected) as rejected:
        publish([path], store=tmp_path / "store")
    sentence = "tháng 3.csv, dòng 2, cột channel (giá trị “fax”): Không hiểu từ này. Chỉ nhận: Trực tiếp, Trực tuyến, Bưu chính công ích."
    assert str(rejected.value) == sentence


MOMENTS = (
    "2024-03-04 08:00:00", "2024-03-04", "2024-03-04 08:00", "04/03/2024", "04/03/2024 08:00:00", "04-03-2024 8:00",
    "2024-02-31", "31/02/2024", "99/99/2024", "2024-03-04 23:59:60", "2024-03-04\n", " 2024-03-04", "٢024-03-04",
    "1999-03-04", "9999-12-31", "45355", "4/3/2024", "", "-", "không", "ngày 4 tháng 3 năm 2024",
)  # fmt: skip
TEXTS = (
    "CB-23059-01",
    "CB 01",
    "A",
    "",
    "-",
    "null",
    "không có",
    "CB\u200b-01",
    "Nguyễn Văn A",
    "x" * 40,
    "é",
    "a\u0301b",
)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(MOMENTS)))
def test_small_files_are_typed_as_large_ones(known, tmp_path, number):
    """The short conversion of values in a usual form gives what the full one gives."""
    cells = {"received_at": MOMENTS[number], "due_at": MOMENTS[-number], "officer_code": TEXTS[number % len(TEXTS)]}
    source = load(known, look(write(tmp_path / "a.csv", [sound("dossier", **cells)])))
    typed = {}
    for small in (check._SMALL, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(check, "_SMALL", small)
            check.type_rows(known, source)
        typed[small] = known.execute("FROM incoming").fetchall()
    assert typed[0] == typed[check._SMALL]


def test_usual_columns_are_found(known, tmp_path):
    """A plain file takes the short conversion: a test above compares nothing otherwise."""
    source = load(known, look(write(tmp_path / "a.csv", [sound("dossier")])))
    assert {"received_at", "due_at", "officer_code", "dossier_code"} <= check._usual_columns(
        known, source, check.raw_columns(known)
    )
