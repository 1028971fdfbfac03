"""One version of the program in pyproject.toml, the changelog and the command line.

test_access.py checks the version on the page Quản trị and in /healthz, because both are open there.
"""

from __future__ import annotations

import re
import tomllib

import pytest

from ingest.__main__ import main
from queries.snapshot import ROOT
from words.version import version


def test_it_is_that_of_the_project():
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert version() == stated and re.fullmatch(r"\d+\.\d+\.\d+", stated)


def test_the_changelog_has_a_section_of_it():
    sections = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert version() in sections


def test_the_command_line_says_it(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0 and capsys.readouterr().out.strip() == version()
