"""Tokens of programs: made, found, limited by their maker, ended; nothing of the secret in the store or the log."""

from __future__ import annotations

import csv
import errno
import io
import os
import re
from datetime import UTC, datetime, timedelta

import pytest

from access import Role, audit, settings, tokens
from access.__main__ import main
from access.accounts import add_user
from access.rates import OF_ADDRESS, READS, REFUSED, UPLOADS, Rates, TooOften
from access.settings import Account, Settings
from access.tokens import BadToken
from ingest.publish import publish
from queries.snapshot import ROOT

PASSWORD = "mật khẩu đủ dài"


@pytest.fixture
def secrets(tmp_path, monkeypatch):
    """An empty secrets file."""
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "secrets.toml"))
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    return tmp_path / "secrets.toml"


def known(**roles: Role) -> Settings:
    return Settings(users={name: Account(name, role, "x") for name, role in roles.items()})


def test_the_secret_is_nowhere_in_the_store(tmp_path):
    secret, token = tokens.make(tmp_path, "xã Đông Giang", "an", tokens.LOCAL, ("dossier",), ("23074",), Role.LEADER)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files and all(secret not in path.read_text("utf-8") + path.name for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
    assert tokens.find(tmp_path, secret) == token == tokens.by_id(tmp_path, token.id)
    for wrong in ("", secret[:-1], secret + "x", "htb_" + "a" * 300, "htb_\ud800", token.id):
        assert tokens.find(tmp_path, wrong) is None


def test_an_ended_or_expired_token_is_told_apart(tmp_path, monkeypatch):
    secret, token = tokens.make(tmp_path, "a", "an", tokens.LOCAL, None)
    assert not token.is_ended and not token.is_expired
    assert tokens.end(tmp_path, token.id, "lan").ended_by == "lan" and tokens.find(tmp_path, secret).is_ended
    assert tokens.end(tmp_path, token.id, "lan") is None and tokens.end(tmp_path, "../x", "lan") is None
    old = tokens.Token(**{**vars(token), "until": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()})
    assert old.is_expired


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"name": ""}, "Tên mã"),
        ({"name": "a\nb"}, "Tên mã"),
        ({"role": Role.ADMIN}, "quản trị"),
        ({"tables": ()}, "ít nhất một việc"),
        ({"units": ()}, "đơn vị"),
        ({"units": ("a b",)}, "Mã đơn vị"),
        ({"units": ("23059", "99999")}, "Mã đơn vị không có trong danh mục: “99999”"),
        ({"units": ("dong giang",)}, r"23074 \(Đông Giang\)"),
        ({"units": ("Ham Duc",)}, r"Gần nhất: 23092 \(Hàm Đức\)"),
        ({"units": ("2307",)}, r"23074 \(Đông Giang\)"),
        (
            {"tables": ("dossier", "dosier_steps")},
            r"Không có bảng “dosier_steps”. Có phải dossier_step\? Các bảng: .*kpi_value",
        ),
        ({"days": 0}, "Thời hạn"),
        ({"days": tokens.MOST_DAYS + 1}, "Thời hạn"),
    ],
)
def test_what_no_token_may_be(tmp_path, more, says):
    sound = {"name": "a", "made_by": "an", "means": tokens.LOCAL, "tables": ("dossier",)}
    with pytest.raises(BadToken, match=says):
        tokens.make(tmp_path, **sound | more)
    tokens.make(tmp_path, **sound)
    with pytest.raises(BadToken, match="Đã có"):
        tokens.make(tmp_path, **sound)


@pytest.mark.parametrize("own", [role for role in Role if role <= Role.ANALYST])
@pytest.mark.parametrize("makers", [None, *Role])
def test_never_more_than_its_maker_has_now(tmp_path, own, makers):
    """Every pair of a token's role and the present role of its maker, also of one who was removed."""
    tables = None if own is Role.NOBODY else ()
    _, token = tokens.make(tmp_path, "a", "an", tokens.LOCAL, tables, role=own)
    now = known() if makers is None else known(an=makers)
    assert token.user(now).role == min(own, makers or Role.NOBODY)
    assert token.is_backed(now) == ((makers or Role.NOBODY) >= Role.ANALYST)
    _, free = tokens.make(tmp_path, "b", "an", tokens.CONSOLE, tables, role=own)
    assert free.user(now).role == own and free.is_backed(now)


def test_a_damaged_token_opens_nothing(tmp_path):
    secret, token = tokens.make(tmp_path, "a", "an", tokens.LOCAL, None)
    path = tokens.folder(tmp_path) / f"{token.id}.json"
    for text in ("", "{", "[]", "{}", path.read_text("utf-8").replace('"role": 0', '"role": 9')):
        path.write_text(text, encoding="utf-8")
        assert tokens.find(tmp_path, secret) is None and tokens.every(tmp_path) == []


def test_the_last_use_is_noted(tmp_path):
    _, token = tokens.make(tmp_path, "a", "an", tokens.LOCAL, None)
    assert tokens.last_used(tmp_path, token) is None
    tokens.note_use(tmp_path, token)
    assert abs((datetime.now(UTC) - tokens.last_used(tmp_path, token)).total_seconds()) < 60


def test_tokens_from_the_command_line(secrets, tmp_path, capsys):
    store = tmp_path / "store"
    assert main(["add-token", "kho tỉnh", "--tables", "dossier,kpi_value", "--units", "23059", "--read", "leader"]) == 0
    secret = capsys.readouterr().out.strip()
    token = tokens.find(store, secret)
    assert (token.tables, token.units, token.role) == (("dossier", "kpi_value"), ("23059",), Role.LEADER)
    assert main(["list-tokens"]) == 0
    listed = capsys.readouterr().out
    assert "kho tỉnh" in listed and token.id in listed and secret not in listed
    assert main(["end-token", token.id]) == 0 and tokens.find(store, secret).is_ended
    assert main(["end-token", token.id]) == 2 and main(["add-token", "x"]) == 2
    assert "Chọn ít nhất một việc" in capsys.readouterr().err
    assert [one["event"] for one in audit.events(store)] == ["make_token", "end_token"]
    assert secret not in (store / audit.FILE).read_text("utf-8")


def test_a_maker_who_is_removed_takes_the_token_along(secrets, tmp_path):
    add_user("an", "admin", PASSWORD)
    _, token = tokens.make(tmp_path / "store", "a", "an", tokens.LOCAL, None, role=Role.LEADER)
    assert token.is_backed(settings.load()) and token.user(settings.load()).role is Role.LEADER
    add_user("an", "viewer", PASSWORD)
    assert not token.is_backed(settings.load()) and token.user(settings.load()).role is Role.VIEWER


def test_a_unit_of_the_data_in_force_may_be_named(tmp_path):
    """Also one that the program does not ship."""
    store, file = tmp_path / "store", tmp_path / "unit.csv"
    with pytest.raises(BadToken):
        tokens.make(store, "a", "an", tokens.LOCAL, None, ("29999",))
    file.write_text(
        "unit_code,valid_from,name,full_name,kind,parent_code\n29999,2025-07-01,Mới,Xã Mới,commune,68\n",
        encoding="utf-8",
    )
    publish([file], store=store)
    assert tokens.make(store, "a", "an", tokens.LOCAL, None, ("29999",))[1].units == ("29999",)


@pytest.mark.parametrize("more", [["--tables", ""], ["--tables", " , "], ["--tables", "all", "--units", ","]])
def test_an_empty_list_is_no_right(secrets, capsys, tmp_path, more):
    assert main(["add-token", "a", "--read", "viewer", *more]) == 2
    assert "hoặc" in capsys.readouterr().err and tokens.every(tmp_path / "store") == []


def test_tokens_are_listed_whole_on_a_narrow_terminal(secrets, capsys, tmp_path):
    """One block each; nothing is cut, no line is wider than 80 columns."""
    listed = "dossier,dossier_step,kpi_value,service_report,index_score,portal_score,initiative"
    for name in ("Một cửa xã Đông Giang", "x" * 60):
        assert main(["add-token", name, "--tables", listed, "--units", "23074,23092", "--read", "leader"]) == 0
    assert main(["add-token", "kho tỉnh", "--read", "viewer"]) == 0
    used = next(token for token in tokens.every(tmp_path / "store") if token.name == "kho tỉnh")
    tokens.note_use(tmp_path / "store", used)
    capsys.readouterr()
    assert main(["list-tokens"]) == 0
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= 80 and "…" not in said
    blocks = said.split("\n\n")
    assert len(blocks) == 3 and all(
        token.id in said and token.name in said for token in tokens.every(tmp_path / "store")
    )
    whole = " ".join(next(block for block in blocks if "Một cửa" in block).split())
    assert f"Nạp bảng: {listed.replace(',', ', ')} Của đơn vị: 23074, 23092 Đọc như: lãnh đạo Dùng đến: 20" in whole
    assert "Dùng lần cuối: chưa dùng" in whole and " UTC" in said


def test_a_full_disk_is_said_in_words(secrets, capsys, tmp_path, monkeypatch):
    """Nothing of the token is left, and the message says what to do."""

    def full(*arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["add-token", "a", "--tables", "dossier"]) == 4
    said = capsys.readouterr()
    assert "Đĩa của máy chủ đã đầy. Giải phóng chỗ" in " ".join(said.err.split()) and "Errno" not in said.err
    assert said.out == "" and list(tokens.folder(tmp_path / "store").iterdir()) == []


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("docs/van-hanh.md", r'add-token "[^"]*xã (?P<name>[^"]+)" .*--units (?P<code>\S+)'),
        ("deploy/cai-dat.example.toml", r'name = "UBND xã (?P<name>[^"]+)"(?s:.*?)units = \["(?P<code>\d+)"\]'),
    ],
)
def test_examples_give_rights_for_the_unit_that_they_name(file, pattern):
    found = list(re.finditer(pattern, (ROOT / file).read_text("utf-8")))
    with (ROOT / "data" / "reference" / "unit.csv").open(encoding="utf-8", newline="") as units:
        known = {(row["name"], row["unit_code"]) for row in csv.DictReader(units)}
    assert found and {(one["name"], one["code"]) for one in found} <= known


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_name_that_comes_back_does_not_wake_old_tokens(secrets, tmp_path, monkeypatch, by_hand):
    """Removed by the command, or out of the file by hand; a change of role or password leaves the tokens alone."""
    store = tmp_path / "store"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n" * 3))
    assert main(["add-user", "an", "--role", "admin"]) == 0
    secret, _ = tokens.make(store, "a", "an", tokens.LOCAL, None, role=Role.LEADER)
    kept, _ = tokens.make(store, "b", "an", tokens.CONSOLE, None)
    others, _ = tokens.make(store, "c", "lan", tokens.LOCAL, None)
    assert main(["add-user", "an", "--role", "admin"]) == 0 and not tokens.find(store, secret).is_ended
    if by_hand:
        secrets.write_text("", encoding="utf-8")
    else:
        assert main(["remove-user", "an"]) == 0 and tokens.find(store, secret).is_ended
    assert main(["add-user", "an", "--role", "admin"]) == 0
    assert tokens.find(store, secret).is_ended
    assert not tokens.find(store, kept).is_ended and not tokens.find(store, others).is_ended
    assert [one["token"] for one in audit.events(store) if one["event"] == "end_token"] == ["a"]


@pytest.mark.parametrize(("kind", "most"), [("upload", UPLOADS), ("read", READS)])
def test_a_token_asks_so_often_and_no_more(kind, most):
    rates = Rates()
    for number in range(most):
        rates.ask(kind, "a", f"10.0.{number % 7}.1")
    with pytest.raises(TooOften) as often:
        rates.ask(kind, "a", "10.0.9.1")
    assert 1 <= often.value.wait <= 61
    rates.ask(kind, "b", "10.0.9.1")


def test_an_address_asks_so_often_and_tries_so_many_tokens():
    rates = Rates()
    for number in range(OF_ADDRESS):
        rates.ask("read", str(number), "10.0.0.1")
    with pytest.raises(TooOften):
        rates.ask("read", "x", "10.0.0.1")
    for number in range(REFUSED):
        rates.require_trusted("2001:db8::1")
        rates.refused(f"2001:db8::{number:x}")
    with pytest.raises(TooOften):
        rates.require_trusted("2001:db8::ffff")
    rates.require_trusted("2001:db8:1::1")
