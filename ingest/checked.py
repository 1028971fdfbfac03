"""The rows of a file as its preview checked them, published without a second check if nothing has changed since."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from ingest.reading.look import Sent
from ingest.reading.mapping import stored_mappings
from ingest.store import archive
from ingest.store.build import recipe, today
from ingest.store.counting import live
from queries.snapshot import ROOT, pointed_id

# What reads and checks a file, besides what `recipe` covers.
_PROGRAM = ("access", "ingest", "queries", "words", "data/reference", "requirements.txt")


@dataclass(frozen=True)
class Checked:
    """A checked file: its rows as the archive keeps them, what the upload's entry tells of them, and ground (see ground_of)."""

    path: Path
    facts: dict
    ground: str

    def fits(self, store: Path, manifest: dict, file: object, valid_only: bool) -> bool:
        """Whether reading and checking this file now would accept the same rows."""
        wanted = valid_only or not self.facts["rejected"]
        return isinstance(file, Sent) and wanted and ground_of(store, manifest, file) == self.ground

    def put(self, path: Path) -> bool:
        """Put the rows at `path`; False if they are no longer those that were checked."""
        try:
            shutil.copyfile(self.path, path)
            # The copy is compared, not the original: nothing can change it after this.
            return archive.checksums(path).items() <= self.facts.items()
        except OSError:
            return False


def ground_of(store: Path, manifest: dict, file: Sent) -> str:
    """A checksum of all that reading and checking a file depends on: the store, the program, the day, the file.

    It is taken before the file is read, so that it differs from that of a later moment if anything changes meanwhile.
    """
    counting = [(upload["id"], upload["order"], upload.get("archived_sha256")) for upload in live(manifest["uploads"])]
    # The pointer names a snapshot whose taught words the headers are read with, and no number is used twice.
    state = (pointed_id(store), counting, stored_mappings(store))
    # Dates in the future are refused.
    day, program = today().isoformat(), (recipe(), pa.__version__, _program())
    return _digest(json.dumps([state, program, day, file.sha256, file.name, asdict(file.reading)]).encode())


def _program() -> list[tuple[str, str]]:
    """The program's files that read and check, each with its checksum."""
    paths = [path for name in _PROGRAM for path in sorted([ROOT / name, *(ROOT / name).rglob("*")])]
    kept = (path for path in paths if path.suffix in (".py", ".sql", ".csv", ".txt"))
    return [(path.relative_to(ROOT).as_posix(), _digest(path.read_bytes())) for path in kept]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
