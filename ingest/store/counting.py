"""Which uploads count: simulated ones only while there is no real one, so that no snapshot holds rows of both kinds."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.schema import tables


def live(uploads: Iterable[dict]) -> list[dict]:
    """The uploads that are not withdrawn, in order of arrival."""
    return sorted((upload for upload in uploads if upload["state"] != "withdrawn"), key=lambda upload: upload["order"])


def counting(uploads: Iterable[dict], real: bool = False) -> list[dict]:
    """The live uploads whose rows are in force, unless later rows replace them.

    real: a file with real rows is about to join them.
    """
    there = live(uploads)
    real = real or has_real(there)
    return [upload for upload in there if not (real and is_simulated(upload))]


def has_real(uploads: Iterable[dict]) -> bool:
    """Whether any live upload has real rows of a table that can be simulated; targets and catalogues are always real."""
    return any(upload["real_rows"] and _simulatable(upload) for upload in live(uploads))


def is_simulated(upload: dict) -> bool:
    """Whether all rows of an upload are simulated."""
    return _simulatable(upload) and not upload["real_rows"]


def _simulatable(upload: dict) -> bool:
    table = tables().get(upload["table"])
    return table is not None and table.simulatable


def turned(before: list[dict], after: list[dict]) -> tuple[tuple[dict, ...], tuple[dict, ...]]:
    """The simulated uploads that a change of others retires, and those that it brings back."""
    return _stopped(before, after), _stopped(after, before)


def _stopped(first: list[dict], then: list[dict]) -> tuple[dict, ...]:
    """The simulated uploads that count among the first, and among the others are live without counting."""
    kept = {upload["order"] for upload in live(then)} - {upload["order"] for upload in counting(then)}
    return tuple(upload for upload in counting(first) if is_simulated(upload) and upload["order"] in kept)


def standing(upload: dict, uploads: list[dict]) -> str:
    """The state of an upload as a list shows it: its own, or “retired” if real rows stand in its place."""
    retired = upload["state"] != "withdrawn" and is_simulated(upload) and has_real(uploads)
    return "retired" if retired else upload["state"]
