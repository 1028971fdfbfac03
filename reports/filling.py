"""Fills a Word template that an office worker has edited: a fault in it comes back with a reason, and no code in it runs."""

from __future__ import annotations

import io
import re
from datetime import datetime

from docxtpl import DocxTemplate
from jinja2 import StrictUndefined, UndefinedError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from reports.package import reproducible
from words.escape import printable


class BadTemplate(ValueError):
    """The template cannot be filled; the message says why and what to do, in Vietnamese."""


def opened(template: bytes) -> DocxTemplate:
    """A template, opened. Raises BadTemplate."""
    try:
        document = DocxTemplate(io.BytesIO(template))
        document.init_docx()
    except Exception as error:  # any error of the reader for a file that is not a .docx
        raise BadTemplate(
            "Tệp mẫu không phải tệp Word (.docx) đọc được. Mở bằng Word và lưu lại dạng .docx."
        ) from error
    return document


def filled(document: DocxTemplate, words: dict[str, object], made_at: datetime, page: str) -> bytes:
    """The document with these values; `page` is where the names that a template may use are listed. Raises BadTemplate."""
    try:
        environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True, finalize=_holdable)
        document.render(words, environment, autoescape=True)
    except UndefinedError as error:
        name = re.search(r"(?:attribute '|^')(\w+)'", error.message or "")
        raise BadTemplate(
            f"Tệp mẫu dùng một tên không có: {name[1] if name else error.message}. Các tên dùng được ghi ở trang {page}."
        ) from error
    except SecurityError as error:
        raise BadTemplate(f"Tệp mẫu gọi đến thứ không được phép. Chỉ dùng các tên ghi ở trang {page}.") from error
    except Exception as error:  # any error of Jinja2, from a calculation or an unknown filter
        raise BadTemplate(
            "Tệp mẫu có chỗ viết sai cú pháp {{ }} hoặc {% %}, có thể thiếu dấu đóng, {% endif %} hoặc {% endfor %}, hoặc phép tính "
            "không làm được."
        ) from error
    buffer = io.BytesIO()
    document.save(buffer)
    return reproducible(buffer.getvalue(), made_at)


def _holdable(value: object) -> object:
    """A value for the template; texts are reduced to characters that Word can store."""
    return type(value)(printable(value)) if isinstance(value, str) else value
