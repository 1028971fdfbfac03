"""What each watched folder last said of itself: one small file a folder in the store, for the pages.

The uploads of a folder are in the manifest; this is what no upload tells: how often a file is expected, that none has
ever come, that files were refused, that the settings are wrong or the folder is gone.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from access import tokens
from ingest.durable import UNNAMED, write_text
from ingest.schema import UPLOADED
from ingest.store.build import TIME_ZONE, today
from ingest.store.counting import counting

FOLDER = "watch"
# A folder that nobody has watched for so long is no source any more: nothing is expected of it.
_FORGOTTEN = timedelta(days=30)


@dataclass(frozen=True)
class Source:
    """A watched folder. trouble: why it is not read; refused: the files that lie in its folder of refused ones.

    seen_at, refused_at: moments in UTC; waiting: files that still change, are empty or cannot be read yet.
    """

    name: str
    every_days: int | None = None
    trouble: str = ""
    refused: int = 0
    refused_at: str = ""
    waiting: int = 0
    seen_at: str = ""


def key_of(folder: Path) -> str:
    """The name under which a folder is known in the store."""
    return hashlib.sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def folder_of(store: Path) -> Path:
    """The folder of the store that tells of the sources."""
    return store / FOLDER


def tell(store: Path, folder: Path, source: Source) -> None:
    """Keep what a folder says of itself now. Raises OSError."""
    folder_of(store).mkdir(parents=True, exist_ok=True)
    write_text(folder_of(store) / f"{key_of(folder)}.json", json.dumps(asdict(source), ensure_ascii=False))


def forget(store: Path, folder: Path) -> None:
    """Nothing is expected of a folder any more. Raises OSError."""
    (folder_of(store) / f"{key_of(folder)}.json").unlink(missing_ok=True)


def known(store: Path, but: Path | None = None) -> list[Source]:
    """The sources by name, without those that nobody has watched for a month; `but`: without this folder."""
    oldest = (datetime.now(UTC) - _FORGOTTEN).isoformat(timespec="seconds")
    left_out = key_of(but) if but else ""
    files = (path for path in folder_of(store).glob("*.json") if not path.name.startswith(UNNAMED))
    found = [_read(path) for path in files if path.stem != left_out]
    return sorted((one for one in found if one and one.seen_at >= oldest), key=lambda one: (one.name, one.seen_at))


def _read(path: Path) -> Source | None:
    """One source; None for a file that is damaged, or gone meanwhile."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        said = json.loads(path.read_text(encoding="utf-8"))
        source = Source(**{one.name: said[one.name] for one in fields(Source)})
        datetime.fromisoformat(source.seen_at)
        return source
    return None


def asked(store: Path, uploads: list[dict]) -> dict[str, str]:
    """The parameters of queries/arrivals.sql that no snapshot holds: the day, the arrivals, the folders and tokens."""
    folders = [{"sender": "folder", "name": one.name, "every_days": one.every_days} for one in known(store)]
    sending = [one for one in tokens.every(store) if one.tables != () and not (one.is_ended or one.is_expired)]
    programs = [{"sender": "token", "name": one.who, "every_days": None} for one in sending]
    said = json.dumps([*folders, *programs], ensure_ascii=False)
    return {"today": today().isoformat(), "uploads": _arrivals(uploads), "sources": said}


def _arrivals(uploads: list[dict]) -> str:
    """The arrivals of uploads of offices that count as a parameter of queries/arrivals.sql; of persons only that they were persons."""
    said = [
        {
            "order": upload["order"],
            "table": upload["table"],
            "sender": upload.get("sender", ""),
            "name": upload["who"] if upload.get("sender") else "",
            "on": datetime.fromisoformat(upload["at"]).astimezone(ZoneInfo(TIME_ZONE)).date().isoformat(),
        }
        for upload in counting(uploads)
        if upload["table"] in UPLOADED
    ]
    return json.dumps(said, ensure_ascii=False)
