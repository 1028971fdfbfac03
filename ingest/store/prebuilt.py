"""A snapshot built for the preview of a file, used by publishing instead of building it again."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from ingest.store.archive import sha256_of
from ingest.store.build import Progress, recipe
from ingest.store.counting import live


@dataclass(frozen=True)
class Prebuilt:
    """A database of a store's uploads and one more file, with what it was made from.

    facts: what `build` returned; database: its checksum; rows: the checksum of the file's rows as archived; basis: see
    basis_of.
    """

    path: Path
    database: str
    rows: str
    basis: str
    facts: dict

    def fits(self, uploads: list[dict], arriving: list[dict]) -> bool:
        """Whether building these uploads and this new one now would give the same database."""
        return (
            [upload["archived_sha256"] for upload in arriving] == [self.rows]
            and basis_of(uploads, arriving[0]) == self.basis
            and self.path.is_file()
            and sha256_of(self.path) == self.database
        )

    def build(self, path: Path, store: Path, uploads: list[dict], progress: Progress) -> dict:
        """Like build.build: put the database at `path`; it remains here until the preview is dropped."""
        progress("Dựng bảng", 1.0)
        shutil.copyfile(self.path, path)
        return dict(self.facts)


def basis_of(uploads: list[dict], arriving: dict) -> str:
    """A checksum of what a build depends on: the uploads in force, the place of the new one, statements, shipped tables."""
    counting = [
        (upload["id"], upload["order"], upload["real_rows"], upload.get("coverage")) for upload in live(uploads)
    ]
    new = (arriving["table"], arriving["order"], arriving["real_rows"], arriving.get("coverage"))
    return hashlib.sha256(json.dumps([counting, new, recipe()]).encode()).hexdigest()
