"""The parameters of GET /api/v1/<question>: what each means, what it may be, and its default as on the pages.

A program gives what a reader of a page chooses: home, calendar, kind of period, period, comparison. The dates, the period
before and the like follow from these, as on a page.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import queries
from actions import letters
from ingest.schema import UPLOADED
from ingest.store import sources
from queries.scenario import MOST as MOST_MOVES
from queries.snapshot import MAIN, store_directory
from serve.api import Fault
from words.period import CALENDARS, COMPARISONS, KINDS, SINCE_JANUARY, chosen, newest_known, offered, usual_kind
from words.sentences import APOLOGIES

# What follows from the chosen period.
OF_PERIOD = frozenset({"period", "start_on", "end_on", "judged_on", "before", "before_cut", "scope"})
_COMPARED = frozenset({"before", "before_cut"})
# What the server knows: the letters of its book, the day, the arrivals, and who may send.
OF_SERVER = frozenset({"letters", "today", "uploads", "sources"})
_CODE = r"[A-Za-z0-9@._-]{1,40}"
_LIST = rf"{_CODE}(,{_CODE}){{0,19}}"
_NO_DEFAULT = object()


@dataclass(frozen=True)
class Parameter:
    """One parameter: its meaning, its JSON schema, its default; a parameter without a default is required.

    An empty default means “all” or “none”, and None that the default depends on the data.
    """

    says: str
    schema: dict[str, Any]
    default: Any = _NO_DEFAULT

    @property
    def is_required(self) -> bool:
        """Whether it has no default."""
        return self.default is _NO_DEFAULT


def _words(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _text(pattern: str, longest: int = 200) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^({pattern})$", "maxLength": longest}


_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_GROUPS = ("service", "reform", "digital")
PARAMETERS = {
    "home": Parameter("Phạm vi: mã tỉnh hoặc huyện (câu hỏi homes); mặc định như trang.", _text(_CODE, 40), None),
    "calendar": Parameter("Lịch: solar dương lịch, reporting kỳ báo cáo (15–14).", _words(*CALENDARS), "solar"),
    "kind": Parameter("Loại kỳ; mặc định như trang.", _words(*KINDS, *SINCE_JANUARY), None),
    "period": Parameter("Mã kỳ (câu hỏi periods); mặc định: kỳ mới nhất đủ số liệu của loại kỳ.", _text(_CODE, 40), None),
    "compare": Parameter("So với kỳ trước hay cùng kỳ năm trước.", _words(*COMPARISONS), "previous"),
    "scope": Parameter("Các đơn vị được so: commune xã, successor đơn vị mới từ 01/7/2025; mặc định theo kỳ.", _words("commune", "successor"), None),
    "unit": Parameter("Mã đơn vị (câu hỏi units); mặc định: cả phạm vi.", _text(_CODE, 40), None),
    "units": Parameter("Các mã đơn vị, cách nhau bằng dấu phẩy.", _text(_LIST, 900)),
    "indicator": Parameter("Mã chỉ tiêu (câu hỏi indicators).", _text(rf"|{_CODE}", 40)),
    "group": Parameter("Nhóm chỉ tiêu.", _words("all", *_GROUPS, ""), "all"),
    "index": Parameter("Bộ chỉ số: dti, par, service (766), sipas; all là điểm tổng hợp.", _words("dti", "par", "service", "sipas", "all")),
    "year": Parameter("Năm của bộ chỉ số; mặc định: năm mới nhất có điểm.", {"type": "integer", "minimum": 1990, "maximum": 2100}, None),
    "criterion": Parameter("Mã tiêu chí; total là cả bộ chỉ số.", _text(_CODE, 40), "total"),
    "field": Parameter("Mã lĩnh vực (câu hỏi fields); để trống: mọi lĩnh vực.", _text(rf"|{_CODE}", 40), ""),
    "channel": Parameter("Kênh nộp; để trống: mọi kênh.", _words("", "online", "direct", "postal"), ""),
    "subset": Parameter("Mã danh sách hồ sơ (câu hỏi dossier_subsets).", _text(rf"|{_CODE}", 40), "late"),
    "base": Parameter("Mã danh sách hồ sơ làm mẫu số.", _text(_CODE, 40), "handled"),
    "dimension": Parameter("Chia theo gì.", _words("unit", "field", "channel", "level"), "unit"),
    "search": Parameter("Tìm trong mã hồ sơ, mã và tên thủ tục.", _text(r"[^\u0000-\u001f\u007f]*"), ""),
    "sort": Parameter("Xếp theo.", _words("days_late", "due_on", "chance", "received_on", "dossier_code"), "days_late"),
    "page": Parameter("Trang của danh sách (50 dòng một trang), hoặc all: cả danh sách.", _text(r"[1-9][0-9]{0,5}|all", 6), "1"),
    "threshold": Parameter("Ngưỡng số hồ sơ trễ chưa ghi nguyên nhân của một cán bộ.", {"type": "integer", "minimum": 1, "maximum": 1000}, 3),
    "plan": Parameter("Kế hoạch; để trống: mọi kế hoạch.", _words("", "par", "dti"), ""),
    "initiative_kind": Parameter("Loại việc: task nhiệm vụ, proposal kiến nghị, pilot thí điểm.", _words("task", "proposal", "pilot"), "task"),
    "apology_kind": Parameter("Vì sao phải xin lỗi; để trống: mọi loại.", _words("", *APOLOGIES), ""),
    "issued_on": Parameter("Ngày ban hành; mặc định: ngày của số liệu.", _DAY, None),
    "days": Parameter("Hẹn lại sau bao nhiêu ngày làm việc.", {"type": "integer", "minimum": 1, "maximum": 60}, 5),
    "codes": Parameter("Các mã hồ sơ, cách nhau bằng dấu phẩy.", _text(r"[^\u0000-\u001f\u007f]+", 20_000)),
    "spread": Parameter("Đổi trọng số ngẫu nhiên bao nhiêu phần trăm.", {"type": "integer", "minimum": 0, "maximum": 100}, 30),
    "moves": Parameter('Các thay đổi của kịch bản: JSON [{"unit": "23059", "indicator": "T14", "value": 60}].', {"type": "string", "maxLength": 40_000}, "[]"),
    "efforts": Parameter('Công sức của từng chỉ tiêu: JSON {"T14": 4.5}.', {"type": "string", "maxLength": 20_000}, "{}"),
    "table": Parameter("Bảng tải lên.", _words(*sorted(UPLOADED)), "dossier"),
    "columns": Parameter("Cột hồ sơ cần có, cách nhau bằng dấu cách; * mọi cột, - không cột nào.", _text(r"\*|-|[a-z_]+( [a-z_]+)*", 1000), "*"),
    "list": Parameter("Mã danh sách hồ sơ mà con số cần.", _text(rf"|{_CODE}", 40), ""),
    "later": Parameter("Để trống: của kỳ đã chọn; newest: của kỳ mới nhất cùng loại.", _words("", "newest"), ""),
    "offset": Parameter("Bỏ bao nhiêu dòng đầu.", {"type": "integer", "minimum": 0, "maximum": 10_000_000}, 0),
    "limit": Parameter("Nhiều nhất bao nhiêu dòng.", {"type": "integer", "minimum": 1, "maximum": 100_000}, 10_000),
}  # fmt: skip
# Where a question has another default than the others.
_DEFAULTS = {
    ("compared_units", "group"): "",
    ("indicator_grid", "group"): "service",
    ("commitment_figure", "indicator"): "",
    ("events", "indicator"): "",
    ("unit_share", "indicator"): "",
    ("rank_range", "indicator"): "",
    ("period_gap", "indicator"): "",
    ("component_grid", "index"): "dti",
}
_AS_TEXT = {"threshold", "days"}  # numbers that the statements take as text


def parameter(question: str, name: str) -> Parameter:
    """A parameter of a question."""
    known = PARAMETERS[name]
    if (question, name) in _DEFAULTS:
        return Parameter(known.says, known.schema, _DEFAULTS[question, name])
    return known


def of(question: str) -> dict[str, Parameter]:
    """The parameters that a program may give for a question, by name."""
    used = queries.question(question).parameters
    names = [name for name in used if name not in OF_PERIOD | OF_SERVER]
    if used & OF_PERIOD:
        names += ["calendar", "kind", "period"]
    if used & _COMPARED:
        names.append("compare")
    if "scope" in used:
        names.append("scope")
    order = list(PARAMETERS)
    return {name: parameter(question, name) for name in sorted({*names, "home", "offset", "limit"}, key=order.index)}


def given(question: str, sent: list[tuple[str, str]]) -> dict[str, Any]:
    """What a program has given for a question, in its types. Raises Fault."""
    known, found = of(question), {}
    for name, text in sent:
        if name not in known:
            raise wrong(f"Câu hỏi {question} không có tham số “{name[:60]}”. Các tham số: {', '.join(known)}.")
        if name in found:
            raise wrong(f"Tham số “{name}” chỉ ghi một lần.")
        found[name] = _typed(name, text, known[name].schema)
    for name, one in known.items():
        if one.is_required and name not in found:
            raise wrong(f"Thiếu tham số “{name}”. {one.says}")
    return {name: one.default for name, one in known.items() if not one.is_required and one.default is not None} | found


def wrong(message: str) -> Fault:
    """The refusal of a parameter."""
    return Fault(422, "parameter", message)


def _typed(name: str, text: str, schema: Mapping[str, Any]) -> Any:
    """A parameter's text in its type. Raises Fault."""
    fits = len(text) <= schema.get("maxLength", 200) and re.fullmatch(schema.get("pattern", ".*"), text, re.DOTALL)
    if not fits or ("enum" in schema and text not in schema["enum"]):
        listed = ", ".join(f"“{one}”" for one in schema.get("enum", ()))
        raise wrong(
            f"Giá trị của “{name}” không hợp lệ. {PARAMETERS[name].says}{f' Một trong: {listed}.' if listed else ''}"
        )
    if schema["type"] == "integer":
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not schema["minimum"] <= number <= schema["maximum"]:
            raise wrong(
                f"“{name}” là số nguyên từ {schema['minimum']} đến {schema['maximum']}. {PARAMETERS[name].says}"
            )
        return number
    if schema.get("format") == "date":
        _require_day(name, text)
    return text


def _require_day(name: str, text: str) -> None:
    try:
        if date.fromisoformat(text).year >= 1900:
            return
    except ValueError:
        pass
    raise wrong(f"“{name}” không phải ngày viết YYYY-MM-DD.")


def schema_of(found: Mapping[str, Any]) -> str:
    """The schema of the chosen home (see queries/homes.sql). Raises Fault."""
    if "home" not in found:
        return MAIN
    homes = queries.load("homes").set_index("home_code")
    if found["home"] not in homes.index:
        raise wrong(f"Không có phạm vi “{found['home']}”. Các phạm vi: {', '.join(homes.index)}.")
    return homes.loc[found["home"], "schema_name"]


def bound(question: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the statement, in the home that is looked from. Raises Fault."""
    used = queries.question(question).parameters
    home = queries.load("freshness").iloc[0]
    params = {name: value for name, value in found.items() if name not in ("home", "offset", "limit")}
    params |= {name: str(params[name]) for name in _AS_TEXT & params.keys()}
    if used & OF_PERIOD:
        params |= _of_period(found) | ({"scope": found["scope"]} if "scope" in found else {})
    elif "kind" in used:
        params.setdefault("kind", usual_kind())
    params.setdefault("unit", home["home_code"])
    defaults: dict[str, Callable[[], Any]] = {
        "issued_on": lambda: f"{home['as_of']:%Y-%m-%d}",
        "year": lambda: _newest_year(found.get("index")),
        "letters": lambda: ",".join(_letters(home["home_code"])),
    }
    if "uploads" in used:
        params |= sources.asked(store_directory(), queries.snapshot().uploads)
    for name in used & defaults.keys() - params.keys():
        params[name] = defaults[name]()
    for name in used & _KNOWN.keys():
        _KNOWN[name](name, params[name], home["home_code"])
    for name in used & _WRITTEN_AS_JSON.keys():
        params[name] = _WRITTEN_AS_JSON[name](params[name])
    return params


def _of_period(found: Mapping[str, Any]) -> dict[str, str]:
    """The chosen period and what follows from it. Raises Fault."""
    calendar, kind = found["calendar"], found.get("kind") or usual_kind()
    periods = queries.load("periods", calendar=calendar)
    code = found.get("period")
    if code is None:
        if not offered(calendar, kind):
            raise wrong(f"Chưa có kỳ nào thuộc loại “{kind}” trong số liệu.")
        code = newest_known(calendar, kind)
    elif code not in set(periods["period_code"]):
        raise wrong(f"Lịch {calendar} không có kỳ “{code}”; xem câu hỏi periods.")
    period = chosen(calendar, code, found.get("compare", "previous"))
    return period.parameters | {"end_on": f"{period.end_on:%Y-%m-%d}"}


def _newest_year(index: str | None) -> int:
    """The newest year with points of an index; this year if there is none."""
    years = queries.load("index_years")
    own = years.loc[years["index_code"] == index, "year"]
    return int(own.max()) if len(own) else 1990


def _letters(home: str) -> list[str]:
    """The codes of dossiers with a letter that stands, as on the page of letters."""
    simulated = bool(queries.simulated())
    known = letters.letters(store_directory(), home)
    return list(dict.fromkeys(one.wanted.dossier_code for one in known if letters.stands(one, simulated)))


def _require_unit(name: str, text: str, home: str) -> None:
    known = {home, *queries.load("units")["unit_code"]}
    if missing := [code for code in text.split(",") if code not in known]:
        raise wrong(f"Phạm vi này không có đơn vị “{missing[0]}”; xem câu hỏi units.")


def _require_indicator(name: str, text: str, home: str) -> None:
    if text and text not in set(queries.load("indicators")["indicator_code"]):
        raise wrong(f"Không có chỉ tiêu “{text}”; xem câu hỏi indicators.")


def _require_field(name: str, text: str, home: str) -> None:
    if text and text not in set(queries.load("fields")["field_code"]):
        raise wrong(f"Không có hồ sơ của lĩnh vực “{text}”; xem câu hỏi fields.")


_KNOWN: dict[str, Callable[[str, str, str], None]] = {
    "unit": _require_unit,
    "units": _require_unit,
    "indicator": _require_indicator,
    "field": _require_field,
}


def _moves(text: str) -> str:
    """The moves of a scenario, checked. Raises Fault."""
    moves = _parsed("moves", text, list)
    kinds = {"unit": str, "indicator": str, "value": (int, float, type(None))}
    for move in moves:
        whole = isinstance(move, dict) and move.keys() == kinds.keys()
        if not whole or not all(isinstance(move[name], kind) for name, kind in kinds.items()):
            raise wrong(f"“moves” không đúng dạng. {PARAMETERS['moves'].says}")
        _require_number("moves", move["value"])
    return json.dumps(moves)


def _efforts(text: str) -> str:
    """The efforts by indicator, checked. Raises Fault."""
    efforts = _parsed("efforts", text, dict)
    for value in efforts.values():
        if value is None:
            raise wrong(f"“efforts” không đúng dạng. {PARAMETERS['efforts'].says}")
        _require_number("efforts", value)
    return json.dumps(efforts)


def _parsed(name: str, text: str, kind: type) -> Any:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, kind) or len(said) > MOST_MOVES:
        raise wrong(f"“{name}” không đúng dạng, hoặc quá {MOST_MOVES} mục. {PARAMETERS[name].says}")
    return said


def _require_number(name: str, value: object) -> None:
    """Refuse what is no number that a scenario can have; None is none. Raises Fault."""
    if value is None:
        return
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0 <= value <= 1e12
    ):
        raise wrong(f"“{name}”: giá trị là số từ 0 đến 1e12. {PARAMETERS[name].says}")


_WRITTEN_AS_JSON = {"moves": _moves, "efforts": _efforts}
