"""From files to a snapshot: read, check, archive, build, publish.

A `Problem` describes an error in a file to a person; the exception `Rejected` contains the list of them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One problem at one place of a file, in Vietnamese.

    line is the line number in the file, from 1 (the header is line 1; 0 means the whole file); severity is "reject"
    (the file is refused) or "warning" (the file is accepted with a message).
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
    """The files are refused and nothing was written. `problems` says what to correct and where.

    total: the number of all problems, if only the first are listed; told: the warnings about the same files.
    """

    def __init__(self, problems: list[Problem], total: int = 0, told: list[Problem] | None = None):
        super().__init__("; ".join(str(problem) for problem in problems[:3]))
        self.problems = problems
        self.total = max(total, len(problems))
        self.told = told or []

    def __reduce__(self):
        """Pickle by arguments, so that the list reaches the other process; the message alone would lose it."""
        return type(self), (self.problems, self.total, self.told)


class Busy(Exception):
    """Another writer holds the lock of the store."""


class UnknownUpload(Exception):
    """No upload has this id, or it is already in the requested state; the message says which."""
