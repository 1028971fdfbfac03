"""The page “Tổng quan”: the two goals of the year, the headline figures, whom to call."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from actions import RIGHT
from charts import STATUS
from charts.sparkline import sparkline
from charts.strip import dot_strip, in_words
from ui.box import details
from ui.give import LIST
from ui.linked import href, linked
from ui.missing import gap, tell_why
from ui.status import VARIATIONS
from ui.view import View
from words import vietnamese
from words.definitions import definition
from words.sentences import ASSURED

GOALS = ("dti", "par")
SPREAD = "30"  # percent by which weights are changed to see how sure a place is
_OPENS = {"Trễ hạn": "pages/overdue.py"}


def first_screen(view: View) -> None:
    """What a leader needs in one minute: the goals, the headline figures against target, and whom to call."""
    places, headline, said = view.ask("district_place"), view.ask("headline"), view.ask("attention")
    members = set(view.ask("units").query("is_member")["unit_code"])
    simulated = [frame.attrs["simulated"] for frame in (places, headline, said)]
    tell_why(places, view)
    linked(
        "dashboard",
        goals=[_goal(row, view) for _, row in places[places["is_newest"]].iterrows() if row["index_code"] in GOALS],
        goals_simulated=simulated[0],
        ranking=href("pages/ranking.py", view.link()),
        figures=_figures(headline, view),
        figures_simulated=simulated[1],
        calls=[_call(row, members, view) for _, row in said.iterrows()],
        calls_simulated=simulated[2],
        may_act=view.user.may(RIGHT),
        letters=href("pages/letters.py", view.link()),
        none_called=_why_none(said, view) or "Không có điểm nào xấu đi hoặc dưới mục tiêu trong kỳ này.",
    )
    with st.container(horizontal=True, gap="small", key="first_screen_details"):
        with st.container(width="content"):
            details(headline, view, "chi-so-chinh", definition("process"))
        with st.container(width="content"):
            details(said, view, "can-chu-y", definition("attention"))


def _why_none(said: pd.DataFrame, view: View) -> str:
    """Why nobody can say that nothing became worse; empty if it can be said."""
    unknown = gap(said, view) if said.empty else ""
    return f"Chưa biết: {unknown}." if unknown else ""


def _goal(row: pd.Series, view: View) -> dict[str, str]:
    """One index of the year: its title, the strip of the districts, class, pace, and how sure the place is."""
    asked = {"index": row["index_code"], "year": int(row["year"])}
    districts = view.ask("district_scores", **asked)
    lever = view.ask("criterion_lever", **asked)
    good = lever["good"].dropna()
    sensitive = view.ask("rank_sensitivity", **asked, spread=int(SPREAD)).set_index("unit_code")
    own, target = view.home["ranked_code"], float(good.iloc[0]) if len(good) else None
    # For a province, the place shown is that of the settings' district.
    whose = "" if own == view.home["home_code"] else f"{view.home['ranked_name']}, "
    return {
        "title": f"{whose}{vietnamese.inside(row['index_name']) if whose else row['index_name']}: {vietnamese.inside(row['sentence'])}",
        "strip": dot_strip(districts, own, target, "Tốt"),
        "words": in_words(districts, target, "Tốt"),
        "told": [*lever.loc[lever["kind"] == "distance", "sentence"], *_range(sensitive, own), *_pace(row, view)],
    }


def _range(sensitive: pd.DataFrame, own: str) -> list[str]:
    """How sure the place is: where it stands when the weights of the criteria are changed at random."""
    known = own in sensitive.index and sensitive.loc[own, "text"]
    return [f"Đổi trọng số ±{SPREAD} %: {sensitive.loc[own, 'text']}."] if known else []


def _pace(row: pd.Series, view: View) -> list[str]:
    """Where the year's estimate of the index is going, for an index that is estimated from month to month."""
    paces = view.ask("goal_pace")
    ours = paces[(paces["indicator_code"] == row["index_code"]) & (paces["form"] != "yearly")]
    return ours["sentence"].tolist()


def _figures(headline: pd.DataFrame, view: View) -> list[dict[str, object]]:
    """The rows of the headline table."""
    trends = view.ask("headline_trend").groupby("code")["value"].apply(list)
    return [
        {
            "name": row["name"],
            "href": href("pages/communes.py", view.link(indicator=row["code"])),
            "value": row["text"],
            "count": "" if pd.isna(row["denominator"]) else f"{vietnamese.number(row['numerator'])}/{vietnamese.number(row['denominator'])}",
            "target": row["target_text"],
            "status": STATUS[row["status"]],
            "trend": sparkline(trends.get(row["code"], []), None if pd.isna(row["target"]) else row["target"]),
            "variation": _variation(row),
            "assurance": ASSURED.get(row["assurance"], ""),
            "lacking": (row["known_text"] or "Chưa đủ số liệu.") if row["status"] in ("missing", "partial") else "",
            "low": bool(row["low_volume"]),
        }
        for _, row in headline.iterrows()
    ]  # fmt: skip


def _variation(row: pd.Series) -> dict[str, str]:
    """The mark of a monthly series and its word, or why there is none yet."""
    if pd.isna(row["variation"]):
        return {"mark": "", "look": "none", "word": row["process_text"]}
    mark, look = VARIATIONS[row["variation"]]
    return {"mark": mark, "look": look, "word": row["variation_word"]}


def _call(row: pd.Series, members: set[str], view: View) -> dict[str, str]:
    """One row of “Gọi ai”: what, whom, since when, and the links that act."""
    unit = row["unit_code"] if row["opens"] == "commune" else None
    page = _OPENS.get(row["topic"], "pages/commune.py" if unit else "pages/communes.py")
    late, called = pd.notna(row["late"]), pd.notna(row["called_name"]) and bool(row["called_name"])
    about = {"figure": f"{LIST}late", "field": row["field_code"]} if late else {"figure": row["indicator_code"]}
    return {
        "topic": row["topic"] if row["count_text"] and not late else "",
        "matter": row["matter_text"],
        "count": row["count_text"],
        "since": row["since_text"],
        "called": row["called_name"] if called else "",
        "post": ("Chủ tịch UBND" if row["unit_code"] in members else "Người đứng đầu") if called else "",
        "action": row["action"] or "",
        "sentence": row["sentence"],
        "open": href(page, view.link(unit=unit, indicator=row["indicator_code"])) if row["indicator_code"] else "",
        "give": href(
            "pages/commitments.py", view.link(give="1", to=row["unit_code"] or view.home["home_code"], **about)
        ),
        "letter": href("pages/letters.py", view.link(unit=row["unit_code"], field=row["field_code"])) if late else "",
    }
