"""Numbers of an answer in the words of a Vietnamese office, in columns beside them."""

from __future__ import annotations

import pandas as pd

import vietnamese

# What is written beside each of these columns, in the words of a Vietnamese office.
_TEXTS = {
    "value": ("text", vietnamese.quantity),
    "before": ("before_text", vietnamese.quantity),
    "after": ("after_text", vietnamese.quantity),
    "target": ("target_text", vietnamese.target),
    "change": ("change_text", vietnamese.change),
    "district": ("district_text", vietnamese.quantity),
    "best": ("best_text", vietnamese.quantity),
    "today": ("today_text", vietnamese.quantity),
    "at_start": ("at_start_text", vietnamese.quantity),
    "latest": ("latest_text", vietnamese.quantity),
    "others_start": ("others_start_text", vietnamese.quantity),
    "others_latest": ("others_latest_text", vietnamese.quantity),
    "others_change": ("others_change_text", vietnamese.change),
    "ahead": ("ahead_text", vietnamese.change),
}


def written(frame: pd.DataFrame) -> pd.DataFrame:
    """Add the text columns of the numbers in a frame that says its measure."""
    if "measure" in frame.columns:
        for column, (text, write) in _TEXTS.items():
            if column in frame.columns:
                pairs = zip(frame[column].tolist(), frame["measure"].tolist(), strict=True)
                frame[text] = [write(value, measure) for value, measure in pairs]
        if "value" in frame.columns:
            pairs = zip(frame["value"].tolist(), frame["measure"].tolist(), strict=True)
            frame["short_text"] = [_short(value, measure) for value, measure in pairs]
    return frame


def _short(value, measure: str) -> str:
    """A value for a small cell: without its unit, unless that is a percent sign."""
    return (
        vietnamese.percent(value) if measure == "%" else vietnamese.number(value, min(vietnamese.DECIMALS[measure], 1))
    )
