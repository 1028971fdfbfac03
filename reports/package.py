"""Rewrites the zip of an Office file so that its bytes depend on its content only."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

# The oldest date that a zip can store.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def reproducible(content: bytes, made_at: datetime) -> bytes:
    """An Office file with all dates set to `made_at`, including the workbooks embedded in its charts."""
    moment = made_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "docProps/core.xml":
                part = _DATED.sub(rb"\g<1>" + moment + rb"\g<2>", part)
            elif name.endswith(".xlsx"):
                part = reproducible(part, made_at)
            new.writestr(_entry(name), part)
    return buffer.getvalue()


def together(files: dict[str, bytes]) -> bytes:
    """A zip of files given by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(_entry(name), content)
    return buffer.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    """A zip entry with a fixed date."""
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
