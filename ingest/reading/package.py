"""The names of the parts inside a zipped workbook, brought to those that every reader expects.

Some programs write `xl\\workbook.xml`, `./xl/styles.xml`, `XL/Workbook.xml`, or give the workbook another name and only
refer to it. Excel follows the relations and opens such files.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from xml.etree import ElementTree

_USUAL = (
    "[Content_Types].xml", "_rels/.rels", "content.xml", "styles.xml", "mimetype", "META-INF/manifest.xml",
    *(
        f"xl/{name}.{kind}"
        for kind in ("xml", "bin")
        for name in ("workbook", "styles", "sharedStrings")
    ),
    "xl/_rels/workbook.xml.rels", "xl/_rels/workbook.bin.rels",
)  # fmt: skip
_BY_LOWER = {name.lower(): name for name in _USUAL}
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_NAMESPACE = "http://schemas.openxmlformats.org/package/2006/relationships"


def with_usual_names(archive: zipfile.ZipFile) -> bytes | None:
    """The workbook with its parts under their usual names; None if it needs no change."""
    parts = {_clean(entry.orig_filename): entry.orig_filename for entry in archive.infolist() if not entry.is_dir()}
    kept = {name: archive.getinfo(_stored(archive, raw)) for name, raw in parts.items()}
    change = any(name != raw for name, raw in parts.items())
    written: dict[str, bytes] = {}
    book = _workbook(archive, kept)
    if book is not None:
        moved, relations = _moved(archive, kept, book)
        change = change or bool(moved) or bool(relations)
        kept |= {name: kept[old] for name, old in moved.items()}
        kept = {name: entry for name, entry in kept.items() if name not in moved.values()}
        written = relations
    return _written(archive, kept, written) if change else None


def _stored(archive: zipfile.ZipFile, raw: str) -> str:
    """The name under which zipfile keeps a part: on Windows it turns backslashes."""
    return raw if raw in archive.NameToInfo else raw.replace("\\", "/")


def _clean(name: str) -> str:
    """A part's name with plain slashes, without “./” and with the usual capitals."""
    name = posixpath.normpath(name.replace("\\", "/")).lstrip("/")
    return _BY_LOWER.get(name.lower(), name)


def _workbook(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo]) -> str | None:
    """The part of the workbook: by its usual name, otherwise by the relations of the package."""
    usual = next((name for name in ("xl/workbook.xml", "xl/workbook.bin") if name in parts), None)
    if usual or "_rels/.rels" not in parts:
        return usual
    for relation in _relations(archive, parts["_rels/.rels"]):
        part = _find(parts, _resolved("", relation.get("Target", "")))
        if relation.get("Type", "").endswith("/officeDocument") and part is not None and _is_book(archive, parts[part]):
            return part
    return None


def _is_book(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as stream:
        start = stream.read(4096)
    # A binary workbook begins with the record BrtBeginBook (131, no content).
    return start.startswith(b"\x83\x01\x00") or bool(re.search(rb"<(?:\w+:)?workbook[\s>]", start))


def _relations(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> list[ElementTree.Element]:
    try:
        return list(ElementTree.fromstring(archive.read(entry)))
    except ElementTree.ParseError:
        return []


def _resolved(folder: str, target: str) -> str:
    """The name of the part that a relation means."""
    target = target.replace("\\", "/")
    return _clean(target if target.startswith("/") else posixpath.join(folder, target))


def _find(parts: dict[str, zipfile.ZipInfo], name: str) -> str | None:
    """The part with a name, whatever its capitals."""
    return name if name in parts else next((part for part in parts if part.lower() == name.lower()), None)


def _moved(
    archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], book: str
) -> tuple[dict[str, str], dict[str, bytes]]:
    """Usual name → present name of the parts to move, and the workbook's relations if they must be rewritten."""
    kind = "bin" if book.endswith(".bin") else "xml"
    folder, name = posixpath.split(book)
    listing = _find(parts, posixpath.join(folder, "_rels", f"{name}.rels"))
    moved = {} if book == f"xl/workbook.{kind}" else {f"xl/workbook.{kind}": book}
    if listing is None:
        return moved, {}
    lines, odd = [], bool(moved)
    for relation in _relations(archive, parts[listing]):
        target, role = relation.get("Target", ""), relation.get("Type", "").rpartition("/")[2]
        part = _find(parts, _resolved(folder, target)) or _find(parts, _resolved("", target))
        if part is None or not (role.lower().endswith("sheet") or role in ("styles", "sharedStrings")):
            lines.append(relation.attrib)
            continue
        place = f"xl/{role}.{kind}" if role in ("styles", "sharedStrings") else part
        place = place if place.startswith("xl/") else f"xl/{place}"
        if place != part:
            moved[place] = part
        # The usual forms: worksheets/sheet1.xml or /xl/worksheets/sheet1.xml.
        odd = odd or target not in (f"/{place}", place.removeprefix("xl/"))
        lines.append({**relation.attrib, "Target": f"/{place}"})
    if not (odd or moved):
        return moved, {}
    root = [{"Id": "rId1", "Type": _OFFICE, "Target": f"xl/workbook.{kind}"}]
    return moved, {f"xl/_rels/workbook.{kind}.rels": _listing(lines), "_rels/.rels": _listing(root)}


def _listing(lines: list[dict[str, str]]) -> bytes:
    """The XML of a list of relations."""
    from xml.sax.saxutils import quoteattr  # it loads everything for fetching pages, and few files come here

    each = (" ".join(f"{name}={quoteattr(text)}" for name, text in line.items()) for line in lines)
    inner = "".join(f"<Relationship {words}/>" for words in each)
    return f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_NAMESPACE}">{inner}</Relationships>'.encode()


def _written(archive: zipfile.ZipFile, parts: dict[str, zipfile.ZipInfo], changed: dict[str, bytes]) -> bytes:
    """A zip of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, entry in parts.items():
            if name not in changed:
                with archive.open(entry) as source, target.open(name, "w") as sink:
                    while piece := source.read(1 << 20):
                        sink.write(piece)
        for name, content in changed.items():
            target.writestr(name, content)
    return file.getvalue()
