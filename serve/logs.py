"""The server's log: lines of JSON on the standard error, readable ones on a terminal.

No address with its query, no name of a file's content, no cell of a file is logged: none can hold a citizen's data.
"""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure() -> None:
    """Send what the dashboard says of itself to the standard error."""
    handler = logging.StreamHandler(sys.stderr)
    if sys.stderr.isatty():
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    else:
        fields = ["asctime", "levelname", "name", "message"]
        renamed = {"asctime": "at", "levelname": "level", "name": "logger"}
        handler.setFormatter(
            JsonFormatter(fields, rename_fields=renamed, json_ensure_ascii=False, datefmt="%Y-%m-%dT%H:%M:%S%z")
        )
    log = logging.getLogger("dashboard")
    log.handlers = [handler]
    log.propagate = False
    log.setLevel(logging.INFO)
    # One line a request is for the office's machine, not for somebody's terminal.
    logging.getLogger("dashboard.request").disabled = sys.stderr.isatty()
