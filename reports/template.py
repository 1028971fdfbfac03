"""Word templates that an office worker edits: opened, filled safely, also a thousand times."""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

from reports.package import reproducible
from words.escape import printable

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
# A line of one twentieth of a point that begins a page: it takes no room on the next one.
_NEXT_PAGE = parse_xml(
    f'<w:p xmlns:w="{_W[1:-1]}"><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
    '<w:r><w:br w:type="page"/></w:r></w:p>'
)


class BadTemplate(ValueError):
    """The template cannot be filled; the message says why and what to do, in Vietnamese."""


def opened(content: bytes) -> DocxTemplate:
    """A template, ready to be filled. Raises BadTemplate."""
    try:
        document = DocxTemplate(io.BytesIO(content))
        document.init_docx()
    except Exception as error:  # any error of the reader for a file that is not a .docx
        raise BadTemplate(
            "Tệp mẫu không phải tệp Word (.docx) đọc được. Mở bằng Word và lưu lại dạng .docx."
        ) from error
    return document


def environment(finalize: Callable | None = None) -> SandboxedEnvironment:
    """What a template may do: use the names that are given, nothing else."""
    return SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=finalize or _holdable)


@contextmanager
def doubted(page: str = "Báo cáo") -> Iterator[None]:
    """Convert errors of a wrong template to BadTemplate; `page` shows the names that may be used."""
    try:
        yield
    except UndefinedError as error:
        name = re.search(r"(?:attribute '|^')(\w+)'", error.message or "")
        raise BadTemplate(
            f"Tệp mẫu dùng một tên không có: {name[1] if name else error.message}. Các tên dùng được ghi ở trang {page}."
        ) from error
    except SecurityError as error:
        raise BadTemplate(f"Tệp mẫu gọi đến thứ không được phép. Chỉ dùng các tên ghi ở trang {page}.") from error
    except BadTemplate:
        raise
    except Exception as error:  # any error of Jinja2, from a calculation or an unknown filter
        raise BadTemplate(
            "Tệp mẫu có chỗ viết sai cú pháp {{ }} hoặc {% %}, có thể thiếu dấu đóng, {% endif %} hoặc {% endfor %}, hoặc phép tính "
            "không làm được."
        ) from error


def filled(document: DocxTemplate, values: dict, made_at: datetime, page: str = "Báo cáo") -> bytes:
    """A file of an opened template with these values; `made_at` is the date inside it. Raises BadTemplate."""
    with doubted(page):
        document.render(values, environment(), autoescape=True)
    buffer = io.BytesIO()
    document.save(buffer)
    return reproducible(buffer.getvalue(), made_at)


def _holdable(value: object) -> object:
    """A value for the template; texts are reduced to characters that Word can store."""
    return type(value)(printable(value)) if isinstance(value, str) else value


def _broken(value: object) -> object:
    """The same with line breaks; docxtpl makes them only in what it fills itself."""
    value = _holdable(value)
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return Markup('</w:t><w:br/><w:t xml:space="preserve">').join(map(escape, value.split("\n")))


class Form:
    """A template that is opened and compiled once and filled many times, in a few milliseconds each."""

    def __init__(self, content: bytes, made_at: datetime, page: str):
        """`made_at` is the date inside the files. Raises BadTemplate."""
        document = opened(content)
        self._content, self._made_at, self._page = content, made_at, page
        with doubted(page):
            self._part = document.docx.part.partname.lstrip("/")
            self._root = document.docx.element
            # Word splits a tag into several runs; docxtpl joins them.
            self._compiled = environment(_broken).from_string(document.patch_xml(document.get_xml()))
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                around = [
                    parts.read(name) for name in parts.namelist() if re.match(r"word/(header|footer)\d*\.xml", name)
                ]
        if any(b"{{" in part or b"{%" in part for part in around):
            raise BadTemplate("Các tên {{ }} chỉ dùng được ở thân văn bản, không ở đầu trang, chân trang của tệp mẫu.")

    def one(self, values: dict) -> bytes:
        """A file of one letter. Raises BadTemplate."""
        return self.together([values])

    def together(self, many: Iterable[dict]) -> bytes:
        """One file of all letters, each on a new page. Raises BadTemplate."""
        with doubted(self._page):
            root = copy.deepcopy(self._root)
            body = root.find(_W + "body")
            # The settings of the last section are the last child of the body; those of earlier ones are in paragraphs.
            last = body[-1] if len(body) and body[-1].tag == _W + "sectPr" else None
            body[:] = []
            for number, values in enumerate(many):
                if number:
                    body.append(copy.deepcopy(_NEXT_PAGE))
                filled = parse_xml(self._compiled.render(values))
                body.extend(part for part in list(filled) if part.tag != _W + "sectPr")
            if last is not None:
                body.append(last)
            return self._packed(serialize_part_xml(root))

    def _packed(self, document: bytes) -> bytes:
        buffer = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(self._content)) as old,
            zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                new.writestr(name, document if name == self._part else old.read(name))
        return reproducible(buffer.getvalue(), self._made_at)
