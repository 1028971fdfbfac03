"""The app's server, which also records every query of a page: (statement, parameters, schema).

BENCH_ASKED=FILE python -m bench.recorded run server.py [more arguments of Streamlit's command]
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

from queries.snapshot import Reader


def record(file: Path) -> None:
    """From now on, write each query of every reader in this process to the file, also those answered by the cache."""
    opened = Reader.__init__

    def open_recording(self: Reader, *arguments) -> None:
        opened(self, *arguments)
        answer = self.answer

        def recording(*question):
            with file.open("ab") as target:
                target.write(pickle.dumps(question))
            return answer(*question)

        self.answer = recording

    Reader.__init__ = open_recording


class Recording:
    """The queries that the server has recorded since the last call, without duplicates."""

    def __init__(self, file: Path):
        self._file, self._seen = file, 0

    def taken(self) -> list[tuple[str, tuple, str]]:
        """The queries since the last call, in the order of their first occurrence."""
        asked: dict[tuple[str, tuple, str], None] = {}
        if self._file.exists():
            with self._file.open("rb") as source:
                source.seek(self._seen)
                while pickled := _next(source):
                    asked[pickled] = None
                self._seen = source.tell()
        return list(asked)


def _next(source) -> tuple[str, tuple, str] | None:
    try:
        return pickle.load(source)
    except EOFError:
        return None


if __name__ == "__main__":
    from streamlit.web.cli import main

    record(Path(os.environ["BENCH_ASKED"]))
    sys.exit(main(prog_name="streamlit"))
