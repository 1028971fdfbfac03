"""All documents of a period: form II.06 of every unit, the report, the slides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reports import Subject, deck, service_form, word
from reports.playlist import TITLES

# A function that makes one file: its name and content.
Job = Callable[[], tuple[str, bytes]]


def jobs(subject: Subject, template: bytes | None = None) -> list[tuple[str, Job]]:
    """The titles and functions of all files for the district; each function may raise Unbalanced or BadTemplate.

    The shipped Word template is written for the settings' district; another home needs its own template.
    """
    whole = replace(subject, unit=subject.home, unit_name=subject.home_name)
    each = [replace(subject, unit=row.unit_code, unit_name=row.label) for row in subject.units.itertuples()]
    return [
        *((f"Biểu II.06: {one.unit_name}", lambda one=one: form_file(one)) for one in [whole, *each]),
        *((("Báo cáo Word", lambda: report_file(whole, template)),) if template or subject.has_template else ()),
        ("Bộ trang chiếu", lambda: slides_file(whole, list(TITLES))),
    ]


def form_file(subject: Subject) -> tuple[str, bytes]:
    """Form II.06 of a unit. Raises Unbalanced."""
    rows = service_form.form(subject)
    return f"{subject.stem('bieu-II06', rows.attrs['simulated'])}.xlsx", service_form.as_workbook(subject, rows)


def report_file(subject: Subject, template: bytes | None = None) -> tuple[str, bytes]:
    """The Word report of the district. Raises BadTemplate."""
    return f"{subject.stem('bao-cao', subject.simulated)}.docx", word.as_document(subject, template)


def slides_file(subject: Subject, codes: list[str]) -> tuple[str, bytes]:
    """The slides as .pptx."""
    return f"{subject.stem('trang-chieu', subject.simulated)}.pptx", deck.as_presentation(subject, codes)
