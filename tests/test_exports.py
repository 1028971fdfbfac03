"""Downloads as CSV and Excel contain the numbers of the answer without loss of precision."""

from __future__ import annotations

import io

import openpyxl
import pandas as pd
import pytest

import queries
from tests import small
from ui.tables import readable
from words.columns import TITLES
from words.download import as_csv, as_workbook

# A query and its columns with fractions.
ASKED = {
    "headline": ("value", "target", "before", "change"),
    "commune_indicator": ("value", "numerator", "before", "change"),
    "commune_score": ("value", "coverage", "before", "change"),
    "field_lateness": ("value", "share_of_late", "before"),
    "processing_time": ("median_days", "p90_days", "over_share"),
    "components": ("value", "points", "points_lost", "change"),
    "unit_indicators": ("value", "district", "points_lost"),
    "district_scores": ("value", "before", "change"),
    "district_criteria": ("own", "mean", "lost", "lead"),
    "rank_sensitivity": ("first_share", "moved_share"),
    "scenario_moves": ("today", "after", "points_gain"),
    "land_steps": ("value", "mean_days", "handover_days"),
}


def taken(kind: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of a download as read back."""
    if kind == "csv":
        return pd.read_csv(io.BytesIO(as_csv(readable(rows), True)), encoding="utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(readable(rows), False, "Cách tính")), read_only=True)
    head, *lines = book["Số liệu"].iter_rows(values_only=True)
    return pd.DataFrame(lines, columns=head)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ASKED)
def test_a_download_holds_the_numbers_of_the_answer(here, name, kind):
    """Numbers have four decimals: more than anybody reads, and enough for sums."""
    unit = small.TWIN if name == "unit_indicators" else "597"
    chosen = here.choices("solar", "2024-Q4", "2024-Q3", unit=unit, indicator="T05", index="dti", year=2024)
    chosen |= {"spread": 30, "moves": '[{"unit": "all", "indicator": "T14", "value": null}]'}
    answer = queries.load(name, **chosen)
    found, fractions = taken(kind, answer), 0
    assert len(found) == len(answer) > 0
    for column in ASKED[name]:
        # Empty cells are empty in both.
        numbers = pd.to_numeric(found[TITLES[column]])
        expected = answer[column].astype(float)
        assert numbers.isna().tolist() == expected.isna().tolist(), column
        assert (numbers - expected).abs().max() <= 0.00005 + 1e-9, column
        fractions += (expected.dropna() % 1).between(0.01, 0.99).sum()
    assert fractions  # otherwise whole numbers would be enough
