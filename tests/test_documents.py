"""Documents, read back by other programs: their figures equal the queries', and their bytes are reproducible."""

import io
import os
import pathlib
import re
import shutil
import subprocess
import time
import zipfile
from dataclasses import replace
from functools import cache

import docx
import lxml.etree
import openpyxl
import pandas as pd
import pptx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm
from PIL import Image
from playwright.sync_api import expect

import queries
from ingest.publish import publish
from reports import SIMULATED, Subject, collection, deck, playlist, service_form, word
from reports.drawing import DPI, draw
from reports.template import BadTemplate
from tests.browser import ROOT, rerun, settled, visit
from tests.test_check import sound, write
from words import period, vietnamese
from words.download import as_csv, as_workbook

DISTRICT = "597"
# Calendar, period, unit: the district, a commune, an office; whole periods and an unfinished one.
FORMS = [
    ("solar", "2024-Q4", DISTRICT),
    ("reporting", "2024-Q4", DISTRICT),
    ("reporting", "2025-01", DISTRICT),
    ("solar", "2024", "23059"),
    ("reporting", "2024-H1", "23065"),
    ("solar", "2023-05", "597-DD"),
]
FIRST = 11  # the first row of the form's table


@pytest.fixture(autouse=True)
def at_demo(demo_store, monkeypatch):
    """The simulated district as the current snapshot, none pinned."""
    token = queries._pinned.set(None)
    monkeypatch.setenv("DASHBOARD_STORE", str(demo_store))
    yield
    queries._pinned.reset(token)


def subject(calendar="solar", code="2024-Q4", unit=DISTRICT, compare="previous"):
    """The subject of a document of the simulated district."""
    return Subject.of(period.chosen(calendar, code, compare), unit)


def sheet_of(content, **how):
    """The form's worksheet."""
    return openpyxl.load_workbook(io.BytesIO(content), **how)["II.06"]


def table_rows(sheet):
    """The table's rows: letter or number, name, eleven cells."""
    for row in sheet.iter_rows(min_row=FIRST, max_col=13):
        values = [cell.value for cell in row]
        if values[1] is None:
            return
        yield row[0].row, values[0], values[1], values[2:]


def evaluated(sheet, place):
    """The value of a cell, computed from the cells that it refers to."""
    value = sheet[place].value
    if not isinstance(value, str):
        return value
    ranged = re.fullmatch(r"=SUM\(([A-Z]+)(\d+):([A-Z]+)(\d+)\)", value)
    if ranged:
        cells = sheet[f"{ranged[1]}{ranged[2]}:{ranged[3]}{ranged[4]}"]
        return sum(evaluated(sheet, cell.coordinate) for row in cells for cell in row)
    parts = value.removeprefix("=").split("+")
    return sum(evaluated(sheet, part) for part in parts)


@pytest.mark.parametrize(("calendar", "code", "unit"), FORMS)
def test_the_form_holds_the_figures_of_the_queries(calendar, code, unit):
    about = subject(calendar, code, unit)
    content = service_form.as_workbook(about, service_form.form(about))
    formulas, values = sheet_of(content), sheet_of(content, data_only=True)
    rows = list(table_rows(formulas))
    for number, letter, _, cells in rows:
        worked_out = [evaluated(formulas, f"{column}{number}") for column in "CDEFGHIJKLM"]
        assert worked_out == [values[f"{column}{number}"].value for column in "CDEFGHIJKLM"]
        three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen = worked_out
        assert three == four + five + six == seven + eleven
        assert seven == eight + nine + ten and eleven == twelve + thirteen
        # Totals are formulas, field values are numbers.
        assert isinstance(cells[3], str) is (letter in ("B", "C", ""))
    asked = about.ask("service_form")[["name", *service_form.FIGURES.values()]].values.tolist()
    fields = [number for number, letter, _, _ in rows if letter.isdigit()]
    assert [[values[f"{column}{number}"].value for column in "BCDEFGHIJKLM"] for number in fields] == asked
    flow = about.ask("service_flow").iloc[0]
    last = rows[-1]
    assert last[2] == "Tổng cộng"
    totals = [evaluated(formulas, f"{column}{last[0]}") for column in "CDEFGHIJKLM"]
    assert totals == [flow[name] for name in service_form.FIGURES.values()]


def test_the_form_is_laid_out_for_a4():
    about = subject("reporting", "2024-Q4", "23059")
    content = service_form.as_workbook(about, service_form.form(about))
    sheet = sheet_of(content)
    assert sheet["A1"].value == "Biểu số II.06a/VPCP/KSTT"
    assert sheet["A3"].value == SIMULATED and SIMULATED in sheet.oddFooter.left.text
    assert sheet["A5"].value == "Kỳ báo cáo: Quý IV/2024 (Từ ngày 15/09/2024 đến ngày 14/12/2024)"
    assert sheet["I1"].value == "Đơn vị báo cáo: Thị trấn Ma Lâm"
    assert sheet["I2"].value == "Đơn vị nhận báo cáo: UBND huyện Hàm Thuận Bắc"
    merged = {str(cells) for cells in sheet.merged_cells.ranges}
    assert {"A7:A9", "B7:B9", "C7:F7", "G7:J7", "K7:M7", "D8:E8"} <= merged
    assert [sheet.cell(10, column).value for column in range(1, 14)] == [f"({number})" for number in range(1, 14)]
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$7:$10"
    words = [cell.value for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {"NGƯỜI LẬP BIỂU", "THỦ TRƯỞNG ĐƠN VỊ", "(Ký tên, đóng dấu)"} <= set(words)
    assert sheet.cell(FIRST, 3).number_format == "#,##0"
    assert sheet_of(service_form.as_workbook(subject(), service_form.form(subject())))["A1"].value.startswith(
        "Biểu số II.06b"
    )


def test_a_form_that_contradicts_itself_is_not_given_out(monkeypatch):
    good = dict.fromkeys(service_form.FIGURES.values(), 0) | {
        "name": "Đất đai", "handled": 10, "received_online": 4, "received_direct": 5, "carried_over": 1, "resolved": 7,
        "resolved_early": 3, "resolved_on_time": 2, "resolved_late": 2, "open_total": 3, "open_in_time": 2, "open_late": 1, "unclear": 0,
    }  # fmt: skip
    assert service_form.contradictions(pd.DataFrame([good])) == []
    wrong = service_form.contradictions(pd.DataFrame([good | {"resolved_late": 3, "open_total": 4}]))
    assert wrong == [
        "Đất đai, cột 7: 7 khác 3 + 2 + 3",
        "Đất đai, cột 11: 4 khác 2 + 1",
        "Đất đai, cột 3: 10 khác 7 + 4",
    ]
    ask = Subject.ask

    def broken(self, name, **more):
        rows = ask(self, name, **more)
        return rows.assign(resolved_late=rows["resolved_late"] + 1) if name == "service_form" else rows

    monkeypatch.setattr(Subject, "ask", broken)
    with pytest.raises(service_form.Unbalanced, match="Biểu không được xuất"):
        service_form.form(subject())


def test_the_form_on_the_page_is_plain_text():
    rows = subject().ask("service_form").assign(name="<script>alert(1)</script>")
    shown = service_form.as_html(rows)
    assert "<script" not in shown and "&lt;script&gt;" in shown


def texts_of(document):
    """All texts of a Word document in order, tables and headers included."""
    inside = [paragraph.text for paragraph in document.paragraphs]
    for table in document.tables:
        inside += [cell.text for row in table.rows for cell in row.cells]
    section = document.sections[0]
    for part in (section.header, section.first_page_header):
        inside += [paragraph.text for paragraph in part.paragraphs]
    return inside


@cache
def report(code, calendar="solar"):
    """The bytes of the simulated district's report; several tests read the same."""
    return word.as_document(subject(calendar, code))


def opened(content):
    """A Word document as another program reads it."""
    return docx.Document(io.BytesIO(content))


# What the report follows besides the indicators, in its order.
FOLLOWED = [
    ("equipment_count", {}),
    ("undone_service_count", {}),
    ("officer_streak_count", {"threshold": "3"}),
    ("community_team_count", {}),
    ("product_count", {}),
    ("procedure_cut_count", {"plan": ""}),
    *(("reported_count", {"indicator": f"S{number}"}) for number in range(17, 24)),
    ("unit_satisfaction_count", {}),
]


@pytest.mark.parametrize(
    "code",
    ["2024", *(pytest.param(code, marks=pytest.mark.slow) for code in ("2024-12", "2024-Q4", "2024-H2", "2023-Q1"))],
)
def test_the_report_says_what_the_queries_say(code):
    about = subject(code=code)
    document = opened(report(code))
    words = "\n".join(texts_of(document))
    flow = about.ask("service_flow").iloc[0]
    for name in ("handled", "carried_over", "received", "resolved", "resolved_late", "open_total", "open_late"):
        assert vietnamese.number(flow[name]) in words
    said = about.ask("briefing").set_index("topic_code")["sentence"]
    for topic in ("headline", "online", "digital", "late", "land", "discipline", "communes"):
        assert said[topic] in words
    for name in ("attention", "unit_verdicts"):
        for sentence in about.ask(name)["sentence"]:
            assert sentence in words
    followed = [answer["sentence"].iloc[0] for _, answers in word._followed(about) for answer in answers]
    assert len(set(followed)) == len(FOLLOWED) and all(sentence in words for sentence in followed)
    assert followed == [about.ask(name, **more)["sentence"].iloc[0] for name, more in FOLLOWED]
    tables = {table.rows[0].cells[0].text: table for table in document.tables if len(table.rows) > 2}
    headline = about.ask("headline")
    shown = [[cell.text for cell in row.cells] for row in tables["Chỉ tiêu"].rows][1:]
    assert [row[:2] for row in shown] == headline[["name", "text"]].values.tolist()
    assert [row[4] for row in shown] == headline["target_text"].tolist()
    communes = [[cell.text for cell in row.cells] for row in tables["Hạng"].rows][1:]
    asked = about.ask("commune_score")
    assert [row[1:3] for row in communes] == asked[["name", "text"]].values.tolist() and len(communes) == 17
    assert not re.search(r"\{\{|\{%|None|nan", words)


def test_the_report_keeps_the_layout_of_decree_30():
    document = opened(report("2024-Q4"))
    section = document.sections[0]
    assert (round(section.page_width.cm, 1), round(section.page_height.cm, 1)) == (21.0, 29.7)
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(margin.cm, 1) for margin in margins] == [2.0, 2.0, 3.0, 2.0]
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert section.different_first_page_header_footer
    page_number = section.header.paragraphs[0]
    assert "PAGE" in page_number._p.xml and page_number.alignment == WD_ALIGN_PARAGRAPH.CENTER
    assert "PAGE" not in section.first_page_header._element.xml
    left, right = document.tables[0].rows[0].cells
    assert [paragraph.text for paragraph in left.paragraphs][2:4] == ["ỦY BAN NHÂN DÂN", "HUYỆN HÀM THUẬN BẮC"]
    assert [bool(paragraph.runs[0].bold) for paragraph in left.paragraphs[:4]] == [False, False, True, True]
    assert [paragraph.text for paragraph in right.paragraphs][:2] == [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
    ]
    place = document.tables[0].rows[1].cells[1].paragraphs[0]
    assert place.text.startswith("Hàm Thuận Bắc, ngày") and place.runs[0].italic
    signing = document.tables[-1].rows[0].cells
    assert signing[0].paragraphs[0].text == "Nơi nhận:" and signing[0].paragraphs[-1].text == "- Lưu: VT, VP."
    assert [paragraph.text for paragraph in signing[1].paragraphs][:2] == ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]
    body = next(paragraph for paragraph in document.paragraphs if paragraph.text.startswith("Trong kỳ,"))
    assert body.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY and Cm(1) <= body.paragraph_format.first_line_indent <= Cm(1.3)
    repeated = [table for table in document.tables if "w:tblHeader" in table.rows[0]._tr.xml]
    assert len(repeated) == 4


def test_pictures_in_the_report_are_fit_for_print():
    document = opened(report("2024-Q4"))
    assert len(document.inline_shapes) == 4
    for shape in document.inline_shapes:
        blob = document.part.related_parts[shape._inline.graphic.graphicData.pic.blipFill.blip.embed].blob
        assert Image.open(io.BytesIO(blob)).width / shape.width.inches == pytest.approx(DPI, rel=0.01)


def edited(change):
    """The shipped template with a change in its main part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(word.TEMPLATE) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, change(part.decode()).encode() if name == "word/document.xml" else part)
    return buffer.getvalue()


@pytest.mark.slow
def test_an_edited_template_is_used():
    template = edited(lambda xml: xml.replace("Trên đây là báo cáo", "Kính trình báo cáo {{ ky }}:"))
    words = texts_of(docx.Document(io.BytesIO(word.as_document(subject(), template))))
    assert any(text.startswith("Kính trình báo cáo Quý IV/2024:") for text in words)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("{{ so_ho_so }}", "so_ho_so"),
        ("{{ ho_so.khong_co }}", "khong_co"),
        ("{{ ky", "sai cú pháp"),
        ("{% if ky %}", "sai cú pháp"),
        ("{{ ''.__class__.__mro__ }}", "không được phép"),
        ("{{ 1/0 }}", "không làm được"),
        ("{{ ho_so.tiep_nhan|round }}", "không làm được"),
        ("{% include 'a' %}", "không làm được"),
        ("{{ ky.__class__ }}", "không được phép"),
    ],
)
def test_a_template_that_cannot_be_filled_comes_back_with_a_reason(wrong, says):
    template = edited(lambda xml: xml.replace("Trên đây là báo cáo", wrong))
    with pytest.raises(BadTemplate, match=says):
        word.as_document(subject(), template)


def test_a_template_that_is_no_word_file_comes_back():
    with pytest.raises(BadTemplate, match="không phải tệp Word"):
        word.as_document(subject(), b"xin chao")


def test_the_list_of_names_is_the_list_of_names():
    with zipfile.ZipFile(word.TEMPLATE) as template:
        xml = template.read("word/document.xml").decode() + template.read("word/header1.xml").decode()
    used = set(re.findall(r"\{\{ (\w+)", xml)) | set(re.findall(r"\{%\w+ (?:for \w+ in|if) (\w+)", xml))
    assert used - {"dong", "cau"} <= set(word.FIELDS)
    assert set(word.context(subject())) | set(word._PICTURES) == set(word.FIELDS)


def slides_of(codes=tuple(playlist.TITLES), about=None):
    """The deck read back, and its source slides."""
    about = about or subject()
    content = deck.as_presentation(about, list(codes))
    return pptx.Presentation(io.BytesIO(content)), [playlist.make(about, code) for code in codes]


def test_slides_hold_native_charts_with_the_figures_of_the_queries():
    read, made = slides_of()
    assert (round(read.slide_width.cm, 2), round(read.slide_height.cm, 2)) == (33.87, 19.05)
    assert len(read.slides) == len(made)
    for page, slide in zip(read.slides, made, strict=True):
        words = [shape.text_frame.text for shape in page.shapes if shape.has_text_frame]
        assert slide.title in words and slide.message in words
        charts = [shape.chart for shape in page.shapes if shape.has_chart]
        wanted = [picture for picture in slide.pictures if picture.form != "tiles"]
        assert len(charts) == len(wanted)
        for chart, picture in zip(charts, wanted, strict=True):
            values = [None if pd.isna(value) else float(value) for value in picture.data["value"]]
            assert list(chart.plots[0].series[0].values) == values
            names = picture.data["period_title" if picture.form == "line" else "name"].tolist()
            if picture.events is not None:  # a period with the number of its event, the Lunar New Year
                codes = picture.data["period_code" if "period_code" in picture.data else "code"]
                marked = set(picture.events["period_code"])
                names = [f"{name} (1)" if code in marked else name for code, name in zip(codes, names, strict=True)]
                assert marked & set(codes) and "1. Tết Nguyên đán" in chart.chart_title.text_frame.text
            if picture.ranges is not None:  # the rank of each, or between which luck alone puts it
                spans = picture.ranges.set_index("unit_code")["range_text"]
                names = [f"{spans[code]}. {name}" for code, name in zip(picture.data["unit_code"], names, strict=True)]
                assert "7–12. Hồng Liêm" in names
            assert list(chart.plots[0].categories) == names
            assert picture.title in chart.chart_title.text_frame.text
            assert "MÔ PHỎNG" in chart.chart_title.text_frame.text
        for shape in page.shapes:
            assert shape.left >= 0 and shape.top >= 0
            assert shape.left + shape.width <= read.slide_width and shape.top + shape.height <= read.slide_height
        assert "MÔ PHỎNG" in words
        notes = page.notes_slide.notes_text_frame.text
        assert "Nguồn: Bảng điều khiển" in notes and "s000001" in notes
        assert all(definition.partition(".")[0] in notes for definition in slide.notes)


@pytest.mark.parametrize(
    ("code", "formats"), [("communes", ["#,##0.00"]), ("late", ["#,##0", "#,##0"]), ("online", ['#,##0.0"%"'] * 2)]
)
def test_values_on_slides_have_the_decimals_of_their_measure(code, formats):
    """PowerPoint formats its labels itself, with the same decimals as a page."""
    read, _ = slides_of((code,))
    charts = [shape.chart for shape in read.slides[0].shapes if shape.has_chart]
    written = [
        chart.plots[0].data_labels.number_format
        if chart.plots[0].has_data_labels
        else chart.value_axis.tick_labels.number_format
        for chart in charts
    ]
    assert written == formats


def test_a_slide_of_scores_writes_points_as_the_pages_do():
    bars, tiles = playlist.make(subject(), "communes").pictures
    scores = subject().ask("commune_score")
    assert (
        bars.data["text"].tolist() == scores["text"].tolist() and bars.data["rank"].tolist() == scores["place"].tolist()
    )
    assert tiles.data["text"].tolist() == scores["short_text"].tolist()  # a tile has space only for the short text


def test_slides_come_in_the_order_asked_for():
    read, _ = slides_of(("late", "opening"))
    titles = [[shape.text_frame.text for shape in page.shapes if shape.has_text_frame] for page in read.slides]
    assert playlist.TITLES["late"] in titles[0] and "Quý IV/2024" in titles[1]
    with pytest.raises(KeyError):
        deck.as_presentation(subject(), ["x"])


@pytest.mark.parametrize("code", playlist.TITLES)
@pytest.mark.parametrize(
    ("calendar", "period_code", "unit"), [("reporting", "2025-01", DISTRICT), ("solar", "2023-01", "23068"), ("solar", "2024", "597-MC")]
)  # fmt: skip
def test_every_slide_can_be_made_of_any_unit_and_period(code, calendar, period_code, unit):
    slide = playlist.make(subject(calendar, period_code, unit), code)
    assert slide.title and slide.message and len(slide.pictures) <= 2
    assert len(slide.lines) <= 6 and len(slide.cards) <= 8
    assert all(len(picture.data) <= 17 for picture in slide.pictures if picture.form != "line")


@pytest.mark.parametrize(
    ("calendar", "code", "unit"), [("solar", "2024-Q4", DISTRICT), ("reporting", "2024-06", "23059"), ("solar", "2023", "597-DD")]
)  # fmt: skip
def test_sentences_of_the_briefing_are_counts_of_the_lists(calendar, code, unit):
    about = subject(calendar, code, unit)
    said = about.ask("briefing").set_index("topic_code")["sentence"]
    counts = about.ask("dossier_subsets").set_index("subset_code")["dossiers"]

    def figures(sentence):
        """The whole numbers of a sentence in order, without those in brackets."""
        found = re.findall(r"\d[\d.]*", re.sub(r"\([^)]*\)", "", sentence))
        return [int(text.replace(".", "")) for text in found]

    flow = about.ask("service_flow").iloc[0]
    assert figures(said["late"])[:2] == [flow["late"], flow["handled"]] == [counts["late"], counts["handled"]]
    assert vietnamese.percent(flow["late_share"]) in said["late"]
    if counts["land"]:
        names = ["land_late", "land", "land_commune", "land_district", "land_province"]
        names += ["land_unheld"] if counts["land_unheld"] else []
        assert figures(said["land"]) == [counts[name] for name in names]
    assert figures(said["discipline"]) == [counts["late_without_apology"], counts["not_closed"]]
    headline = about.ask("headline").query("not low_volume")  # of a few nothing is met or missed
    moved = headline["variation"].dropna()
    better, worse = (moved == "better").sum(), (moved == "worse").sum()
    reached = (headline["status"] == "met").sum()
    assert said["headline"].startswith(f"{reached} trên {len(headline)} chỉ tiêu chính đạt mục tiêu")
    assert len(moved) and said["headline"].endswith(f"{better} tốt lên thật, {worse} xấu đi thật.")
    scores = about.ask("commune_score").dropna(subset=["place"])
    best, last = scores.loc[scores["value"].idxmax()], scores.loc[scores["value"].idxmin()]
    low = (scores["value"] < 80).sum()
    assert said["communes"].replace("\u00a0", " ") == (
        f"Cao nhất {best['name']} {vietnamese.number(best['value'], 2)} điểm, thấp nhất {last['name']} "
        f"{vietnamese.number(last['value'], 2)} điểm; {low} xã, thị trấn dưới 80 điểm."
    )


@pytest.mark.parametrize("code", ["2024-Q4", "2023-Q3", "2023-01", "2024-03", "2024-11", "2024-H1", "2024"])
def test_praise_and_reminder_follow_the_scores(code):
    about = subject(code=code)
    scores = about.ask("commune_score").dropna(subset=["place"])
    verdicts = about.ask("unit_verdicts")
    found = {kind: rows["unit_code"].tolist() for kind, rows in verdicts.groupby("verdict")}
    rows = scores.to_dict("records")
    first = [row["unit_code"] for row in rows if row["place"] <= 3 and row["status"] == "met"]
    missed = sorted((row for row in rows if row["status"] != "met"), key=lambda row: (-row["place"], row["unit_code"]))
    remind = [row["unit_code"] for row in missed[:3]]
    fell = sorted(
        (row["change"], row["unit_code"])
        for row in rows
        if pd.notna(row["change"]) and row["change"] < 0 and row["unit_code"] not in first
    )
    remind += [code for _, code in fell[:1] if code not in remind]
    rose = sorted(
        (-row["change"], row["unit_code"])
        for row in rows
        if pd.notna(row["change"]) and row["change"] > 0 and row["unit_code"] not in {*first, *remind}
    )
    assert found.get("remind", []) == remind
    assert found.get("praise", []) == first + [code for _, code in rose[:1]]
    assert not set(found.get("praise", [])) & set(found.get("remind", []))
    changes = scores.set_index("unit_code")["change"]
    for said in verdicts.itertuples():
        if "nhiều nhất" in said.sentence.partition(":")[0]:
            assert changes[said.unit_code] == (changes.max() if said.verdict == "praise" else changes.min())


@pytest.mark.slow
def test_documents_of_real_data_do_not_say_simulated(monkeypatch):
    monkeypatch.setattr(queries, "simulated", frozenset)
    about = subject()
    sheet = sheet_of(service_form.as_workbook(about, service_form.form(about)))
    assert sheet["A3"].value is None and "MÔ PHỎNG" not in (sheet.oddFooter.left.text or "")
    name, content = collection.report_file(about)
    assert "MÔ PHỎNG" not in "\n".join(texts_of(opened(content))) and "mo-phong" not in name
    read = pptx.Presentation(io.BytesIO(deck.as_presentation(about, list(playlist.TITLES))))
    texts = [shape.text_frame.text for page in read.slides for shape in page.shapes if shape.has_text_frame]
    assert "MÔ PHỎNG" not in "\n".join(texts)


def test_documents_of_little_data_say_so(tmp_path, monkeypatch):
    """With real dossiers only (no fee, step, reported value or rank), nothing is invented and nothing fails."""
    store = tmp_path / "store"
    publish([write(tmp_path / "few.csv", [sound("dossier", number) for number in range(40)])], store=store)
    monkeypatch.setenv("DASHBOARD_STORE", str(store))
    (code, *_) = period.offered("solar", "quarter")
    about = subject(code=code)
    slides = [playlist.make(about, name) for name in playlist.TITLES]
    assert all(isinstance(slide.message, str) and "nan" not in slide.message for slide in slides)
    for slide in slides:
        for picture in slide.pictures:
            assert picture.data["period_title" if picture.form == "line" else "name"].notna().all(), slide.code
    pptx.Presentation(io.BytesIO(deck.as_presentation(about, list(playlist.TITLES))))
    words = "\n".join(texts_of(docx.Document(io.BytesIO(word.as_document(about)))))
    assert "nan" not in re.findall(r"\w+", words) and "None" not in words
    assert words.count(word._UNRANKED) == 2 and "Không có đơn vị nào dưới mục tiêu" not in words
    assert "MÔ PHỎNG" not in words


@pytest.mark.slow
@pytest.mark.parametrize("table", ["index_score", "initiative", "dossier_step"])
def test_documents_of_simulated_data_say_so(table, monkeypatch):
    monkeypatch.setattr(queries, "simulated", lambda: frozenset({table}))
    about = subject()
    name, content = collection.report_file(about)
    assert "mo-phong" in name and "mo-phong" in collection.slides_file(about, ["late"])[0]
    assert SIMULATED in "\n".join(texts_of(opened(content)))
    assert playlist.make(about, "opening").simulated


@pytest.mark.slow
def test_a_period_that_is_not_over_says_so():
    words = "\n".join(texts_of(opened(report("2025-01", "reporting"))))
    assert "Kỳ chưa hết: số liệu đến ngày 31/12/2024; so với cùng số ngày của" in words
    assert "Kỳ chưa hết" not in "\n".join(texts_of(opened(report("2024-Q4"))))


def test_slides_of_the_district_say_whose_figures_they_are():
    about = subject(unit="23059")
    assert playlist.make(about, "attention").about == playlist.make(about, "tasks").about == "Huyện Hàm Thuận Bắc"
    assert playlist.make(about, "late").about == "Thị trấn Ma Lâm"
    assert "Huyện Hàm Thuận Bắc" in playlist.make(about, "districts").notes[-1]


def test_after_the_reorganisation_documents_are_of_the_new_units(own_light_store, tmp_path, monkeypatch):
    """Every dossier of the district stands in the form of one of its units."""
    rows = [
        sound("dossier", number)
        | {
            "unit_code": unit,
            "received_at": "2025-07-10",
            "due_at": "2025-07-20",
            "completed_at": "",
            "state": "processing",
        }
        for number, unit in enumerate(["23059", "23065", "597-MC", "23068"] * 3)
    ]
    for row in rows:
        row |= {name: "" for name in row if name.endswith(("_at", "_on")) and name not in ("received_at", "due_at")}
    publish([write(tmp_path / "new.csv", rows)], store=own_light_store)
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    about = subject(code="2025-Q3")
    assert about.scope == "successor"
    forms = {name: make() for name, make in collection.jobs(about) if name.startswith("Biểu")}
    totals = {
        # Finished and open: what was carried over into the first known period is unknown, and so column 3.
        name: next(cells[4] + cells[8] for _, letter, title, cells in table_rows(sheet_of(content, data_only=True)) if title == "Tổng cộng")
        for name, (_, content) in forms.items()
    }  # fmt: skip
    whole = totals.pop("Biểu II.06: Huyện Hàm Thuận Bắc")
    assert whole == len(rows) == sum(totals.values())


@pytest.fixture(scope="module")
def whole_set(demo_store):
    """The files of the simulated district's last quarter, made at two different times."""
    token = queries._pinned.set(None)
    before, os.environ["DASHBOARD_STORE"] = os.environ.get("DASHBOARD_STORE"), str(demo_store)
    try:
        about = subject("reporting", "2024-Q4")
        first = dict(make() for _, make in collection.jobs(about))
        time.sleep(2.1)  # a zip's clock has steps of two seconds
        second = dict(make() for _, make in collection.jobs(about)[-3:])
    finally:
        queries._pinned.reset(token)
        os.environ.pop("DASHBOARD_STORE")
        if before is not None:
            os.environ["DASHBOARD_STORE"] = before
    return first, second


@pytest.mark.slow
def test_a_whole_set_has_a_form_for_every_unit(whole_set):
    names = list(whole_set[0])
    units = subject().ask("units")
    wanted = {DISTRICT, *units.loc[~units["is_successor"], "unit_code"]}
    forms = [name for name in names if name.startswith("bieu-II06-")]
    assert {name.removeprefix("bieu-II06-").removesuffix("-2024-Q4-15-14-mo-phong.xlsx") for name in forms} == wanted
    assert len(forms) == 20 and len(names) == 22


@pytest.mark.slow
def test_the_same_snapshot_gives_the_same_bytes(whole_set):
    first, second = whole_set
    assert len(second) == 3
    assert [name for name, content in second.items() if first[name] != content] == []


def tool(name):
    """A program of the machine; without it the test is skipped, or fails if REQUIRE_OFFICE is 1."""
    if shutil.which(name) is None:
        if os.environ.get("REQUIRE_OFFICE") == "1":
            pytest.fail(f"{name} is not installed (REQUIRE_OFFICE=1)", pytrace=False)
        pytest.skip(f"{name} is not installed")
    return name


def text_of(pdf):
    """The pages of a PDF as texts."""
    said = subprocess.run([tool("pdftotext"), "-layout", pdf, "-"], capture_output=True, text=True, check=True)
    return said.stdout.removesuffix("\f").split("\f")


def test_another_program_opens_every_document(whole_set, tmp_path):
    """LibreOffice converts them to PDF with the right pages, words and fonts."""
    chosen = [name for name in whole_set[0] if re.search(r"II06-(597|23059)-2|\.docx|\.pptx", name)]
    for name in chosen:
        (tmp_path / name).write_bytes(whole_set[0][name])
    command = [tool("soffice"), "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", tmp_path, *chosen], cwd=tmp_path, capture_output=True, check=True, timeout=180
    )
    pages = {name: text_of(tmp_path / f"{name.rpartition('.')[0]}.pdf") for name in chosen}
    assert len(pages) == 4
    for name, texts in pages.items():
        assert all("MÔ PHỎNG" in text for text in texts), name
    whole = next(texts for name, texts in pages.items() if "II06-597-2" in name)
    assert "Biểu số II.06b/VPCP/KSTT" in whole[0] and "THỦ TRƯỞNG ĐƠN VỊ" in whole[1]
    commune = next(texts for name, texts in pages.items() if "II06-23059-" in name)
    assert "Tổng cộng" in commune[0] and "NGƯỜI LẬP BIỂU" in commune[0]
    report = next(texts for name, texts in pages.items() if name.endswith(".docx"))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in report[0] and "Nơi nhận:" in report[-1]
    assert not re.match(r"\s*1\s*\n", report[0]) and re.search(r"^\s*2\s*$", report[1], re.MULTILINE)
    slides = next(texts for name, texts in pages.items() if name.endswith(".pptx"))
    assert len(slides) == len(playlist.TITLES)
    assert all(f"{number}/{len(slides)}" in text for number, text in enumerate(slides, 1))


# XML cannot contain these; matplotlib takes the last part for an unknown formula.
UNHOLDABLE = "\x0b\ufffe\uffff"
RARE = "\x01"  # a file with many of these is not recognised as text
NAMED = f"{UNHOLDABLE} =1+1 $\\foo$"


def spoilt(folder: pathlib.Path, table: str, *columns: str) -> pathlib.Path:
    """The reference table with such characters in its words."""
    rows = pd.read_csv(ROOT / "data" / "reference" / f"{table}.csv", dtype=str, keep_default_na=False)
    for column in columns:
        rows[column] = rows[column] + NAMED
    rows.loc[0, columns[0]] += RARE
    return write(folder / f"{table}.csv", rows.to_dict("records"))


def parts_of(content: bytes) -> dict[str, bytes]:
    """Every part of an Office file, including those of embedded workbooks."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            part = packed.read(name)
            found |= (
                {f"{name}/{inner}": data for inner, data in parts_of(part).items()}
                if name.endswith(".xlsx")
                else {name: part}
            )
    return found


def test_signs_that_no_document_can_hold(own_light_store, tmp_path, monkeypatch):
    """In every name and sentence: each document is made, opens, and has the names without them."""
    tables = {
        "unit": ("name", "full_name"),
        "field": ("name",),
        "indicator": ("name", "short_name", "formula", "source"),
    }
    # Simulated like the rest of the store, which real tasks would retire.
    tasks = [sound("initiative", n, simulated="true", kind=kind, name=f"Việc{RARE * (n == 1)}{NAMED}", owner=f"Ai{NAMED}", outcome=NAMED)
             for n, kind in enumerate(("task", "pilot"), start=1)]  # fmt: skip
    publish(
        [
            *(spoilt(tmp_path, table, *columns) for table, columns in tables.items()),
            write(tmp_path / "tasks.csv", tasks),
        ],
        store=own_light_store,
    )
    monkeypatch.setenv("DASHBOARD_STORE", str(own_light_store))
    about, commune = subject(), subject(unit="23059")
    table = about.ask("commune_score")
    template, edited = docx.Document(word.TEMPLATE), io.BytesIO()
    template.core_properties.title = "{{ xa[0].ten }}"  # an office may use fields here as well
    template.save(edited)
    made = dict([
        collection.form_file(about), collection.form_file(commune), collection.report_file(about, edited.getvalue()),
        collection.slides_file(about, list(playlist.TITLES)),
        ("bang.xlsx", as_workbook(table[["name"]], True, f"**Cách tính** {NAMED}")),
    ])  # fmt: skip
    assert len(made) == 5
    for name, content in made.items():
        parts = parts_of(content)
        for inner, part in parts.items():
            if inner.endswith((".xml", ".rels")):
                lxml.etree.fromstring(part)
                assert not re.search(rb"_x[0-9A-Fa-f]{4}_", part), (name, inner)
        said = b" ".join(parts.values()).decode("utf-8", "ignore")
        assert re.search(r"\w =1\+1 \$\\foo\$", said), name
        assert not re.search(r"<c:f>=1|<f>=?1", said), name
    assert not set(UNHOLDABLE + RARE) & set(as_csv(table, True).decode("utf-8-sig"))


def test_files_are_named_by_document_unit_and_period():
    about = replace(subject("reporting", "2024-Q4"), unit="23059@2025", unit_name="Xã Hàm Thuận")
    assert about.stem("bieu-II06", True) == "bieu-II06-23059-2025-2024-Q4-15-14-mo-phong"
    assert subject().stem("bao-cao", False) == "bao-cao-597-2024-Q4"


# The page with the downloads.


def handed_over(page, made, name):
    """Press the button that makes a file, then its download; returns the file's name and content."""
    page.get_by_role("button", name=made).click()
    link = page.get_by_role("button", name=name)
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    return waiting.value.suggested_filename, pathlib.Path(waiting.value.path()).read_bytes()


PAGE = "/documents?calendar=reporting&kind=quarter&period=2024-Q4&compare=previous&unit=23059&slides=late,opening"


def test_documents_are_made_on_the_page(app, page):
    visit(page, f"{app}{PAGE}")
    table = page.locator(".st-key-service_form")
    asked = subject("reporting", "2024-Q4", "23059").ask("service_flow").iloc[0]
    last = table.locator("tr").last.locator("td").all_inner_texts()
    assert last[1:3] == ["Tổng cộng", vietnamese.number(asked["handled"])]
    name, content = handed_over(page, "Tải biểu Excel", re.compile("^Tải bieu-II06"))
    assert name == "bieu-II06-23059-2024-Q4-15-14-mo-phong.xlsx"
    assert sheet_of(content)["A1"].value.startswith("Biểu số II.06a")
    name, content = handed_over(page, "Làm bộ trang chiếu", re.compile("^Tải trang-chieu"))
    assert name == "trang-chieu-597-2024-Q4-15-14-mo-phong.pptx"
    assert len(pptx.Presentation(io.BytesIO(content)).slides) == 2


def test_an_edited_template_is_used_on_the_page(app, page, tmp_path):
    visit(page, f"{app}{PAGE}")
    bad, good = tmp_path / "sai.docx", tmp_path / "mau.docx"
    bad.write_bytes(edited(lambda xml: xml.replace("Trên đây là báo cáo", "{{ so_ho_so }}")))
    good.write_bytes(edited(lambda xml: xml.replace("Trên đây là báo cáo", "Kính trình báo cáo")))
    box = page.locator('[data-testid="stFileUploader"] input')
    with rerun(page):
        box.set_input_files(bad)
    with rerun(page):
        page.get_by_role("button", name="Làm báo cáo Word").click()
    expect(page.get_by_role("alert")).to_contain_text("Tệp mẫu dùng một tên không có: so_ho_so")
    with rerun(page):
        box.set_input_files(good)
    name, content = handed_over(page, "Làm báo cáo Word", re.compile("^Tải bao-cao"))
    assert name == "bao-cao-597-2024-Q4-15-14-mo-phong.docx"
    assert any(text.startswith("Kính trình báo cáo") for text in texts_of(docx.Document(io.BytesIO(content))))


def test_a_whole_set_in_one_action(app, page):
    """Progress is shown; stopping gives no file; a finished set is one zip of every file."""
    visit(page, f"{app}{PAGE}")
    page.get_by_role("button", name="Làm cả bộ (22 tệp)").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(r"\(\d+/22\)"))
    page.get_by_role("button", name="Dừng").click()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    settled(page)
    assert page.get_by_role("button", name=re.compile("^Tải bo-bao-cao")).count() == 0
    name, content = handed_over(page, "Làm cả bộ (22 tệp)", re.compile("^Tải bo-bao-cao"))
    assert name == "bo-bao-cao-597-2024-Q4-15-14-mo-phong.zip"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 22
        assert sum(name.endswith(".xlsx") for name in archive.namelist()) == 20


@pytest.mark.parametrize("path", ["", "land", "communes", "documents"])
def test_a_page_prints_on_a4(path, app, page, tmp_path):
    """The page prints on A4 without menu and buttons; link figures stay and nothing is cut off at the right."""
    visit(page, f"{app}/{path}")
    title = page.get_by_role("heading", level=1).inner_text()
    figures = page.get_by_test_id("stMain").get_by_test_id("stPageLink").all_inner_texts()
    page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    texts = text_of(tmp_path / "page.pdf")
    words = "\n".join(texts)
    assert texts[0].strip().startswith(title) and "MÔ PHỎNG" in texts[0]
    assert "Chép liên kết" not in words and "Cách tính và số liệu" not in words and "Nạp số liệu" not in words
    for figure in re.findall(r"^[\d.]+$", "\n".join(figures), re.MULTILINE):
        assert figure in words
    sizes = subprocess.run([tool("pdfinfo"), tmp_path / "page.pdf"], capture_output=True, text=True, check=True).stdout
    assert "(A4)" in sizes and len(texts) <= 5
    boxes = subprocess.run(
        [tool("pdftotext"), "-bbox", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert max(float(right) for right in re.findall(r'xMax="([\d.]+)"', boxes)) < 595 - 28


def test_a_slide_never_cuts_whom_to_call():
    call = "Gọi Hàm Đức: rà từng hồ sơ sắp đến hạn và quá hạn với công chức phụ trách, xử lý hồ sơ cũ nhất trước."
    told = "Xấu đi thật: Xã Hàm Đức: đúng hạn từ 96,5 % (1.489/1.543) còn 91,8 % (1.457/1.588); tháng 12/2024 dưới giới hạn. Cùng xấu đi: Hài lòng."
    line = playlist._with_call(told, call)
    assert line.endswith(call) and len(line) <= 235
    assert line.startswith("Xấu đi thật: Xã Hàm Đức: đúng hạn từ 96,5 % (1.489/1.543) còn 91,8 % (1.457/1.588)")
    assert playlist._with_call("Thay đổi: Không có.", "") == "Thay đổi: Không có."
    long = playlist._with_call("Một mệnh đề rất dài " * 20, call)
    assert long.endswith(f"…. {call}") and len(long) <= 236


def test_a_printed_line_has_its_events():
    """The picture changes with them, and not without."""
    line = playlist.make(subject(), "digital").pictures[1]
    bare = draw(replace(line, events=None))
    assert len(line.events) == 2
    assert draw(line) != bare == draw(replace(line, events=line.events.head(0)))
