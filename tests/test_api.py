"""GET /api/v1/<question>: the same rows as on the pages, in three formats; parameters, rights, the ETag, refusals."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from contextvars import ContextVar
from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi import checks
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

import queries
from access import RIGHTS, ROLES, Role, accounts, audit, sessions, tokens
from access.rates import Rates
from access.settings import load as load_settings
from docs import api as guide
from ingest.store import sources
from queries.snapshot import ROOT
from serve import answers, api, guard, openapi, parameters, push
from tests.test_access import add
from tests.test_queries import CASES, CHOICES
from words.columns import COLUMNS, INTERNAL
from words.period import chosen
from words.vietnamese import fold

APP = Starlette(routes=[*push.routes(), *answers.routes(), *api.nowhere()], middleware=[Middleware(guard.Guard)])
EXAMPLES = 5  # requests of each kind for each address
# What an answer must be: as the document says, and no failure of the server.
CHECKED = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
FORMS = ("json", "csv", "parquet")
# In the home of the simulated district; what is not given follows from the period.
DERIVED = {"start_on", "end_on", "judged_on", "before", "before_cut", "letters"}


@pytest.fixture
def unpinned(monkeypatch):
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    monkeypatch.setattr(queries, "_schema", ContextVar("main", default="main"))


@pytest.fixture
def asked(demo_store, tmp_path, monkeypatch, unpinned):
    """A client with every right to read on the simulated district."""
    return client_on(demo_store, tmp_path, monkeypatch, "analyst")


def client_on(store: Path, tmp_path: Path, monkeypatch, anonymous: str = "viewer") -> TestClient:
    """A client on a store that is not written: tokens, sessions and log are beside it."""
    secrets = tmp_path / "secrets.toml"
    if not secrets.exists():
        secrets.write_text(f'[access]\nanonymous = "{anonymous}"\n', encoding="utf-8")
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    monkeypatch.setenv("DASHBOARD_SECRETS", str(secrets))
    for module in (api, answers, push, parameters):
        monkeypatch.setattr(module, "store_directory", lambda: tmp_path / "beside")
    monkeypatch.setattr(answers, "reader", lambda: queries.snapshots.reader(store))
    monkeypatch.setattr(api, "rates", Rates())
    monkeypatch.setattr(push, "rates", Rates())
    monkeypatch.setattr("access.rates.READS", 10**6)
    monkeypatch.setattr("access.rates.OF_ADDRESS", 10**6)
    return TestClient(APP, base_url="http://localhost", raise_server_exceptions=False)


# ------------------------------------------------------------------------------------ the same rows as on the pages


def sent(question: str, choices: dict) -> dict[str, object]:
    """The parameters that a program sends for what a page passes."""
    known = parameters.of(question)
    given = {name: value for name, value in choices.items() if name in known and name not in DERIVED}
    if "compare" in known:
        given["compare"] = choices["compare"]
    return {name: int(value) if name in ("threshold", "days") else value for name, value in given.items()}


def passed(case: dict) -> dict | None:
    """What a page passes for a case of tests/test_queries.py: the dates follow from the period; None for no such period."""
    choices = CHOICES | case
    periods = set(queries.load("periods", calendar=choices["calendar"])["period_code"])
    if choices["period"] not in periods:
        return None
    compare = (
        "last_year"
        if choices["before"][:4] == "2023" and choices["period"].endswith(choices["before"][4:])
        else "previous"
    )
    period = chosen(choices["calendar"], choices["period"], compare)
    more = period.parameters | {"end_on": f"{period.end_on:%Y-%m-%d}", "scope": choices["scope"], "letters": ""}
    more |= sources.asked(queries.store_directory(), queries.snapshot().uploads)
    return choices | more | {"compare": compare}


def plain(value: object) -> object:
    """A value of a page's frame as JSON has it."""
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(one) for one in value]
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp | datetime):
        return value.date().isoformat() if value == value.normalize() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def frame_rows(frame: pd.DataFrame) -> list[list]:
    return [[plain(value) for value in row] for row in frame.itertuples(index=False)]


def alike(one: object, two: object) -> bool:
    """Whether two values are the same figure; JSON of a timestamp at midnight is a day."""
    if isinstance(one, float | int) and isinstance(two, float | int) and not isinstance(one, bool):
        return math.isclose(one, two, rel_tol=1e-12, abs_tol=1e-12)
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(alike, one, two))
    if isinstance(one, str) and isinstance(two, str):
        return one == two or one.replace("T00:00:00", "").replace(" 00:00:00", "") == two
    return one == two or (one == "" and two is None)


def read_json(content: bytes) -> tuple[list[str], list[list]]:
    said = json.loads(content)
    return [column["name"] for column in said["columns"]], [list(row.values()) for row in said["rows"]]


def read_parquet(content: bytes) -> tuple[list[str], list[list]]:
    table = pq.read_table(io.BytesIO(content))
    return table.column_names, [[plain(value) for value in row.values()] for row in table.to_pylist()]


def read_csv(content: bytes, simulated: bool) -> tuple[list[str], list[list[str]]]:
    assert content.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    if simulated:
        assert header.pop() == "Ghi chú" and all(row.pop() == "MÔ PHỎNG" for row in rows)
    return header, rows


def as_text(value: object) -> str:
    """A value as CSV writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def same_text(one: str, value: object) -> bool:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return alike(float(one), float(value))
    text = as_text(value)
    return one.removeprefix("'") == text.removeprefix("'") or one.replace(" 00:00:00", "") == text


def compare(client: TestClient, question: str, choices: dict) -> int:
    """Ask in every format and compare with the page's frame; returns the number of rows."""
    frame = queries.load(question, **choices)
    wanted, simulated = frame_rows(frame), frame.attrs["simulated"]
    for form in FORMS:
        answer = client.get(f"/api/v1/{question}.{form}", params=sent(question, choices))
        assert answer.status_code == 200, (question, answer.text)
        assert answer.headers["x-simulated"] == str(simulated).lower()
        if form == "csv":
            names, rows = read_csv(answer.content, simulated)
            same = same_text
        else:
            names, rows = {"json": read_json, "parquet": read_parquet}[form](answer.content)
            same = alike
        assert names == list(frame.columns) == list(queries.question(question).returns)
        assert len(rows) == len(wanted), (question, form)
        for row, right in zip(rows, wanted, strict=True):
            assert all(map(same, row, right)), (question, form, row, right)
    return len(wanted)


def not_asked(question: str, choices: dict) -> bool:
    """What no page asks: a code that does not exist there, or no moment."""
    units, known = set(queries.load("units")["unit_code"]) | {CHOICES["unit"]}, queries.question(question).parameters
    return ("unit" in known and choices["unit"] not in units) or (
        "units" in known and not set(choices["units"].split(",")) <= units
    )


@pytest.mark.parametrize("question", sorted(queries.rights()))
def test_every_question_has_the_rows_of_the_page(asked, question):
    """In every format, for every case of the questions' own tests."""
    found = 0
    for case in CASES.values():
        choices = passed(case)
        if choices and not not_asked(question, choices):
            found += compare(asked, question, choices)
    assert found or question in NO_ROWS


# Questions without rows on the simulated district.
NO_ROWS = {"entered_events", "service_report_cells", "service_reports", "unclear_units", "refused", "refused_files", "apology_told", "lacking", "unclear"}  # fmt: skip


def test_every_question_on_a_store_of_which_a_part_is_known(tmp_path, monkeypatch, unpinned, here):
    """The small district ends in the middle of a month and has real rows: the same rows as on the page."""
    client = client_on(here.store, tmp_path, monkeypatch, "analyst")
    asked, with_rows = 0, 0
    for question in sorted(queries.rights()):
        choices = passed({"period": "2024-Q3", "before": "2024-Q2"})
        choices["issued_on"] = "2024-11-20"
        if not not_asked(question, choices):
            asked, with_rows = asked + 1, with_rows + (compare(client, question, choices) > 0)
    assert asked > 100 and with_rows > 60


def test_types_are_those_of_the_database(asked):
    table = pq.read_table(io.BytesIO(asked.get("/api/v1/dossier_list.parquet").content))
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds["due_on"] == "date32[day]" and kinds["days_late"] in ("int32", "int64") and kinds["chance"] == "double"
    about = json.loads(table.schema.metadata[b"dashboard"])
    assert about["simulated"] is True and about["question"] == "dossier_list"
    for question in sorted(queries.rights()):
        params = sent(question, passed({}))
        table = pq.read_table(io.BytesIO(asked.get(f"/api/v1/{question}.parquet", params=params).content))
        assert not [field for field in table.schema if "decimal" in str(field.type) or "dictionary" in str(field.type)]


def test_without_parameters_the_page_as_it_opens(asked):
    """The defaults are those of the pages: the newest quarter, the home, the period before."""
    said = asked.get("/api/v1/headline.json").json()
    assert said["parameters"] | {} == said["parameters"]
    assert (said["parameters"]["period"], said["parameters"]["before"], said["parameters"]["unit"]) == (
        "2024-Q4",
        "2024-Q3",
        "597",
    )
    assert said["simulated"] is True and said["as_of"] == "2024-12-31" and said["next_offset"] is None


def test_a_long_list_comes_in_parts(asked):
    """All parts together are the whole, and each names the next."""
    whole = asked.get("/api/v1/dossier_list.json?subset=handled&page=all&limit=100000").json()["rows"]
    address, rows = "/api/v1/dossier_list.json?subset=handled&page=all&limit=1000", []
    while address:
        answer = asked.get(address)
        rows += answer.json()["rows"]
        link = answer.headers.get("link")
        address = re.match("<(.+)>", link)[1] if link else None
    assert rows == whole and len(whole) > 3000


def test_cells_run_as_no_formula(monkeypatch):
    import pyarrow as pa

    table = pa.table({"a": ["=1+1", "@x", "–", None], "b": [-1.5, 2.0, float("nan"), 1.0]})
    _, rows = read_csv(answers._as_csv(table, {"simulated": False}), False)
    assert rows == [["'=1+1", "-1.5"], ["'@x", "2.0"], ["–", ""], ["", "1.0"]]


# ------------------------------------------------------------------------------------ the ETag


def test_an_answer_that_is_known_is_not_sent_again(asked):
    first = asked.get("/api/v1/headline.json")
    tag = first.headers["etag"]
    assert re.fullmatch(r'"s000001-[0-9a-f]{20}"', tag) and first.headers["cache-control"] == "private, no-cache"
    again = asked.get("/api/v1/headline.json", headers={"If-None-Match": f'"x", {tag}'})
    assert again.status_code == 304 and again.content == b"" and again.headers["etag"] == tag
    others = {
        asked.get(path).headers["etag"]
        for path in (
            "/api/v1/headline.csv", "/api/v1/headline.json?period=2024-Q3", "/api/v1/headline.json?compare=last_year",
            "/api/v1/headline.json?limit=5", "/api/v1/briefing.json", "/api/v1/headline.json?unit=23059",
        )
    }  # fmt: skip
    assert len(others) == 6 and tag not in others


def test_lists_are_not_kept_and_are_logged(asked, tmp_path):
    assert asked.get("/api/v1/dossier_list.csv").headers["cache-control"] == "private, no-store"
    asked.get("/api/v1/officer_list.json?limit=2")
    asked.get("/api/v1/headline.json")
    said = audit.events(tmp_path / "beside")
    assert [(one["event"], one["list"], one["rows"]) for one in said] == [
        ("export_dossiers", "dossier_list", 50),
        ("export_officers", "officer_list", 2),
    ]


def test_without_a_log_no_list(asked, monkeypatch):
    monkeypatch.setattr(audit, "record", lambda *said, **more: False)
    assert asked.get("/api/v1/dossier_list.csv").status_code == 503
    assert asked.get("/api/v1/headline.csv").status_code == 200


# ------------------------------------------------------------------------------------ rights


@cache
def table_of_rights() -> dict[str, str]:
    """Question → role, as docs/phan-quyen.md says."""
    text = (ROOT / "docs" / "phan-quyen.md").read_text(encoding="utf-8")
    section = text.partition("## Địa chỉ cho chương trình")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| ([^|]+) \|", section, re.MULTILINE)[1:]
    return {name: role.strip() for names, role in rows for name in re.findall(r"`(\w+)`", names)}


def test_the_guide_says_who_may_ask_what():
    """Every question above the viewer is listed with its role; every other one is open to viewers."""
    told = table_of_rights()
    for question, right in queries.rights().items():
        least = RIGHTS[right].least
        assert told.get(question, "người xem") == least.title.lower(), question
    assert {question for question, right in queries.rights().items() if right != "view"} == told.keys()


def test_every_question_has_its_right():
    """And whatever has a dossier's or an officer's code needs more than the right to view."""
    names = {path.stem for path in queries.FOLDER.glob("*.sql")}
    assert names == set(queries.rights()) and set(queries.rights().values()) <= RIGHTS.keys()
    for name, right in queries.rights().items():
        coded = {"dossier_code", "officer_code"} & set(queries.question(name).returns)
        assert not coded or RIGHTS[right].least > Role.VIEWER, name


@pytest.mark.parametrize("role", ["", *(name for name in ROLES if name != "admin")])
def test_each_question_for_each_token(demo_store, tmp_path, monkeypatch, unpinned, role):
    """A token reads what its role may, of every question; without a token nobody reads anything here."""
    (tmp_path / "secrets.toml").write_text('[access]\nanonymous = ""\n', encoding="utf-8")
    client = client_on(demo_store, tmp_path, monkeypatch)
    mine = Role.NOBODY if not role else ROLES[role]
    secret, _ = tokens.make(tmp_path / "beside", "a", "an", tokens.CONSOLE, None, role=mine)
    for question, right in queries.rights().items():
        params = sent(question, passed({})) | {"limit": 1}
        answer = client.get(f"/api/v1/{question}.json", params=params, headers={"Authorization": f"Bearer {secret}"})
        allowed = mine >= RIGHTS[right].least
        assert answer.status_code == (200 if allowed else 401 if not role else 403), question
        assert client.get(f"/api/v1/{question}.json", params=params).status_code == 401


def test_a_session_reads_as_its_user_unless_another_site_asks(demo_store, tmp_path, monkeypatch, unpinned):
    client = client_on(demo_store, tmp_path, monkeypatch)
    add(tmp_path / "secrets.toml", "lan", "leader")
    mark = accounts.mark_of(load_settings().users["lan"])
    token = sessions.begin(tmp_path / "beside", "lan", "password", mark, 1)
    cookie = {"Cookie": f"{sessions.COOKIE}={token}"}
    assert client.get("/api/v1/dossier_list.csv", headers=cookie).status_code == 200
    assert client.get("/api/v1/dossier_list.csv").status_code == 401
    for more in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.get("/api/v1/dossier_list.csv", headers=cookie | more).status_code == 401
    # A cookie never lets a file in.
    assert client.put("/api/v1/uploads/dossier?filename=a.csv", content=b"x", headers=cookie).status_code == 401


def test_wrong_tokens_are_logged_without_their_text_and_soon_not_heard(demo_store, tmp_path, monkeypatch, unpinned):
    client = client_on(demo_store, tmp_path, monkeypatch)
    secret, token = tokens.make(tmp_path / "beside", "a", "an", tokens.CONSOLE, None, role=Role.LEADER)
    tokens.end(tmp_path / "beside", token.id, "an")
    statuses = [
        client.get("/api/v1/headline.json", headers={"Authorization": f"Bearer {text}"}).status_code
        for text in [secret, "mật khẩu của tôi".encode(), *["x"] * 30]
    ]
    assert statuses[:20] == [401] * 20 and statuses[20:] == [429] * 12
    limited = client.get("/api/v1/headline.json", headers={"Authorization": "Bearer x"})
    assert int(limited.headers["retry-after"]) > 0 and limited.json()["error"] == "too_often"
    log = (tmp_path / "beside" / audit.FILE).read_text("utf-8")
    assert secret not in log and "của tôi" not in log and log.count("token_refused") == 20 and "mã a" in log
    assert client.get("/api/v1/headline.json", headers={"Authorization": "Basic eDp5"}).status_code == 401


def test_a_token_that_asks_too_often_waits(demo_store, tmp_path, monkeypatch, unpinned):
    client = client_on(demo_store, tmp_path, monkeypatch)
    monkeypatch.setattr("access.rates.READS", 3)
    secret, _ = tokens.make(tmp_path / "beside", "a", "an", tokens.CONSOLE, None, role=Role.VIEWER)
    said = [
        client.get("/api/v1/units.json", headers={"Authorization": f"Bearer {secret}"}).status_code for _ in range(5)
    ]
    assert said == [200, 200, 200, 429, 429]


# ------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("x=1", "không có tham số “x”"),
        ("unit=1", "không có đơn vị"),
        ("unit=a%00b", "không hợp lệ"),
        ("unit=597&unit=597", "chỉ ghi một lần"),
        ("period=1999-Q1", "không có kỳ"),
        ("calendar=lunar", "solar"),
        ("home=1", "Không có phạm vi"),
        ("limit=0", "số nguyên từ 1"),
        ("limit=1.5", "số nguyên"),
        ("limit=99999999999999999999", "số nguyên"),
        ("offset=-1", "số nguyên"),
        ("compare=" + "a" * 5000, "không hợp lệ"),
    ],
)
def test_a_wrong_parameter_is_explained(asked, query, says):
    answer = asked.get(f"/api/v1/headline.json?{query}")
    assert answer.status_code == 422 and says in answer.json()["message"] and answer.json()["error"] == "parameter"


@pytest.mark.parametrize("moves", ["x", "{}", "[1]", '[{"unit": "a"}]', '[{"unit": "a", "indicator": "b", "value": "c"}]',
                                   '[{"unit": "a", "indicator": "b", "value": NaN}]', '[{"unit": "a", "indicator": "b", "value": true}]',
                                   "[" * 5000, f"[{','.join(['1'] * 400)}]"])  # fmt: skip
def test_a_wrong_scenario_is_explained(asked, moves):
    answer = asked.get("/api/v1/scenario_moves.json", params={"index": "dti", "moves": moves})
    assert answer.status_code == 422 and "moves" in answer.json()["message"]


def test_addresses_and_methods(asked):
    for path in ("/api", "/api/", "/api/v1", "/api/v1/", "/api/v2/x", "/api/v1/x.csv", "/api/v1/headline.xml", "/api/v1/headline",
                 "/api/v1/build/01.csv", "/api/v1/..%2Fpage_need.csv", "/api/v1/right.csv", "/api/v1/uploads/outcomes/a/b"):  # fmt: skip
        answer = asked.get(path)
        assert answer.status_code == 404 and answer.json()["error"] == "unknown", path
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = asked.request(method, "/api/v1/headline.json")
        assert (
            answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD, OPTIONS" and answer.json()["message"]
        )
    assert asked.request("GET", "/api/v1/uploads/dossier").headers["allow"] == "OPTIONS, PUT"
    answer = asked.options("/api/v1/headline.json")
    assert answer.status_code == 204 and answer.headers["allow"] == "GET, HEAD, OPTIONS"
    head, whole = asked.head("/api/v1/headline.json"), asked.get("/api/v1/headline.json")
    assert head.content == b"" and head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.content))
    assert whole.headers["x-content-type-options"] == "nosniff"


def test_an_empty_store_and_a_bug_are_told(tmp_path, monkeypatch, unpinned, demo_store):
    client = client_on(tmp_path / "empty", tmp_path, monkeypatch)
    answer = client.get("/api/v1/headline.json")
    assert answer.status_code == 503 and answer.json()["error"] == "no_data" and answer.headers["retry-after"]
    client = client_on(demo_store, tmp_path, monkeypatch)

    def broken(*arguments):
        raise RuntimeError("bí mật")

    monkeypatch.setattr(answers.queries, "part", broken)
    answer = client.get("/api/v1/headline.json")
    assert answer.status_code == 500 and re.search(r"mã [0-9a-f]{8}", answer.json()["message"])
    assert "bí mật" not in answer.text and "Traceback" not in answer.text


# ------------------------------------------------------------------------------------ the document


def test_the_guide_is_up_to_date():
    """docs/api.md equals the output of: python docs/api.py."""
    text = guide.GUIDE.read_text(encoding="utf-8")
    assert text.partition(guide.BEGIN)[2].partition(guide.END)[0].strip() == guide.as_markdown().strip()


def test_the_document_names_every_question_column_and_right(asked):
    said = asked.get("/api/v1/openapi.json").json()
    assert said["openapi"] == "3.1.0" and said == json.loads(json.dumps(openapi.document()))
    for question, right in queries.rights().items():
        operation = said["paths"][f"/api/v1/{question}.json"]["get"]
        assert operation["summary"] == queries.question(question).says
        assert RIGHTS[right].least.title.lower() in operation["description"]
        columns = operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["rows"]["items"][
            "properties"
        ]
        assert list(columns) == list(queries.question(question).returns)
        assert all(("title" in one) == (name in COLUMNS) for name, one in columns.items())
        assert columns.keys() <= COLUMNS.keys() | INTERNAL
        assert {one["name"] for one in operation["parameters"]} == set(parameters.of(question))


def test_every_parameter_of_a_question_is_known():
    """A new parameter of a statement is given by programs, or follows from the period."""
    for name in queries.rights():
        used = queries.question(name).parameters
        assert used <= parameters.PARAMETERS.keys() | parameters.OF_PERIOD | parameters.OF_SERVER, name
    said = [one.says for one in parameters.PARAMETERS.values()]
    assert all(re.search("[à-ỹđ]", text.lower()) and fold(text) != text for text in said)


def test_the_document_is_valid():
    """By the schema of OpenAPI 3.1 that schemathesis checks with."""
    schema = schemathesis.openapi.from_dict(openapi.document())
    schema.validate()
    assert len(list(schema.get_all_operations())) == 3 * len(queries.rights()) + 3


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(openapi.document()["paths"]))
def test_schemathesis_finds_no_fault(path, demo_store, tmp_path, monkeypatch, unpinned):
    """Requests that fit the document and requests that do not: no 500, and every answer as the document says."""
    client_on(demo_store, tmp_path, monkeypatch, "analyst")
    monkeypatch.setattr("access.rates.UPLOADS", 10**6)
    secret, _ = tokens.make(tmp_path / "beside", "a", "an", tokens.CONSOLE, ("dossier",), role=Role.ANALYST)
    document = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP)
    (method,) = openapi.document()["paths"][path]
    for mode in schemathesis.GenerationMode:
        cases = document[path][method].as_strategy(generation_mode=mode)

        @given(case=cases)
        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def ask(case):
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}"}
            answer = case.call()
            assert answer.status_code != 500, answer.text
            case.validate_response(answer, checks=CHECKED)

        try:
            ask()
        except Unsatisfiable:  # a request without parameters cannot be wrong
            assert mode is schemathesis.GenerationMode.NEGATIVE
