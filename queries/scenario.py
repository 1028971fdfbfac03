"""Scenarios: the moves that a reader tries, their form in the URL, and the cheapest moves that reach a score."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

EVERYONE, EVERYTHING = "all", "all"
MOST = 300  # moves in one scenario: the length of a URL is limited
_SECONDS = 10  # time limit of the solver; the plan found by then may not be the cheapest
_HAIR = 1e-7  # points: a smaller difference is a rounding error


@dataclass(frozen=True)
class Move:
    """One indicator of one commune set to a value; without a value, raised to full points.

    The unit may be EVERYONE and the indicator EVERYTHING; such a move has no value.
    """

    unit: str
    indicator: str
    value: float | None = None


def parse(text: str) -> tuple[Move, ...]:
    """Parse the moves of a URL (unit:indicator:value, separated by semicolons); invalid moves are ignored.

    >>> parse("23059:T14:60;all:S07;x")
    (Move(unit='23059', indicator='T14', value=60.0), Move(unit='all', indicator='S07', value=None))
    """
    moves = {}
    for part in text.split(";")[:MOST]:
        unit, _, rest = part.strip().partition(":")
        indicator, _, number = rest.partition(":")
        value = _number(number)
        # A group move has no value: one value for all would lower the units that are better.
        if unit and indicator and (value is None) == (not number or unit == EVERYONE or indicator == EVERYTHING):
            moves[unit, indicator] = Move(unit, indicator, value)
    return tuple(moves.values())


def _number(text: str) -> float | None:
    """A finite number of at least 0, otherwise None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None


def written(moves: Iterable[Move]) -> str:
    """The moves in the form used in the URL.

    >>> written(parse("23059:T14:60.50;all:S07"))
    '23059:T14:60.5;all:S07'
    """
    return ";".join(
        f"{move.unit}:{move.indicator}" + ("" if move.value is None else f":{move.value:.10g}") for move in moves
    )


def as_json(moves: Iterable[Move]) -> str:
    """The moves as JSON, the form used by queries."""
    return json.dumps([vars(move) for move in moves])


def with_move(moves: Iterable[Move], added: Move) -> tuple[Move, ...]:
    """Add a move; it replaces an earlier move with the same unit and indicator."""
    kept = [move for move in moves if (move.unit, move.indicator) != (added.unit, added.indicator)]
    return (*kept, added)


@dataclass(frozen=True)
class Plan:
    """The solver's result: chosen options, total effort, gained points, and whether the goal is reached."""

    chosen: pd.DataFrame
    effort: float
    gain: float
    is_enough: bool
    is_proved: bool

    @property
    def moves(self) -> tuple[Move, ...]:
        """The chosen options as moves."""
        return tuple(Move(row.unit_code, row.indicator_code) for row in self.chosen.itertuples(index=False))


def cheapest(options: pd.DataFrame, today: float, wanted: float, of_district: bool) -> Plan:
    """The set of options with the least effort that lifts a score from `today` to `wanted` (points out of 100).

    options: unit_code, indicator_code, component_code, effort, unit_gain, district_gain, district_room. For a commune,
    the gains of its options add up. For the district, the gains of one component add up to at most district_room. If
    all options together are not enough, the plan contains every option with a gain, and is_enough is False.
    """
    gain = options["district_gain" if of_district else "unit_gain"].to_numpy(dtype=float)
    useful = np.flatnonzero(gain > _HAIR)
    needed = wanted - today
    group, room = _rooms(options, useful, of_district)
    full = np.minimum(np.bincount(group, gain[useful], len(room)), room)
    if needed <= _HAIR or not len(useful):
        return Plan(options.iloc[:0], 0.0, 0.0, needed <= _HAIR, True)
    if full.sum() < needed - _HAIR:
        return _plan(options, useful, float(full.sum()), False, True)
    effort = options["effort"].to_numpy(dtype=float)[useful]
    result = _solve(effort, gain[useful], group, room, needed - _HAIR)
    taken = np.arange(len(useful)) if result.x is None else np.flatnonzero(result.x[: len(useful)] > 0.5)
    brought = np.minimum(np.bincount(group[taken], gain[useful][taken], len(room)), room).sum()
    return _plan(options, useful[taken], float(brought), True, result.status == 0)


def _rooms(options: pd.DataFrame, useful: np.ndarray, of_district: bool) -> tuple[np.ndarray, np.ndarray]:
    """The group of each useful option, and the largest gain of each group."""
    if not of_district:
        return np.arange(len(useful)), options["unit_gain"].to_numpy(dtype=float)[useful]
    group, names = pd.factorize(options["component_code"].to_numpy()[useful])
    room = np.zeros(len(names))
    room[group] = options["district_room"].to_numpy(dtype=float)[useful]
    return group, room


def _solve(effort: np.ndarray, gain: np.ndarray, group: np.ndarray, room: np.ndarray, needed: float):
    """Choose options (0 or 1) with the least effort; the gains of a group count up to its maximum (HiGHS)."""
    count, groups = len(effort), len(room)
    options, places = np.arange(count), count + np.arange(groups)
    capped = coo_array(
        (np.concatenate([-gain, np.ones(groups)]), (np.concatenate([group, np.arange(groups)]), [*options, *places])),
        shape=(groups, count + groups),
    )
    enough = np.concatenate([np.zeros(count), np.ones(groups)])
    return milp(
        # A tiny cost per move: of two plans with the same effort, choose the one with fewer moves.
        np.concatenate([effort + 1e-6, np.zeros(groups)]),
        constraints=[LinearConstraint(capped.tocsr(), -np.inf, 0), LinearConstraint(enough, needed, np.inf)],
        integrality=np.concatenate([np.ones(count), np.zeros(groups)]),
        bounds=Bounds(0, np.concatenate([np.ones(count), room])),
        options={"time_limit": _SECONDS},
    )


def _plan(options: pd.DataFrame, taken: np.ndarray, gain: float, is_enough: bool, is_proved: bool) -> Plan:
    """The plan of the chosen rows, sorted by effort, largest first."""
    chosen = options.iloc[taken].sort_values(["effort", "unit_code", "component_code"], ascending=[False, True, True])
    return Plan(chosen, float(chosen["effort"].sum()), gain, is_enough, is_proved)
