"""The guides agree with the code: every message is listed; named commands, pages, files and pictures exist."""

from __future__ import annotations

import argparse
import re

import pytest

import access.__main__
import ingest.__main__
import notify.__main__
from access import ROLES
from charts import STATUS
from docs import figures, messages
from ingest.reading import limits
from ingest.reading.encoding import ENCODINGS
from ingest.template import TITLES
from tests.browser import ROOT
from ui.menu import MENU

GUIDES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
COMMANDS = {"access": access.__main__._parser(), "ingest": ingest.__main__._parser()}
GUARD = (ROOT / "serve" / "guard.py").read_text(encoding="utf-8")
TEXT = messages.GUIDE.read_text(encoding="utf-8")


def test_every_message_is_listed():
    """The section equals the output of: python docs/messages.py."""
    assert TEXT.partition(messages.BEGIN)[2].partition(messages.END)[0].strip() == messages.as_markdown().strip()


def test_every_figure_is_listed():
    """The tables equal the output of: python docs/figures.py; every indicator, component and setting has its row."""
    text = GUIDES["cach-tinh"]
    assert text.partition(figures.BEGIN)[2].partition(figures.END)[0].strip() == figures.as_markdown().strip()
    for table, column in (
        ("indicator", "indicator_code"),
        ("component", "component_code"),
        ("setting", "setting_code"),
    ):
        assert all(f"| {row[column]} |" in text for row in figures.reference(table)), table


def test_messages_are_found():
    """Messages are found in a call, a table of sentences, a doubt, an SQL rule, and with an inserted value."""
    listed = {text for rows in messages.listed().values() for text in rows}
    for known in (
        "Tệp trống.",
        "Thiếu cột bắt buộc.",
        "Tệp có mật khẩu nên không đọc được.",
        "Mã không có trong danh mục.",
        "Không rõ kỳ nào. Viết 2024-03, 2024-Q1, 2024-H1, 2024-C09 (lũy kế 9 tháng) hoặc 2024.",
        "Điểm tối đa phải lớn hơn 0.",
        "Dòng có … giá trị, tiêu đề có … cột.",
        "Khác số đang giải quyết cuối kỳ … (…).",
        "Việc đọc tệp dừng giữa chừng.",
    ):
        assert known in listed, known


def test_every_rule_has_its_message():
    """Every rule in queries/check/ has its message."""
    for path in (ROOT / "queries" / "check").glob("*.sql"):
        table = re.search(r"^-- table: (\w+)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1]
        assert messages._of_rules(table), path.name
        texts = [
            text for text in re.findall(r"'([^']*)'", path.read_text(encoding="utf-8")) if messages.is_sentence(text)
        ]
        listed = " ".join(messages._of_rules(table))
        assert all(text in listed for text in texts), path.name


def test_tables_encodings_and_limits():
    """The tables, encodings and limits of uploads are named."""
    assert all(title in TEXT for title in TITLES.values())
    assert all(
        name.split(" chứa ")[0].split(" LE")[0].split(" BE")[0].split(" ")[0] in TEXT for name in ENCODINGS.values()
    )
    assert f"{limits.BYTES // 1024**2} MB" in TEXT and f"{limits.ROWS // 10**6} triệu dòng" in TEXT


@pytest.mark.parametrize("guide", GUIDES)
def test_commands(guide):
    """Every command exists in the program or in make, with its options."""
    text = GUIDES[guide]
    for package, command, rest in re.findall(
        r"(?:python -m|dashboard) (ingest|access) ([a-z][a-z-]*)([^\n`;|]*)", text
    ):
        known = sub_commands(package)
        assert command in known, f"{package} {command}"
        options = re.findall(r"(?<![\w-])--[a-z-]+", rest.partition("#")[0])
        assert set(options) <= known[command], f"{package} {command} {options}"
    for rest in re.findall(r"(?:python -m|dashboard) notify([^\n`;|]*)", text):
        known = set(notify.__main__._parser()._option_string_actions)
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", rest.partition("#")[0])) <= known, rest
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)) <= targets


def sub_commands(package: str) -> dict[str, set[str]]:
    """The sub-commands of a package's command line, each with its options."""
    actions = COMMANDS[package]._actions
    [commands] = [action for action in actions if isinstance(action, argparse._SubParsersAction)]
    return {name: set(parser._option_string_actions) for name, parser in commands.choices.items()}


@pytest.mark.parametrize("guide", GUIDES)
def test_pages(guide):
    """Every page named is in the menu, and at least one is named; the table of rights has its own test."""
    named = set(re.findall(r"[Tt]rang\s+\*\*([^*]+)\*\*", GUIDES[guide]))
    assert (named or guide in ("bao-mat", "phan-quyen")) and {" ".join(name.split()) for name in named} <= {
        name for _, name, _, _ in MENU
    }


@pytest.mark.parametrize("guide", GUIDES)
def test_files(guide):
    """Every project file that the guide links to or names exists."""
    text = GUIDES[guide]
    linked = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    assert [path for path in linked if not (messages.GUIDE.parent / path).exists()] == []
    tops = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
    named = re.findall(rf"(?<![\w/.-])(?:{tops})/[\w./-]+", text)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_leaders_and_analysts_have_one_page():
    """Each fits on one sheet of paper; the leaders' guide explains every status."""
    for guide in ("lanh-dao", "chuyen-vien"):
        assert len(GUIDES[guide]) < 3600, guide
    assert all(f"| {look.mark} {look.word} |" in GUIDES["lanh-dao"] for look in STATUS.values())


def test_operators_guide_is_whole():
    """Every file of deploy/, every role and every state of /healthz is named; its limits equal those of the units."""
    text = GUIDES["van-hanh"]
    named = (
        "dashboard.service",
        "dashboard-backup.service",
        "dashboard-notify.timer",
        "nginx.conf",
        "Caddyfile",
        "environment.example",
    )
    assert all(name in text for name in named)
    assert all(f"`{role}`" in text for role in ROLES)
    assert all(f"`{state}`" in text for state in re.findall(r'"(\w+)" if shown.broken else "(\w+)"', GUARD)[0])
    assert all(f"`{state}`" in text for state in re.findall(r'"status": "(\w+)" if .* else "(\w+)"', GUARD)[0])
    limit = re.search(r"^MemoryMax=(\d+)G$", (ROOT / "deploy" / "dashboard.service").read_text("utf-8"), re.MULTILINE)[
        1
    ]
    assert f"giới hạn ở {limit} GB" in text


def test_pictures():
    """Every picture exists and is small, and each is used."""
    shown = {name for text in GUIDES.values() for name in re.findall(r"pictures/([\w-]+\.png)", text)}
    pictures = list((ROOT / "docs" / "pictures").iterdir())
    assert shown == {path.name for path in pictures}
    assert [path.name for path in pictures if path.stat().st_size > 200_000] == []
    taken = (ROOT / "docs" / "pictures.py").read_text(encoding="utf-8")
    assert all(f'"{path.stem}"' in taken for path in pictures)
