"""The server's log: JSON lines on standard error, readable lines on a terminal.

The log contains no query string, no file name and no cell of a file, because they may hold a citizen's data.
"""

from __future__ import annotations

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure() -> None:
    """Send the dashboard's log messages to standard error."""
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
    # The line per request is meant for the server's log, not for a terminal.
    logging.getLogger("dashboard.request").disabled = sys.stderr.isatty()
