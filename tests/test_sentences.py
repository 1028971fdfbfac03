"""No superlative, fall, strength, praise or verdict that is not true of all it speaks of: random small stores.

Values are few and equal ones many, denominators small, communes missing. What a sentence says is read from its words and
compared with the figures of every unit, in plain Python. SENTENCE_STORES sets the number of stores (default 9); each gives
some two hundred sentences of seven periods.
"""

from __future__ import annotations

import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

import queries
from ingest.publish import publish
from ingest.reading.look import Reading, look
from tests import oracle, small
from tests.browser import ROOT
from tests.test_check import sound
from tests.test_store import database
from words.columns import written
from words.vietnamese import NO_BREAK

STORES = int(os.environ.get("SENTENCE_STORES", "9"))
REFERENCE = ROOT / "data" / "reference"
UNITS = [row for row in oracle.rows(REFERENCE / "unit.csv") if row["valid_from"] < "2025"]
COMMUNES = {row["unit_code"]: row for row in UNITS if row["kind"] == "commune" and row["parent_code"] == "597"}
INDICATORS = {row["indicator_code"]: row for row in oracle.rows(REFERENCE / "indicator.csv")}
COMPONENTS = oracle.rows(REFERENCE / "component.csv")
PERIODS = {
    "2024-04": "2024-03",
    "2024-05": "2024-04",
    "2024-06": "2024-05",
    "2024-Q2": "2024-Q1",
    "2024-H1": "",
    "2024": "",
}
NEAR = 1e-9


# ------------------------------------------------------------------------------------------ a store


def made(seed: int, folder: Path) -> Path:
    """Publish a random store of the first half of 2024."""
    luck, store = random.Random(seed), folder / "store"
    settings = {row["setting_code"]: row for row in oracle.rows(REFERENCE / "setting.csv")}
    changed = {
        "low_volume": luck.choice("25"),
        "known_minimum": luck.choice(("20", "60", "90")),
        "coverage_minimum": luck.choice(("5", "40")),
    }
    told = luck.sample(sorted(COMMUNES), luck.choice((3, 9, 16, 17)))
    files = [
        small.write(folder / "setting.csv", [settings[code] | {"value": value} for code, value in changed.items()]),
        small.write(folder / "kpi.csv", list(_reports(luck))),
        small.write(folder / "index.csv", list(_scores(luck))),
        small.write(folder / "initiative.csv", list(_initiatives(luck))),
    ]
    covers = {
        "from_on": "2024-01-01",
        "to_on": "2024-06-30",
        "as_of": "2024-06-30",
        "older": "all",
        "units": " ".join(told),
    }
    dossiers = small.write(folder / "dossier.csv", list(_dossiers(luck, told)))
    publish([*files[:1]], store=store)
    publish([*files[1:], look(dossiers, Reading(covers=covers))], store=store)
    return store


def _dossiers(luck: random.Random, units: list[str]) -> Iterator[dict[str, str]]:
    """A few dossiers of each unit, many alike."""
    for unit in units:
        rows = small._dossiers(
            luck.randint(1, 3), small.ORDINARY + small.LAND, luck.choice((3, 8, 20)), luck.choice((0, 0.3, 0.6))
        )
        for number, row in enumerate(rows):
            moved = {
                name: f"2024-{luck.randint(1, 5):02}" + value[7:]
                for name, value in row.items()
                if name == "received_at"
            }
            day = moved["received_at"][:8]
            ended = f"{day}27 09:00:00" if luck.random() < 0.8 else ""
            late = luck.random() < 0.4
            yield row | moved | {
                "dossier_code": f"{unit}.{number:03}", "unit_code": unit, "received_at": f"{day}03 08:00:00",
                "due_at": f"{day}{'20' if late else '28'} 17:00:00", "processed_at": ended, "state": "returned" if ended else "processing",
                "intake_recorded_at": "", "ineligible_returned_at": "", "withdrawn_at": "", "status_updated_at": ended, "supplement_requested_at": "",
                "supplement_count": "0", "apology_at": f"{day}1{luck.randint(0, 9)} 08:00:00" if late and luck.random() < 0.5 else "",
            }  # fmt: skip


def _reports(luck: random.Random) -> Iterator[dict[str, str]]:
    """Reports with few different values; some communes send none, some none of the period before."""
    alike = luck.random() < 0.4  # every commune reports the same
    for code, row in INDICATORS.items():
        if row["kind"] != "reported" or luck.random() < 0.3:
            continue
        periods = {"year": ["2024"], "quarter": ["2024-Q1", "2024-Q2"]}.get(
            row["frequency"], [f"2024-{month:02}" for month in range(1, 7)]
        )
        few = luck.random() < 0.5
        if alike:
            level = luck.choice((0, 10, 20))
            for unit in COMMUNES:
                value = (
                    {"value": "", "numerator": str(level), "denominator": "20"}
                    if row["aggregate"] == "ratio"
                    else {"value": str(level)}
                )
                yield from (
                    {
                        "unit_code": unit,
                        "period": period,
                        "indicator_code": code,
                        "numerator": "",
                        "denominator": "",
                        **value,
                    }
                    for period in periods
                )
            continue
        for unit in COMMUNES:
            absent = luck.random() < 0.15
            for period in periods:
                if absent or luck.random() < 0.05:
                    continue
                if row["aggregate"] == "ratio":
                    bottom = luck.choice((0, 1, 2, 4, 20) if few else (20, 40))
                    value = {
                        "value": "",
                        "numerator": str(round(bottom * luck.choice((0, 0, 0.5, 1)))),
                        "denominator": str(bottom),
                    }
                else:
                    value = {"value": str(luck.choice((0, 0, 1, 5))), "numerator": "", "denominator": ""}
                yield {"unit_code": unit, "period": period, "indicator_code": code, **value}


def _scores(luck: random.Random) -> Iterator[dict[str, str]]:
    """Scores of one to ten districts: equal ones, without maximum, without own district, with a published rank only."""
    for index in ("par", "dti"):
        criteria = [row for row in oracle.rows(REFERENCE / "criterion.csv") if row["index_code"] == index]
        total_only = luck.random() < 0.4
        some = luck.sample(small.DISTRICTS, luck.choice((1, 2, 6, 10)))
        if luck.random() < 0.8 and "597" not in some:
            some[0] = "597"
        for district in some:
            base = {
                "district_code": district,
                "index_code": index,
                "year": "2024",
                "self_score": "",
                "published_class": "",
                "published_rank": "",
            }
            if total_only:
                rank = str(luck.randint(1, 10)) if luck.random() < 0.4 else ""
                yield base | {
                    "criterion_code": "total",
                    "score": str(luck.choice((70, 80, 80, 90))),
                    "maximum": "",
                    "published_rank": rank,
                }
            else:
                for row in criteria[: luck.choice((2, 9, 9, 9))]:
                    score = float(row["maximum"]) * luck.choice((0.5, 0.5, 0.8, 1))
                    yield base | {
                        "criterion_code": row["criterion_code"],
                        "score": str(score),
                        "maximum": row["maximum"],
                    }


def _initiatives(luck: random.Random) -> Iterator[dict[str, str]]:
    """Tasks of few owners, and pilots on indicators with and without values."""
    for number in range(luck.randint(1, 12)):
        done = luck.choice(("", "2024-02-01"))
        yield {"initiative_code": f"N{number}", "unit_code": "597", "kind": "task", "plan": "par", "name": "Việc", "owner": luck.choice(("Phòng A", "Phòng B", "")),
               "start_on": "2024-01-02", "due_on": luck.choice(("2024-03-01", "2024-07-10")), "completed_on": done, "percent": "", "indicator_code": ""}  # fmt: skip
    for number, unit in enumerate(luck.sample(sorted(COMMUNES), 5)):
        yield {"initiative_code": f"P{number}", "unit_code": unit, "kind": "pilot", "plan": "", "name": "Thí điểm", "owner": "Phòng A",
               "start_on": luck.choice(("2024-03-01", "2024-05-06", "2024-07-01")), "due_on": "2024-12-31", "completed_on": "", "percent": "50",
               "indicator_code": luck.choice(("S07", "S03", "T14", "T06", "T07", "C04", ""))}  # fmt: skip


# ------------------------------------------------------------------------------------- what is true


@dataclass
class Facts:
    """The figures of a store, read row by row."""

    store: Path
    progress: dict[tuple[str, str, str], dict]  # period, unit, indicator
    scores: dict[tuple[str, str], dict]  # period, unit
    components: dict[tuple[str, str, str, str], dict]  # period, unit, index, component
    cells: list[dict]  # dossiers by period, unit and field
    districts: list[dict]
    criteria: list[dict]
    tasks: list[dict]
    pilots: list[dict]
    whole_share: float
    enough_of_index: float

    def commune(self, period: str, code: str) -> dict[str, dict]:
        """The communes that have a value of an indicator in a period."""
        found = {unit: self.progress[period, unit, code] for unit in COMMUNES}
        return {unit: row for unit, row in found.items() if row["value"] is not None}


def read(store: Path) -> Facts:
    """All figures of a store."""
    full = "calendar = 'solar' AND cut = 'full'"
    with duckdb.connect(str(database(store)), read_only=True) as snapshot:

        def rows(sql: str) -> list[dict]:
            answer = snapshot.execute(sql)
            names = [column[0] for column in answer.description]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

        return Facts(
            store,
            {
                (row["period_code"], row["unit_code"], row["indicator_code"]): row
                for row in rows(f"SELECT * FROM progress WHERE {full}")
            },
            {
                (row["period_code"], row["unit_code"]): row
                for row in rows(f"SELECT * FROM unit_score WHERE {full} AND group_code = 'all'")
            },
            {
                (row["period_code"], row["unit_code"], row["index_code"], row["component_code"]): row
                for row in rows(f"SELECT * FROM component_score WHERE {full}")
            },
            rows(
                f"SELECT period_code, unit_code, field_code, resolved_late + open_late AS late, handled FROM service_period WHERE {full}"
            ),
            rows("SELECT * FROM index_total"),
            rows("SELECT * FROM index_score WHERE criterion_code <> 'total'"),
            rows("SELECT * FROM initiative WHERE kind = 'task'"),
            rows("SELECT * FROM initiative WHERE kind = 'pilot'"),
            *map(float, snapshot.execute("SELECT known_minimum, coverage_minimum FROM rule").fetchone()),
        )


def good(code: str, value: float) -> float:
    return -value if INDICATORS[code]["direction"] == "down" else value


def short(text: str) -> str:
    return text.replace(NO_BREAK, " ")


def figure(text: str) -> float:
    """A number as it is written."""
    return float(text.replace(".", "").replace(",", ".").replace("−", "-"))


def named(text: str) -> dict[str, str]:
    """The communes by the names of a sentence."""
    return {row[text]: code for code, row in COMMUNES.items()}


def asked(period: str, **more: object) -> dict[str, object]:
    """The choices of a page."""
    start, end = oracle.periods("solar", oracle.kind_of(period), period)
    chosen = {
        "calendar": "solar", "kind": oracle.kind_of(period), "period": period, "before": PERIODS[period], "before_cut": "full",
        "unit": "597", "scope": "commune", "field": "", "channel": "", "start_on": str(start), "judged_on": str(end),
    }  # fmt: skip
    return chosen | more


def said(name: str, period: str, **more: object) -> list[dict]:
    answer = written(queries.load(name, **asked(period, **more)))
    return [{**row, "sentence": short(row["sentence"])} for row in answer.to_dict("records")]


# ------------------------------------------------------------------------------------ each sentence


def check_attention(facts: Facts, period: str) -> Iterator[str]:
    """The kinds of sentences seen."""
    by_name = named("full_name")
    for row in said("attention", period):
        text, code = row["sentence"], row["indicator_code"]
        if row["topic"] == "Trễ hạn":
            late = sum(
                cell["late"]
                for cell in facts.cells
                if (cell["period_code"], cell["unit_code"], cell["field_code"])
                == (period, row["unit_code"], row["field_code"])
            )
            assert re.search(rf"có (ít nhất )?{late} hồ sơ", text), text
        elif row["topic"] == "Xấu đi thật":
            _check_worse(facts, period, row, text, by_name)
        elif row["topic"] == "Thay đổi":
            assert re.fullmatch(
                r"Không có thay đổi xấu nào vượt dao động thường \(đã xét [\d.]+ số của \d+ đơn vị\)\.|Chưa đủ tháng .+",
                text,
            )
        else:
            yield from _check_lowest(facts, period, text, code, by_name)
        if "%" in text and row["topic"] not in ("Trễ hạn", "Thay đổi"):
            assert (
                re.search(r"% \([\d.,]+/[\d.,]+\)", text) or facts.progress[period, "597", code]["denominator"] is None
            ), text
        yield row["topic"]


def _check_worse(facts: Facts, period: str, row: dict, text: str, by_name: dict) -> None:
    """What became worse did: the figures are those of both periods, of many dossiers, and of the whole."""
    unit, code = by_name.get(text.partition(":")[0], "597"), row["indicator_code"]  # or the district
    now, then = facts.progress[period, unit, code], facts.progress[PERIODS[period], unit, code]
    assert good(code, then["value"]) > good(code, now["value"]), text
    assert now["is_whole"] and then["is_whole"] and not now["low_volume"] and not then["low_volume"], text


def _check_lowest(facts: Facts, period: str, text: str, code: str, by_name: dict) -> Iterator[str]:
    found = re.search(r"(thấp|cao) nhất( trong các xã đủ số)? là (.+?)(?: và (\d+) xã khác, cùng| với) ", text)
    if not found:
        return
    everyone = facts.commune(period, code)
    assert found[1] == ("cao" if INDICATORS[code]["direction"] == "down" else "thấp"), text
    if found[2]:
        everyone = {unit: row for unit, row in everyone.items() if row["is_whole"] and not row["low_volume"]}
    own = good(code, everyone[by_name[found[3]]]["value"])
    assert all(good(code, row["value"]) >= own - NEAR for row in everyone.values()), (text, code)
    equal = sum(abs(good(code, row["value"]) - own) <= NEAR for row in everyone.values()) - 1
    assert int(found[4] or 0) == equal, (text, equal)
    yield f"lowest{' of enough' if found[2] else ''}{' equal' if equal else ''}"


def check_briefing(facts: Facts, period: str) -> Iterator[str]:
    """Praise and blame of communes, and the field with the most late dossiers."""
    for row in said("briefing", period):
        text = row["sentence"]
        if row["topic_code"] == "communes":
            ranked = {
                unit: facts.scores[period, unit] for unit in COMMUNES if facts.scores[period, unit]["place"] is not None
            }
            among = re.match(r"Trong (\d+)/(\d+) xã", text)
            assert bool(among) == (len(ranked) < len(COMMUNES)), text
            points = {unit: round(row["score"], 2) for unit, row in ranked.items()}
            by_name = named("name")
            for word, most in (("cao", max(points.values())), ("thấp", min(points.values()))):
                found = re.search(rf"{word} nhất (.+?)(?: và (\d+) xã khác, cùng)? -?[\d,]+ điểm", text, re.IGNORECASE)
                if found:
                    assert abs(points[by_name[found[1]]] - most) < 0.011, text
                    assert (
                        int(found[2] or 0)
                        == sum(row["place"] == ranked[by_name[found[1]]]["place"] for row in ranked.values()) - 1
                    ), text
                    yield f"{word}{' equal' if found[2] else ''}"
        elif row["topic_code"] == "late" and (
            found := re.search(r"nhiều nhất là lĩnh vực (.+?)(?: và (\d+) lĩnh vực khác, cùng)? (\d+) hồ sơ", text)
        ):
            fields = Counter()
            for cell in facts.cells:
                if cell["period_code"] == period:
                    fields[cell["field_code"]] += cell["late"]
            assert max(fields.values()) == int(found[3]), text
            assert list(fields.values()).count(int(found[3])) - 1 == int(found[2] or 0), text
            yield "field"


def check_lever(facts: Facts, period: str) -> Iterator[str]:
    """The component that costs the district most points, and the commune furthest from full points."""
    for index in ("dti", "service"):
        for row in said("index_lever", period, index=index):
            text = row["sentence"]
            own = {
                component: found for (of, unit, one, component), found in facts.components.items()
                if (of, unit, one) == (period, "597", index) and found["points"] is not None and found["value"] is not None
            }  # fmt: skip
            lost = {component: found["maximum"] - found["points"] for component, found in own.items()}
            if "nhất" in text.partition(":")[0]:
                assert lost[row["component_code"]] >= max(lost.values()) - 1e-6, text
                equal = sum(value >= max(lost.values()) - 1e-7 for value in lost.values())
                assert ("một trong" in text.partition(":")[0].lower()) == (equal > 1), (text, equal)
            if found := re.search(r"Xa nhất( trong các xã đủ số)?: (.+?)(?: và (\d+) xã khác, cùng| với) ", text):
                code = row["indicator_code"]
                everyone = facts.commune(period, code)
                if found[1]:
                    everyone = {
                        unit: one for unit, one in everyone.items() if one["is_whole"] and not one["low_volume"]
                    }
                own_value = good(code, everyone[named("full_name")[found[2]]]["value"])
                assert all(good(code, one["value"]) >= own_value - NEAR for one in everyone.values()), text
                assert (
                    int(found[3] or 0)
                    == sum(abs(good(code, one["value"]) - own_value) <= NEAR for one in everyone.values()) - 1
                ), text
                yield "furthest"
            yield "lever"


def check_highlights(facts: Facts, period: str) -> Iterator[str]:
    """A strength is what few communes reach, and more than the district has."""
    for unit in COMMUNES:
        for row in said("unit_highlights", period, unit=unit):
            code = row["indicator_code"]
            if row["kind"] == "weak":
                assert facts.progress[period, unit, code]["status"] != "met"
                continue
            everyone = {
                one: found
                for one, found in facts.commune(period, code).items()
                if found["is_whole"] and not found["low_volume"]
            }
            own = good(code, everyone[unit]["value"])
            reached = [one for one, found in everyone.items() if good(code, found["value"]) >= own - 0.005]
            assert len(reached) <= 5 and 2 * len(reached) <= len(everyone), row["sentence"]
            district = facts.progress[period, "597", code]["value"]
            assert district is None or own > good(code, district), row["sentence"]
            above = sum(good(code, found["value"]) > own + 0.005 for found in everyone.values())
            assert f"hạng {above + 1}/{len(everyone)}" in row["sentence"], row["sentence"]
            same = sum(abs(good(code, found["value"]) - own) < 0.005 for found in everyone.values()) - 1
            assert (f"cùng {same} xã khác" in row["sentence"]) == bool(same), row["sentence"]
            yield "strength"


def check_verdicts(facts: Facts, period: str) -> Iterator[str]:
    """Whoever is praised is above the target and among few; whoever moved most did, of all."""
    ranked = {unit: facts.scores[period, unit] for unit in COMMUNES if facts.scores[period, unit]["place"] is not None}
    moved = {}
    for unit, row in ranked.items():
        before = facts.scores.get((PERIODS[period], unit), {}).get("score")
        moved[unit] = None if before is None else row["score"] - before
    changes = [change for change in moved.values() if change is not None]
    for row in said("unit_verdicts", period):
        text, own = row["sentence"], ranked[row["unit_code"]]
        most = "nhiều nhất" in text.partition(":")[0]
        if text.startswith("Tiến bộ"):
            assert moved[row["unit_code"]] > 0 and (not most or moved[row["unit_code"]] >= max(changes) - NEAR), text
            equal = sum(abs(one - moved[row["unit_code"]]) <= NEAR for one in changes) - 1
            assert (f"(cùng {equal} xã khác)" in text) == bool(most and equal), text
            assert not most or 100 * len(changes) >= facts.whole_share * len(COMMUNES), text
        elif text.startswith("Giảm điểm"):
            assert moved[row["unit_code"]] < 0 and (not most or moved[row["unit_code"]] <= min(changes) + NEAR), text
        elif row["verdict"] == "praise":
            reached = sum(other["place"] <= own["place"] for other in ranked.values())
            assert own["status"] == "met" and own["place"] <= 3 and 2 * reached <= len(ranked), text
        else:
            assert own["status"] != "met", text
        if "Mất điểm nhất:" in text:
            lost = {
                code: found["weight"] * (1 - found["score_share"]) for (of, unit, code), found in facts.progress.items()
                if (of, unit) == (period, row["unit_code"]) and found["score_share"] is not None and found["weight"]
            }  # fmt: skip
            names = {INDICATORS[code]["name"].lower(): value for code, value in lost.items()}
            told = max((name for name in names if name in text.lower().partition("mất điểm nhất: ")[2]), key=len)
            assert names[told] >= max(lost.values()) - NEAR, text
            yield "weakest"
        yield row["verdict"]


def check_districts(facts: Facts) -> Iterator[str]:
    """A rank has a basis; the leader and the thinnest lead are told as equal where they are."""
    for row in said("district_place", "2024"):
        text = row["sentence"]
        same = [one for one in facts.districts if (one["index_code"], one["year"]) == (row["index_code"], row["year"])]
        known = [one["percent"] for one in same if one["percent"] is not None]
        assert "/0" not in text and "nan" not in text, text
        if found := re.search(r"^Hạng (\d+)/(\d+)", text):
            assert int(found[1]) <= int(found[2]) == len(known), text
        own = next(one for one in same if one["district_code"] == "597")
        if found := re.search(r"kém (.+?)(?: và \d+ nơi khác)? \(dẫn đầu\)", text):
            names = {one["unit_code"]: one["name"] for one in UNITS if one["kind"] == "district"}
            assert next(one["place"] for one in same if names[one["district_code"]] == found[1]) == 1, text
        assert own["score"] is None or own["percent"] == pytest.approx(100 * own["score"] / own["maximum"]), text
        assert own["maximum"] > 0
        # A few criteria are no rank of the index.
        scored = [one for one in facts.criteria if one["index_code"] == row["index_code"]]
        if scored and sum(one["maximum"] for one in scored if one["district_code"] == "597") < facts.enough_of_index:
            assert own["place"] is None and own["percent"] is None, text
        if "Hạng" in text and own["published_class"] is None and len(known) == 1:
            # A published rank alone says nothing of how many there are.
            assert "/" not in text.partition(" năm")[0], text
        yield "place"
    for index in ("par", "dti"):
        for row in said("criterion_lever", "2024", index=index, year=2024):
            if row["kind"] == "distance":
                continue
            by_criterion = defaultdict(dict)
            for one in facts.criteria:
                if one["index_code"] == index:
                    by_criterion[one["criterion_code"]][one["district_code"]] = one["score"]
            gap = (lambda of: max(of.values()) - of["597"]) if row["kind"] == "lever" else None
            if gap:
                lost = {code: gap(of) for code, of in by_criterion.items() if "597" in of}
                assert lost[row["criterion_code"]] == max(lost.values()), row["sentence"]
                equal = sum(abs(value - max(lost.values())) < 1e-7 for value in lost.values())
                assert row["sentence"].startswith("Một trong") == (equal > 1), row["sentence"]
            yield row["kind"]


def check_work(facts: Facts) -> Iterator[str]:
    """The owner with the most overdue tasks, and pilots without a verdict where a value is missing."""
    text = said("initiative_count", "2024", initiative_kind="task", plan="")[0]["sentence"]
    overdue = Counter(
        one["owner"]
        for one in facts.tasks
        if one["completed_on"] is None and str(one["due_on"]) < "2024-06-30" and one["owner"]
    )
    found = re.search(r"Quá hạn nhiều nhất: (.+?)(?: và (\d+) cơ quan khác, cùng)? \(?(\d+) việc", text)
    assert bool(found) == bool(overdue), text
    if found:
        assert overdue[found[1]] == max(overdue.values()) == int(found[3]), text
        assert list(overdue.values()).count(int(found[3])) - 1 == int(found[2] or 0), text
        yield "owner"
    for row in said("pilot_effects", "2024-Q2"):
        ahead = ahead_of_others(
            facts, next(one for one in facts.pilots if one["initiative_code"] == row["initiative_code"])
        )
        assert ("Thí điểm" in row["sentence"].rpartition(". ")[2]) == (ahead is not None), (row["sentence"], ahead)
        if ahead is not None:
            assert ("chưa đi nhanh hơn" in row["sentence"]) == (ahead < 0.05) or abs(ahead) < 0.5, (
                row["sentence"],
                ahead,
            )
            yield f"pilot {'ahead' if ahead > 0 else 'behind'} {INDICATORS[row['indicator_code']]['direction'] if row.get('indicator_code') else ''}"


def ahead_of_others(facts: Facts, pilot: dict) -> float | None:
    """How much better a pilot became than the communes without one, from the month before it began to June."""
    code, months = pilot["indicator_code"], [f"2024-{month:02}" for month in range(1, 7)]
    if code is None:
        return None

    def counted(unit: str, month: str) -> dict | None:
        found = facts.progress.get((month, unit, code))
        is_fit = found and found["value"] is not None and found["is_whole"] and not found["low_volume"]
        return found if is_fit else None

    first = next((month for month in months if any(counted(unit, month) for unit in COMMUNES)), None)
    before = f"2024-{pilot['start_on'].month - 1:02}"
    ends = (max(before, first), "2024-06") if first else ("", "")
    piloting = {one["unit_code"] for one in facts.pilots if one["indicator_code"] == code}
    others = [unit for unit in COMMUNES if unit not in piloting and all(counted(unit, month) for month in ends)]
    if ends[0] >= ends[1] or not others or not all(counted(pilot["unit_code"], month) for month in ends):
        return None

    def together(month: str) -> float:
        rows = [counted(unit, month) for unit in others]
        if INDICATORS[code]["aggregate"] != "ratio":
            return sum(row["value"] for row in rows) / len(rows)
        times = 100 if INDICATORS[code]["measure"] == "%" else 1
        return times * sum(row["numerator"] for row in rows) / sum(row["denominator"] for row in rows)

    own = [good(code, counted(pilot["unit_code"], month)["value"]) for month in ends]
    rest = [good(code, together(month)) for month in ends]
    return (own[1] - own[0]) - (rest[1] - rest[0])


# ------------------------------------------------------------------------------------------- the test


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(STORES))
def test_every_sentence_is_true(seed, tmp_path, monkeypatch):
    """Every sentence of every period of a random store."""
    store = made(seed, tmp_path)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    facts, seen = read(store), Counter()
    there = {period for period, _ in facts.scores}
    for period in PERIODS:
        if period in there:
            for check in (check_attention, check_briefing, check_lever, check_highlights, check_verdicts):
                seen.update(check(facts, period))
    seen.update(check_districts(facts))
    seen.update(check_work(facts))
    assert sum(seen.values()) > 20, seen


def test_what_all_reach_is_no_merit(tmp_path, monkeypatch):
    """Seventeen communes with full points: nobody is praised, and nothing is a strength of one of them."""
    shipped = next(row for row in oracle.rows(REFERENCE / "setting.csv") if row["setting_code"] == "coverage_minimum")
    report = {"period": "2024-03", "indicator_code": "S03", "value": "", "numerator": "40", "denominator": "40"}
    publish([small.write(tmp_path / "setting.csv", [shipped | {"value": "1"}])], store=tmp_path / "store")
    publish(
        [small.write(tmp_path / "kpi.csv", [report | {"unit_code": unit} for unit in COMMUNES])],
        store=tmp_path / "store",
    )
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    chosen = {
        "calendar": "solar",
        "period": "2024-03",
        "before": "",
        "before_cut": "full",
        "scope": "commune",
        "unit": "23059",
    }
    scores = queries.load("commune_score", **chosen)
    assert set(scores["place"]) == {1} and set(scores["status"]) == {"met"}
    assert queries.load("unit_verdicts", **chosen).empty
    assert queries.load("unit_highlights", **chosen).empty


def test_shares_of_billions(tmp_path, monkeypatch):
    """A share of ten billion that grows, and one that falls a little: answered at once, and only what is beyond chance is named."""
    told = [("23059", "2024-01", 2 * 10**9, 10**10), ("23059", "2024-02", 8 * 10**9, 10**10),
            ("23062", "2024-01", 5 * 10**9, 10**10), ("23062", "2024-02", 4 * 10**9, 10**10),
            ("23065", "2024-01", 5 * 10**9, 10**10), ("23065", "2024-02", 5 * 10**9 - 50_000, 10**10),
            ("23068", "2024-01", 240, 250), ("23068", "2024-02", 2, 25)]  # beyond chance, and of a few  # fmt: skip
    rows = [
        {
            "unit_code": unit,
            "period": period,
            "indicator_code": "S01",
            "value": "",
            "numerator": str(x),
            "denominator": str(n),
        }
        for unit, period, x, n in told
    ]
    publish([small.write(tmp_path / "kpi.csv", rows)], store=tmp_path / "store")
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    said = queries.load("attention", calendar="solar", period="2024-02", before="2024-01", before_cut="full")
    assert said.loc[said["topic"] == "Xấu đi thật", "unit_code"].tolist() == ["23062"]


def test_a_pilot_of_what_should_fall(tmp_path, monkeypatch):
    """Of open dossiers 100 % are late before a pilot and none after it, elsewhere half before and after: it is ahead."""
    shipped = {row["setting_code"]: row for row in oracle.rows(REFERENCE / "setting.csv")}
    pilot, other = "23059", "23062"
    spans = [
        (pilot, "02-05", "02-10", "03-05"), (pilot, "02-05", "02-10", "03-05"), (pilot, "06-20", "07-10", ""), (pilot, "06-20", "07-10", ""),
        (other, "02-05", "02-10", "03-05"), (other, "02-25", "03-10", "03-05"), (other, "06-05", "06-10", ""), (other, "06-20", "07-10", ""),
    ]  # fmt: skip
    blank = dict.fromkeys(("intake_recorded_at", "processed_at", "returned_at", "status_updated_at"), "")
    rows = [
        sound("dossier", number) | blank | {
            "unit_code": unit, "received_at": f"2024-{came} 08:00:00", "due_at": f"2024-{due}", "processed_at": f"2024-{end} 09:00:00" if end else "",
            "status_updated_at": f"2024-{end} 09:00:00" if end else "", "state": "processed" if end else "processing",
        }
        for number, (unit, came, due, end) in enumerate(spans, start=1)
    ]  # fmt: skip
    task = {
        "initiative_code": "P1",
        "unit_code": pilot,
        "kind": "pilot",
        "name": "Thí điểm",
        "owner": "Phòng A",
        "start_on": "2024-03-01",
        "indicator_code": "T06",
    }
    covers = {"from_on": "2024-02-01", "to_on": "2024-06-30", "as_of": "2024-06-30", "older": "all"}
    settings = [shipped[code] | {"value": "1"} for code in ("low_volume", "known_minimum")]
    publish([small.write(tmp_path / "setting.csv", settings)], store=tmp_path / "store")
    dossiers = look(small.write(tmp_path / "dossier.csv", rows), Reading(covers=covers))
    publish([dossiers, small.write(tmp_path / "pilot.csv", [task])], store=tmp_path / "store")
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    (told,) = said("pilot_effects", "2024-Q2")
    assert (told["at_start"], told["latest"], told["others_start"], told["others_latest"], told["ahead"]) == (
        100,
        0,
        50,
        50,
        100,
    )
    assert "Thí điểm đi nhanh hơn 100,0 điểm %." in told["sentence"]
