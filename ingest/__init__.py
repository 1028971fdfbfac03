"""From files to a snapshot: read, check, archive, build, swap.

Everything here reports to a person about a file by `Problem`; `Rejected` carries the list.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one place of a file, in Vietnamese.

    line counts the file's own lines from 1 (the header is line 1; 0 where the whole file is meant);
    severity is "reject" (the file is not taken) or "warning" (taken, and said).
    """

    file: str
    line: int
    column: str
    value: str
    reason: str
    hint: str = ""
    rule: str = ""
    severity: str = "reject"
    sheet: str = ""

    def __str__(self) -> str:
        place = f"{self.file}, dòng {self.line}" if self.line else self.file
        column = f", cột {self.column}" if self.column else ""
        value = f" (giá trị “{self.value}”)" if self.value else ""
        return f"{place}{column}{value}: {self.reason}"


class Rejected(Exception):
    """The files are not taken; nothing was written. `problems` says what to mend and where."""

    def __init__(self, problems: list[Problem]):
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems

    def __reduce__(self):
        """Exceptions travel between processes by their arguments; the message alone would not bring the list."""
        return type(self), (self.problems,)


class Busy(Exception):
    """Another publish holds the store."""


class UnknownUpload(Exception):
    """No upload has this id, or it is already in the wanted state; the message says which."""
