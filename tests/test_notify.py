"""Mail to those who chose it: who gets what, handed to a real server once, whatever happens in between."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

import charts
import queries
from access import Role, User, audit, choices, settings
from access.__main__ import main as access_command
from access.choices import Choice
from access.people import Claimed
from access.settings import BadSettings, Mail
from actions import commitments
from ingest.publish import publish
from ingest.store import ledger
from ingest.store.fault import StoreFault
from notify import book, content, letter, run
from notify.__main__ import main
from notify.content import Asked, Digest, Line, Part
from notify.post import LATER, REFUSED, REJECTED, SENT, UNKNOWN, Outcome, Post, Unreachable
from queries.snapshot import ROOT
from tests import kept, partial, post_office, small
from tests.post_office import HOST, PASSWORD, USER, Authority, Inbox, authority, serving, talk_until, talking
from ui.menu import MENU

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "x" * 22
PEOPLE = {"lan": "leader", "minh": "viewer", "chi": "analyst"}
HOME, COMMUNE = "597", "23092"
ADDRESS = "https://bang-dieu-khien.example.vn"
NOW = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 here
SIGNALS = {"lan": HOME, "minh": COMMUNE}


def secrets_text(port: int = 25, ca: Path | None = None, users: dict[str, str] = PEOPLE, **more: object) -> str:
    """A secrets file with these users and a section [mail]."""
    values = {
        "host": HOST, "port": port, "tls": "starttls", "user": USER, "password": PASSWORD, "from": "bang-dieu-khien@huyen.example.vn",
        "ca": str(ca or ""), "timeout": 5, "address": ADDRESS, "domains": ["huyen.example.vn"],
    } | more  # fmt: skip
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value is not None]
    people = "".join(f'[access.users.{name}]\nrole = "{role}"\nhash = "{HASH}"\n' for name, role in users.items())
    return f"[access]\n{people}[mail]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def secrets(tmp_path, monkeypatch) -> Path:
    """The path of the test's own secrets file."""
    path = tmp_path / "secrets.toml"
    path.write_text(secrets_text(), encoding="utf-8")
    monkeypatch.setenv("DASHBOARD_SECRETS", str(path))
    return path


def linked(published: Path, own: Path, monkeypatch) -> Path:
    """A store with the snapshots of another one, for mail and books of its own."""
    # Links, not copies: a snapshot is never written to. Each store has a path of its own, by which DuckDB knows it.
    shutil.copytree(published / "snapshots", own / "snapshots", copy_function=os.link)
    shutil.copy(published / "current", own)
    monkeypatch.setenv("DASHBOARD_STORE", str(own))
    monkeypatch.setattr(queries, "_pinned", ContextVar("none", default=None))
    return own


@pytest.fixture
def store(demo_store, tmp_path, monkeypatch) -> Path:
    """A store of the test's own with the simulated district."""
    return linked(demo_store, tmp_path / "store", monkeypatch)


@pytest.fixture
def small_store(small_district, tmp_path, monkeypatch) -> Path:
    """A store of the test's own with the small district, of which a mail is made quickly."""
    return linked(small_district.store, tmp_path / "store", monkeypatch)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory) -> Authority:
    """An authority whose certificate the server of this module has."""
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def inbox(trusted, secrets) -> Iterator[Inbox]:
    """The server of the secrets file."""
    with serving(Inbox(), trusted) as served:
        secrets.write_text(secrets_text(served.port, trusted.file), encoding="utf-8")
        yield served


def choose(store: Path, name: str, when: str = "weekly", unit: str = HOME, **more: str) -> Choice:
    """Let a person choose; addresses are those of the office."""
    saved = choices.utc(time.time() - 86_400)
    parts = {
        "means": "password",
        "address": f"{name}@huyen.example.vn",
        "home": HOME,
        "saved_at": saved,
        "seen_at": saved,
    }
    choice = Choice(name=name, when=when, unit=unit, **(parts | more))
    choices.save(store, choice)
    return choice


def circumstances(store: Path, now: datetime = NOW, only: str = "", by_hand: bool = False) -> run.Run:
    """A run at this moment."""
    return replace(run.begin(store, only, by_hand), now=now)


def outcomes(store: Path) -> list[tuple[str, str]]:
    """Name and outcome of every message of the book, oldest first."""
    return [(one.name, one.outcome) for one in reversed(book.told(book.read(store)))]


def text_of(message) -> str:
    """The plain text of a mail."""
    return message.get_body(("plain",)).get_content()


def html_of(message) -> str:
    """The HTML of a mail."""
    return message.get_body(("html",)).get_content()


# ------------------------------------------------------------------------------------- settings and choices


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"host": None}, "còn thiếu: host"),
        ({"domains": []}, "còn thiếu: domains"),
        ({"domains": ["a b"]}, "domains phải là danh sách tên miền"),
        ({"domains": "huyen.example.vn"}, "domains phải là danh sách"),
        ({"tls": "ssl"}, "tls: dùng một trong starttls, tls, none"),
        ({"tls": "none", "host": "smtp.example.vn"}, "chỉ dùng khi máy chủ thư ở chính máy này"),
        ({"from": "a@b\nBcc: c@d.vn"}, "from phải là chữ"),
        ({"from": "không phải"}, "from phải là một địa chỉ thư"),
        ({"address": "http://bang-dieu-khien.example.vn"}, "bắt đầu bằng https://"),
        ({"address": "https://a.vn/?x=1"}, "bắt đầu bằng https://"),
        ({"password": ""}, "có user thì phải có password"),
        ({"password": "mật khẩu"}, "user, password chỉ gồm chữ không dấu"),
        ({"port": 0}, "port phải là số từ 1 đến 65535"),
        ({"timeout": "lâu"}, "timeout phải là số"),
        ({"codes": "không"}, "codes phải là true hoặc false"),
        ({"weekly_day": 8}, "weekly_day phải là số từ 1 đến 7"),
        ({"hots": "x"}, "mục không dùng: hots"),
    ],
)
def test_bad_settings_say_what_to_write(secrets, more, says):
    """And they keep nobody from signing in."""
    secrets.write_text(secrets_text(**more), encoding="utf-8")
    with pytest.raises(BadSettings, match=re.escape(says)):
        settings.mail()
    assert set(settings.load().users) == set(PEOPLE)
    assert main([]) == 4


def test_without_the_section_no_mail(secrets, store, capfd):
    secrets.write_text("[access]\n", encoding="utf-8")
    assert settings.mail() is None and main([]) == 4 and main(["--check"]) == 4
    assert "Chưa khai báo [mail]" in capfd.readouterr().err


def test_usual_ports(secrets):
    for tls, port in (("starttls", 587), ("tls", 465), ("none", 25)):
        secrets.write_text(secrets_text(tls=tls, port=None), encoding="utf-8")
        assert settings.mail().port == port


def test_a_choice_is_kept_for_its_owner_alone(store, secrets):
    choice = choose(store, "lan")
    [path] = choices.folder(store).glob("*.json")
    assert path.stat().st_mode & 0o077 == 0 and choices.find(store, "password", "lan") == choice
    assert choices.find(store, "provider", "lan") is None  # another person
    (choices.folder(store) / ".building-0").touch()
    path.write_text("{", encoding="utf-8")
    assert choices.find(store, "password", "lan") is None and choices.every(store) == ([], 1)
    choose(store, "lan")
    assert choices.every(store) == ([choice], 0) and not list(choices.folder(store).glob(".building-*"))


def test_who_is_gone_gets_nothing(store, secrets, inbox):
    """Removed by command: forgotten at once. Removed by hand: at the next run. No secrets file at all: nothing is forgotten."""
    for name in PEOPLE:
        choose(store, name)
    assert access_command(["remove-user", "lan"]) == 0
    assert choices.find(store, "password", "lan") is None
    secrets.write_text(secrets_text(inbox.port, users={"chi": "analyst"}), encoding="utf-8")
    run.show(circumstances(store))
    assert choices.find(store, "password", "minh")  # a dry run writes nothing
    report = run.send(circumstances(store, only="minh"))
    assert not inbox.taken and "tài khoản đã bỏ" in report.said[0] and choices.find(store, "password", "minh") is None
    known = settings.load()
    assert not choices.is_gone(settings.Settings(), choose(store, "lan")) and choices.is_gone(
        known, choose(store, "lan")
    )
    assert [said["event"] for said in audit.events(store)] == ["remove_user", "drop_mail", "drop_mail"]


def provided(**more: object) -> settings.Settings:
    """Settings of an office with an identity provider."""
    parts = {
        "anonymous": Role.NOBODY,
        "claims": {"nhom-lanh-dao": Role.LEADER},
        "people": {},
        "auth": {"client_id": "x"},
    }
    return settings.Settings(**(parts | more))


def test_the_role_of_a_provided_person_is_the_one_last_seen(store):
    """What the provider said counts for thirty days; what the settings make of it is of the moment."""
    name = "an@huyen.example.vn"
    choose(store, name, means="provider", address=name)
    choices.saw(store, name, Claimed(NOW.timestamp(), ("nhom-lanh-dao",), name))
    choices.saw(store, "khac@huyen.example.vn", Claimed(NOW.timestamp(), (), ""))  # chose nothing: nothing is kept
    [choice] = choices.every(store)[0]
    assert choice.seen_at == choices.utc(NOW.timestamp()) and choice.claimed == ("nhom-lanh-dao",)
    assert choices.role(provided(), choice, NOW) == (Role.LEADER, "")
    assert choices.role(provided(), choice, NOW + timedelta(days=30))[0] == Role.LEADER
    gone = [
        (provided(), NOW + timedelta(days=31), "30 ngày chưa đăng nhập"),
        (provided(claims={}), NOW, "không còn vai trò"),
        (provided(auth={}), NOW, "không còn đăng nhập qua nhà cung cấp"),
    ]
    for known, now, why in gone:
        role, said = choices.role(known, choice, now)
        assert role == Role.NOBODY and why in said
    assert choices.role(provided(people={name: Role.ADMIN}), choice, NOW)[0] == Role.ADMIN
    unverified = replace(choice, verified="")
    assert choices.role(provided(claims={}, people={name: Role.ADMIN}), unverified, NOW)[0] == Role.NOBODY
    assert choices.role(provided(claims={}, anonymous=Role.VIEWER), choice, NOW) == (Role.VIEWER, "")


def test_an_address_outside_gets_nothing(store, secrets, inbox):
    choose(store, "lan", address="lan@huyen.example.vn.evil.example")
    choose(store, "minh", "none")
    report = run.send(circumstances(store))
    assert not inbox.taken and ledger.entries(store, ledger.MAIL) == []
    assert report.said == ["lan: không gửi, địa chỉ ngoài các tên miền được phép.", "minh: không gửi, chọn không nhận."]


# ------------------------------------------------------------------------------------------------- content


def made(store: Path, role: Role, unit: str = HOME, codes: bool = True) -> Digest:
    """What a reader of this role and unit gets in a first mail."""
    queries.pin()
    return content.make(Asked(store, HOME, unit, role, codes, ADDRESS)).for_reader([], "")


def sample(store: Path) -> Choice:
    """Somebody's choice."""
    return Choice("password", "lan", "weekly", "lan@huyen.example.vn", HOME, HOME, "", "")


def given(store: Path, unit: str, name: str, days: int) -> None:
    """A task of a unit that is due in so many days."""
    today = commitments.today()
    task = commitments.Task(
        HOME, unit, name, "Chủ tịch Ủy ban nhân dân", f"rà hồ sơ của {name}", today + timedelta(days=days)
    )
    commitments.give(store, User("chi", Role.ANALYST, "password"), task, f"{unit}{days}")


def both_texts(digest: Digest, choice: Choice) -> list[str]:
    """The plain text and the HTML of a digest."""
    return [letter.as_text(digest, choice), letter.as_html(digest, choice)]


def test_each_role_gets_what_it_may_see(store, secrets):
    """Dossiers by code from leader on; no code of an officer at all; of a unit nothing about the others."""
    given(store, COMMUNE, "Xã Hàm Đức", 3)
    given(store, "23062", "Thị trấn Phú Long", 3)
    queries.pin()
    dossiers = queries.load("dossier_list", subset="handled", search="", sort="due_on", page="all", unit=HOME, field="", channel="",
                            calendar="solar", period="2024", start_on="2024-01-01", judged_on="2024-12-31")  # fmt: skip
    officers = {code for code in dossiers["officer_code"].dropna() if len(code) > 3}
    named = re.compile(r"[A-Z0-9.]{5,}-\d{6}-\d+")
    assert dossiers["dossier_code"].map(named.fullmatch).all() and officers
    units = queries.load("units").set_index("unit_code")["name"]
    own = units[COMMUNE]
    for role in (Role.VIEWER, Role.LEADER, Role.ANALYST, Role.ADMIN):
        for unit in (HOME, COMMUNE):
            for text in both_texts(made(store, role, unit), sample(store)):
                codes = set(named.findall(text))
                assert len(codes) == (content.CODES if role >= Role.LEADER else 0), (role, unit)
                assert not [code for code in officers if code in text]
                assert "Hàm Đức" in text and "rà hồ sơ của" in text.replace("\n  ", " ")
                if unit == COMMUNE:
                    assert not [
                        name for name in units if name != own and name not in own and re.search(rf"\b{name}\b", text)
                    ]
    assert not named.search(letter.as_text(made(store, Role.ADMIN, codes=False), sample(store)))


def test_the_codes_are_those_of_the_list(store, secrets):
    """In the order of the page that the link opens."""
    [due] = [part for part in made(store, Role.LEADER, COMMUNE).parts if part.title == "Đến hạn, sắp trễ"]
    told = [line.text.split(" · ")[0] for line in due.lines if line.about]
    query = {name: value for name, [value] in parse_qs(urlsplit(due.lines[0].link).query).items()}
    asked = {"start_on": "2024-10-01", "judged_on": "2024-12-31", "search": "", "field": "", "channel": ""}
    names = ("unit", "subset", "sort", "page", "calendar", "period")
    rows = queries.load("dossier_list", **(asked | {name: query[name] for name in names}))
    assert told == rows["dossier_code"].head(content.CODES).to_list()


def test_what_is_said_is_what_the_questions_say(store, secrets):
    """Changes for the worse all, with whom to call; of the better some; the figures of the subject are counted."""
    digest = made(store, Role.VIEWER)
    rows = queries.load(
        "real_changes", calendar="solar", period="2024-Q4", before="2024-Q3", before_cut="full", unit=HOME
    )
    worse = rows[rows["topic"] == "Xấu đi thật"]
    assert len(worse) and digest.signals == frozenset(worse["signal_code"])
    changes = digest.parts[0].lines
    assert [line.tone for line in changes] == ["worse"] * len(worse) + ["better"] * 3 + [""]
    assert all(line.call.startswith("Gọi ") for line in changes[: len(worse)])
    assert digest.subject.startswith(f"[MÔ PHỎNG] Huyện Hàm Thuận Bắc: {len(worse)} thay đổi xấu đi thật, ")
    assert f"Còn {rows['is_better'].sum() - 3} số khác" in changes[-1].text


def told(digest: Digest) -> dict[str, list[str]]:
    """The sentences of a digest by the titles of its parts."""
    return {part.title: [line.text for line in part.lines] for part in digest.parts}


@pytest.fixture(scope="module")
def part_stores(shared) -> Callable[[str], Path]:
    """The published store of one of the cases of tests/partial.py, or of its reported values alone."""

    def reports_alone(folder: Path) -> None:
        rows = partial.reports_of_some().reports
        publish([small.write(folder / "reports.csv", rows)], store=folder / "store")

    def store(name: str) -> Path:
        make = reports_alone if name == "reports alone" else partial.CASES[name]().make
        words = f"partial_{name.replace(' ', '_')}"
        made_of = (*kept.STORE, "tests/partial.py", "tests/small.py")
        return shared(words, functools.partial(kept.take, words, made_of, make)) / "store"

    return store


@pytest.fixture
def part_of(part_stores, tmp_path, monkeypatch) -> Callable[[str], Path]:
    """A store of the test's own of which only a part is known."""
    return lambda name: linked(part_stores(name), tmp_path / "store", monkeypatch)


@pytest.mark.parametrize(
    ("case", "unit", "why"),
    [
        ("newest month", COMMUNE, "chưa có tệp hồ sơ của kỳ này"),
        ("newest month", "23071", "hồ sơ mới có đến 10/11/2024"),
        ("newest month", "597-MC", "hồ sơ mới có đến 10/11/2024"),
        ("reports alone", COMMUNE, "chưa có tệp hồ sơ của kỳ này"),
        ("reports alone", HOME, "chưa xã nào có số liệu hồ sơ"),
    ],
)
def test_what_is_unknown_is_not_said_to_be_none(part_of, case, unit, why):
    """Of a unit without a file, of one that is behind, of a district that has only sent reported values."""
    digest = made(part_of(case), Role.LEADER, unit)
    parts = told(digest)
    for text in (digest.subject, digest.lead):
        assert "hồ sơ đang quá hạn" in text and why in text and "chưa biết" in text and "không có" not in text
    assert digest.standing.startswith("Số liệu đến" if unit == HOME else "Số liệu cả huyện đến")
    due = parts["Đến hạn, sắp trễ"]
    assert f"Chưa biết hồ sơ nào sắp đến hạn: {why}." in due and not [said for said in due if "ông có" in said]
    apologies = [said for said in due if "xin lỗi" in said]
    assert apologies == [f"Chưa biết hồ sơ nào phải xin lỗi, hẹn lại: {why}."]
    for title in ("Thay đổi thật", "Gọi ai trước" if unit == HOME else "Nên làm trước"):
        assert parts[title][-1] in (f"Chưa biết: {why}.", f"Chưa đủ số liệu: {why}.")


def test_a_part_is_not_said_to_be_the_whole(part_of):
    """Of three of seventeen communes: at least so many, and of how many units."""
    store = part_of("newest month")
    digest = made(store, Role.LEADER)
    parts, why = told(digest), "mới 3/17 xã có số liệu hồ sơ"
    assert digest.found == (
        "chưa thấy thay đổi xấu đi thật ở 3 đơn vị đã xét, ít nhất 5 hồ sơ đang quá hạn (3/17 đơn vị có số liệu)"
    )
    assert digest.found in digest.subject and digest.found in digest.lead
    due = parts["Đến hạn, sắp trễ"]
    assert (
        due[0]
        == f"Đến hạn trong 1 ngày làm việc tới ít nhất 1 hồ sơ, trong 3 ngày ít nhất 2, trong 5 ngày ít nhất 6 ({why})."
    )
    assert due[1].startswith(f"Trong số hồ sơ đã biết ({why}): hôm nay không có hồ sơ nào phải xin lỗi")
    assert f"Trong số hồ sơ đã biết ({why}): hẹn trả sớm nhất:" in due
    for title in ("Thay đổi thật", "Gọi ai trước"):
        assert parts[title][-1] in (f"Chưa biết: {why}.", f"Chưa đủ số liệu: {why}.")
    known = made(store, Role.LEADER, "23059")
    assert "1 hồ sơ đang quá hạn" in known.found and "ít nhất" not in known.found and why not in str(told(known))


def test_without_the_column_of_letters_apologies_are_unknown(part_of):
    """Once, by the sentence that counts them, or by the reason that none can be counted."""
    digest = made(part_of("gap"), Role.LEADER, "23065")
    [said] = [text for text in told(digest)["Đến hạn, sắp trễ"] if "xin lỗi" in text]
    assert "không có hồ sơ nào" not in said and said.count("Ngày ban hành thư xin lỗi") == 1


def test_links_name_every_filter_and_open_for_their_reader(store, secrets):
    """A link leads to a page of the menu that the reader may open, and names period and comparison."""
    pages = {"" if file == "dashboard.py" else Path(file).stem: right for file, _, _, right in MENU}
    for role in (Role.VIEWER, Role.LEADER):
        for unit in (HOME, COMMUNE, "597-DD"):
            digest = made(store, role, unit)
            links = [line.link for part in digest.parts for line in part.lines if line.link]
            assert len(links) > 5
            for link in [digest.first_link, *links]:
                at = urlsplit(link)
                assert f"{at.scheme}://{at.netloc}" == ADDRESS
                right = pages[at.path.removeprefix("/")]
                assert role >= content.RIGHTS[right].least, link
                query = parse_qs(at.query)
                if at.path != "/data_health":
                    assert {"calendar", "kind", "period", "compare"} <= query.keys()
                assert "unit" in query or at.path in ("/", "/communes")
                if unit == COMMUNE and "unit" in query:
                    assert query["unit"] == [COMMUNE]


def test_simulated_data_say_so_everywhere(store, secrets):
    digest = made(store, Role.LEADER)
    for text in (digest.subject, *both_texts(digest, sample(store))):
        assert "MÔ PHỎNG" in text
    real = replace(digest, is_simulated=False)
    for text in (real.subject, *both_texts(real, sample(store))):
        assert "MÔ PHỎNG" not in text


def test_html_fetches_nothing_and_is_in_order(store, secrets):
    """In Vietnamese, one heading above the others, no picture, script or style sheet from anywhere."""
    html = letter.as_html(made(store, Role.LEADER), sample(store))
    assert '<html lang="vi">' in html and html.count("<h1") == 1 and html.index("<h1") < html.index("<h2")
    assert not re.search(r"<(img|script|link|iframe|form)\b|\bsrc=|url\(|@import", html)
    assert set(re.findall(r'href="(https?://[^/"]+)', html)) == {ADDRESS}
    assert {color.lower() for _, color in letter.TONES.values()} == {charts.WORSE.lower(), charts.BETTER.lower()}
    assert "color-scheme" in html and "prefers-color-scheme: dark" in html


def test_plain_text_is_written_with_care(store, secrets):
    """Lines of 72 columns, except addresses; no mark-up; the same sentences as the HTML."""
    digest = made(store, Role.LEADER)
    text = letter.as_text(digest, sample(store))
    assert [line for line in text.splitlines() if len(line) > 72 and "https://" not in line] == []
    assert not re.search(r"</?\w+>|&\w+;|\*\*|\u00a0", text)
    flowed, html = " ".join(text.split()), letter.as_html(digest, sample(store)).replace("\u00a0", " ")
    for part in digest.parts:
        for line in part.lines:
            said = line.text.replace("\u00a0", " ")
            assert said in flowed and said in html
    # A number stays with its unit.
    assert not re.search(r"^ *%", text, re.M)


EVIL = 'Xã "A"\r\nBcc: x@evil.example\r\n\r\n<b onclick=1>B</b>\u202e\x00'


def test_nothing_from_the_data_ends_a_header_or_becomes_markup(store, secrets):
    """Not a line break, a tag, a control character or a sign that turns the direction of writing."""
    digest = replace(
        made(store, Role.LEADER),
        place=EVIL,
        found=EVIL,
        standing=EVIL,
        parts=(Part(EVIL, (Line(EVIL, EVIL, topic=EVIL),)),),
    )
    message = letter.message(digest, replace(sample(store), name=EVIL), "w", settings.mail(), NOW)
    again = post_office.email.message_from_bytes(message.as_bytes(), policy=post_office.email.policy.default)
    assert again["Bcc"] is None and "evil" in again["Subject"] and len(again.get_all("To")) == 1
    assert "<b onclick" not in html_of(again) and "\u202e" not in text_of(again)
    assert "\nBcc:" not in text_of(again)


def test_the_id_is_that_of_person_snapshot_and_occasion(store, secrets):
    mail, choice = settings.mail(), sample(store)
    ids = {
        letter.message_id(replace(choice, name=name), occasion, snapshot, mail)
        for name in ("lan", "minh")
        for occasion in ("2026-W49", "2026-W50")
        for snapshot in ("s000001", "s000002")
    }
    assert len(ids) == 8 and letter.message_id(choice, "2026-W49", "s000001", mail) in ids


# ------------------------------------------------------------------------------------------- when it is due


def test_weekly_from_monday_morning_on(secrets):
    mail, choice = settings.mail(), Choice("password", "lan", "weekly", "", HOME, HOME, "", "")

    def at(*moment: int) -> str:
        here = datetime(*moment, tzinfo=content.TIME_ZONE)
        return run.occasion_of(choice, mail, "s000009", here.astimezone(UTC))

    assert at(2026, 11, 30, 5, 59) == "" and at(2026, 11, 30, 6, 0) == "2026-W49"
    assert at(2026, 12, 6, 23, 59) == "2026-W49" and at(2026, 12, 7, 0, 0) == ""
    assert at(2027, 1, 3, 12, 0) == "2026-W53"  # of the year to which the week belongs
    later = replace(mail, weekly_day=3, weekly_hour=8)
    assert run.occasion_of(choice, later, "s000009", datetime(2026, 12, 2, 0, 59, tzinfo=UTC)) == ""
    assert run.occasion_of(choice, later, "s000009", datetime(2026, 12, 2, 1, 0, tzinfo=UTC)) == "2026-W49"
    assert run.occasion_of(replace(choice, when="signal"), mail, "s000009", NOW) == "s000009"


def test_sent_once_a_week_and_then_that_nothing_is_new(store, inbox):
    choose(store, "lan")
    assert run.send(circumstances(store)).sent == 1
    report = run.send(circumstances(store, NOW + timedelta(days=3)))
    assert report.sent == 0 and report.said == ["lan: tuần này đã gửi."]
    assert run.send(circumstances(store, NOW + timedelta(days=7))).sent == 1
    first, second = inbox.of("lan@huyen.example.vn")
    assert "109 hồ sơ đang quá hạn" in text_of(first) and "MỚI" not in text_of(first)
    assert "Không có gì mới so với thư trước" in text_of(second) and len(text_of(second)) < 1000
    assert second["Subject"].endswith("không có gì mới so với thư trước")


def test_a_signal_is_told_once(store, inbox):
    """On signal: nothing for a snapshot without a new one; a new one is marked, the earlier ones are not."""
    choice = choose(store, "lan", "signal")
    queries.pin()
    every = sorted(content.make(Asked(store, HOME, HOME, Role.LEADER, True, ADDRESS)).signals)
    assert book.intend(store, choice, "s000000", "s000000", every, "earlier")
    book.end(store, choice, "s000000", Outcome(SENT))
    report = run.send(circumstances(store))
    assert report.said == ["lan: không có tín hiệu mới, không gửi."] and not inbox.taken
    (store / ledger.MAIL).unlink()
    assert book.intend(store, choice, "s000000", "s000000", every[1:], "earlier")
    book.end(store, choice, "s000000", Outcome(SENT))
    assert run.send(circumstances(store)).sent == 1
    [message] = inbox.of("lan@huyen.example.vn")
    assert text_of(message).count("[MỚI]") == 1 and html_of(message).count(">MỚI<") == 1
    assert "1 tín hiệu mới so với thư trước" in " ".join(text_of(message).split())
    assert run.send(circumstances(store)).sent == 0 and len(inbox.taken) == 1


def test_a_task_that_is_due_is_news(store, inbox):
    """Also when the snapshot is the same."""
    choose(store, "lan")
    run.send(circumstances(store))
    given(store, COMMUNE, "Xã Hàm Đức", 2)
    run.send(circumstances(store, NOW + timedelta(days=7)))
    told = text_of(inbox.of("lan@huyen.example.vn")[1])
    assert (
        "VIỆC ĐÃ GIAO" in told and "Đang làm. Xã Hàm Đức: rà hồ sơ" in told and "còn 2 ngày" in " ".join(told.split())
    )


# ------------------------------------------------------------------------------------------ the mail server


def test_five_people_each_get_their_own(store, secrets, inbox, trusted):
    """Secured, signed in, with the headers of a program; each once, and no more at the next run."""
    for name in PEOPLE:
        choose(store, name, "weekly", COMMUNE if name == "minh" else HOME)
    report = run.send(circumstances(store))
    assert report.sent == 3 and not report.is_broken and inbox.secured == [True] * 3
    assert sorted(to for to, _ in inbox.taken) == [f"{name}@huyen.example.vn" for name in sorted(PEOPLE)]
    [message] = inbox.of("minh@huyen.example.vn")
    assert message["To"] == "minh@huyen.example.vn" and message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == f"<{ADDRESS}/account>" and message["Content-Language"] == "vi"
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Subject"].startswith("[MÔ PHỎNG] Xã Hàm Đức: 3 thay đổi xấu đi thật")
    assert message["From"].addresses[0].display_name == "Bảng điều khiển CCHC, CĐS"
    run.send(circumstances(store))
    assert len(inbox.taken) == 3
    logged = [said for said in audit.events(store) if said["event"] == "send_mail"]
    assert {said["to"] for said in logged} == {"c…@huyen.example.vn", "l…@huyen.example.vn", "m…@huyen.example.vn"}
    assert "lan@" not in (store / ledger.MAIL).read_text(encoding="utf-8")


def test_tls_from_the_first_byte(store, secrets, trusted):
    choose(store, "lan")
    with serving(Inbox(), trusted, tls_at_once=True, needs_user=False) as inbox:
        secrets.write_text(
            secrets_text(inbox.port, trusted.file, tls="tls", user=None, password=None), encoding="utf-8"
        )
        assert run.send(circumstances(store)).sent == 1 and main(["--check"]) == 0


def test_plain_only_on_this_machine(store, secrets):
    choose(store, "lan")
    with serving(Inbox(), None) as inbox:
        secrets.write_text(secrets_text(inbox.port, tls="none", user=None, password=None), encoding="utf-8")
        assert run.send(circumstances(store)).sent == 1 and inbox.secured == [False]


def test_a_server_that_cannot_be_trusted_gets_nothing(store, secrets, inbox, trusted, tmp_path):
    """Another authority, another name, no STARTTLS, another password: nothing leaves, and it is said why."""
    choose(store, "lan")
    (tmp_path / "other").mkdir()
    other = authority(tmp_path / "other")
    cases = {
        "không đáng tin": secrets_text(inbox.port, other.file),
        "không nhận user, password": secrets_text(inbox.port, trusted.file, password="sai"),
        "không đọc được tệp chứng thư": secrets_text(inbox.port, Path("/không/có.pem")),
        "không nối được máy chủ thư": secrets_text(post_office.free_port(), trusted.file),
    }
    for why, text in cases.items():
        secrets.write_text(text, encoding="utf-8")
        (store / ledger.MAIL).unlink(missing_ok=True)
        report = run.send(circumstances(store))
        assert why in report.said[-1] and report.is_broken and not inbox.taken
        assert outcomes(store) == [("Máy chủ thư", LATER)]  # no intention: nothing left
        assert PASSWORD not in (store / ledger.MAIL).read_text(encoding="utf-8")
    (tmp_path / "name").mkdir()
    named = authority(tmp_path / "name", "other.example")
    with serving(Inbox(), named) as elsewhere:
        secrets.write_text(secrets_text(elsewhere.port, named.file), encoding="utf-8")
        with pytest.raises(Unreachable, match="không đáng tin"), Post(settings.mail()):
            pass
    with serving(Inbox(), None) as bare:
        secrets.write_text(secrets_text(bare.port, trusted.file), encoding="utf-8")
        with pytest.raises(Unreachable, match="không có STARTTLS"), Post(settings.mail()):
            pass
        assert not bare.taken


def test_a_refused_address_stops_nobody_and_is_not_tried_again(store, inbox):
    """Until the person saves another choice."""
    for name in PEOPLE:
        choose(store, name)
    inbox.at_rcpt["lan@huyen.example.vn"] = "550 5.1.1 <lan@huyen.example.vn>: no such user"
    inbox.at_data["minh@huyen.example.vn"] = "554 5.7.1 looks like spam"
    report = run.send(circumstances(store))
    assert outcomes(store) == [("chi", SENT), ("lan", REFUSED), ("minh", REJECTED)] and report.is_broken
    told = book.told(book.read(store))
    assert "550 5.1.1 <l…@huyen.example.vn>" in told[1].reason and "lan@" not in (store / ledger.MAIL).read_text()
    inbox.at_rcpt.clear()
    inbox.at_data.clear()
    later = NOW + timedelta(days=7)
    report = run.send(circumstances(store, later))
    assert "lan: không gửi, máy chủ thư đã từ chối địa chỉ này; sửa rồi lưu lại ở trang Tài khoản." in report.said
    assert len(inbox.of("minh@huyen.example.vn")) == 1 and not inbox.of("lan@huyen.example.vn")
    choose(store, "lan", saved_at=choices.utc(time.time() + 5))
    run.send(circumstances(store, later))
    assert len(inbox.of("lan@huyen.example.vn")) == 1


def test_what_is_put_off_is_tried_again_and_given_up_in_the_end(store, inbox):
    choose(store, "lan")
    choose(store, "minh")
    inbox.at_rcpt["lan@huyen.example.vn"] = "451 4.7.1 greylisted"
    begun = datetime.now(UTC)
    run.send(circumstances(store, begun))
    assert outcomes(store) == [("lan", LATER), ("minh", SENT)]
    report = run.send(circumstances(store, begun + timedelta(minutes=1)))
    assert "thử lại từ" in report.said[0] and len(book.read(store)) == 4
    inbox.at_rcpt.clear()
    run.send(circumstances(store, begun + timedelta(minutes=11)))
    assert len(inbox.of("lan@huyen.example.vn")) == 1
    (store / ledger.MAIL).unlink()
    inbox.at_data["lan@huyen.example.vn"] = "452 4.3.1 full"
    for _ in range(book.MOST_TRIES + 2):
        run.send(circumstances(store, begun, by_hand=True))
    assert [kind for name, kind in outcomes(store) if name == "lan"] == [LATER] * (book.MOST_TRIES - 1) + [
        book.GIVEN_UP
    ]


@pytest.mark.parametrize(
    ("stage", "drips", "kind"),
    [
        ("greeting", False, ""),
        ("greeting", True, ""),
        ("MAIL", True, LATER),
        ("RCPT", False, LATER),
        ("DATA", True, LATER),
        ("end", False, UNKNOWN),
        ("end", True, UNKNOWN),
        ("lost", False, UNKNOWN),
    ],
)
def test_a_hanging_server_costs_its_time_and_no_more(store, secrets, stage, drips, kind):
    """Also one that drips a byte now and then. Only when all was handed over nobody knows; then it is never sent again by itself."""
    for name in ("chi", "lan", "minh"):
        choose(store, name)
    with talking(talk_until(stage, drips)) as port:
        secrets.write_text(secrets_text(port, tls="none", user=None, password=None, timeout=1), encoding="utf-8")
        begun = time.monotonic()
        report = run.send(circumstances(store))
        assert time.monotonic() - begun < 8 and report.is_broken
    # After two lost connections the rest waits for the next run.
    people = [one for one in outcomes(store) if one[0] != "Máy chủ thư"]
    assert people == ([("chi", kind), ("lan", kind)] if kind else [])
    assert ("Máy chủ thư", LATER) in outcomes(store)
    secrets.write_text(secrets_text(post_office.free_port(), tls="none", user=None, password=None), encoding="utf-8")
    report = run.send(circumstances(store, datetime.now(UTC) + timedelta(minutes=1)))
    assert "Máy chủ thư vừa không dùng được; thử lại từ" in report.said[-1]
    with serving(Inbox(), None) as inbox:
        secrets.write_text(secrets_text(inbox.port, tls="none", user=None, password=None), encoding="utf-8")
        run.send(circumstances(store, datetime.now(UTC) + timedelta(hours=1)))
        got = sorted(to.partition("@")[0] for to, _ in inbox.taken)
        assert got == (["minh"] if kind == UNKNOWN else ["chi", "lan", "minh"])
        if kind == UNKNOWN:
            assert main(["--again", "lan"]) == 0 and main(["--again", "lan"]) == 2 and main(["--again", "ai-do"]) == 2
            [message] = inbox.of("lan@huyen.example.vn")
            assert "109 hồ sơ đang quá hạn" in text_of(message)  # not that nothing is new


def test_a_person_whose_mail_cannot_be_made_stops_nobody(store, inbox, monkeypatch):
    """A unit that is gone, a file that is damaged, a bug: the others get theirs."""
    choose(store, "lan", unit="không-có")
    choose(store, "chi")
    choose(store, "minh", unit=COMMUNE)
    (choices.folder(store) / "x.json").write_text("[]", encoding="utf-8")
    real = content.make

    def broken(asked: Asked) -> Digest:
        if asked.unit == COMMUNE:
            raise ZeroDivisionError
        return real(asked)

    monkeypatch.setattr(content, "make", broken)
    report = run.send(circumstances(store))
    assert [to for to, _ in inbox.taken] == ["chi@huyen.example.vn"] and report.is_broken
    assert any("đơn vị đã chọn không còn" in said for said in report.said)
    assert any("minh: không làm được thư" in said for said in report.said)
    assert any("1 tệp lựa chọn thư không đọc được" in said for said in report.said)


def test_who_changes_the_choice_meanwhile_gets_nothing(store, inbox, secrets, trusted):
    """The role, the account and the choice are those of the moment of sending."""
    for name in PEOPLE:
        choose(store, name)
    prepared = circumstances(store)
    due = run._due(prepared, run.Report(), forgets=True)
    choose(store, "minh", "none", saved_at=choices.utc(NOW.timestamp()))
    secrets.write_text(
        secrets_text(inbox.port, trusted.file, users={"chi": "viewer", "minh": "viewer"}), encoding="utf-8"
    )
    report = run.Report()
    run._hand_over(prepared, due, report)
    assert [to for to, _ in inbox.taken] == ["chi@huyen.example.vn"]
    assert "lan: không gửi, tài khoản đã bỏ." in report.said and "minh: không gửi, vừa đổi lựa chọn." in report.said


# ---------------------------------------------------------------------------------------- once, whatever happens


def test_two_runs_at_once_send_once(store, inbox):
    """In two processes; the second one says that the first has not ended, or finds everything sent."""
    for name in PEOPLE:
        choose(store, name)
    environment = {**os.environ, "DASHBOARD_STORE": str(store)}
    both = [
        subprocess.Popen([sys.executable, "-m", "notify"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=60)[1] for one in both]
    codes = sorted(one.returncode for one in both)
    assert codes in ([0, 3], [0, 0]), said
    assert sorted(to for to, _ in inbox.taken) == [f"{name}@huyen.example.vn" for name in sorted(PEOPLE)]


def test_an_intention_is_written_once_also_without_the_lock(store):
    """Whoever comes second under the book's own lock is told that it was done."""
    choice, said = choose(store, "lan"), []

    def intend() -> None:
        said.append(book.intend(store, choice, "2026-W49", "s000001", [], ""))

    threads = [threading.Thread(target=intend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == [False] * 7 + [True]


# One process that has imported everything forks another for each run. That one ends itself, as by kill -9, before it opens for
# writing, flushes, renames, removes, connects or sends the n-th time. Only the exit status comes back. What the mail says is made
# once, by a fork of its own, because DuckDB's threads would not survive another fork.
SUICIDES = """
import os, pickle, signal, sys
from pathlib import Path
from notify import content, run
from notify.__main__ import main
made = {}
def make(asked, real=content.make):
    if asked not in made:
        told, telling = os.pipe()
        if not os.fork():
            import queries
            queries.pin()
            with os.fdopen(telling, "wb") as out:
                pickle.dump(real(asked), out)
            os._exit(0)
        os.close(telling)
        with os.fdopen(told, "rb") as answer:
            made[asked] = pickle.load(answer)
        os.wait()
    return made[asked]
left = 0
def step():
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
def hook(event, details):
    opens = event == "open" and (details[2] or 0) & (os.O_WRONLY | os.O_RDWR) and not str(details[0]).endswith(".lock")
    changes = event in ("os.rename", "os.remove", "os.truncate") or opens
    if (changes and str(details[0]).startswith(store)) or event in ("socket.connect", "smtplib.send"):
        step()
def flush(handle, fsync=os.fsync):
    step()
    fsync(handle)
for role in (1, 2):
    make(content.Asked(Path(sys.argv[1]), "597", "23092", role, True, sys.argv[2]))
content.make = make
for line in sys.stdin:
    store, number = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        left = int(number)
        sys.addaudithook(hook)
        os.fsync = flush
        os._exit(main([]))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture
def notify_until(small_store) -> Iterator[Callable[[int], int]]:
    """notify_until(step): a run in a process that kills itself at this step; returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", SUICIDES, str(small_store), ADDRESS], cwd=ROOT, env={**os.environ, "DASHBOARD_STORE": str(small_store)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as server:  # fmt: skip

        def until(step: int) -> int:
            server.stdin.write(f"{small_store}\t{step}\n")
            server.stdin.flush()
            return int(server.stdout.readline())

        yield until
        server.stdin.close()


@pytest.mark.slow
def test_killed_before_each_step(small_store, inbox, notify_until):
    """Nothing is sent twice and nothing is lost: what nobody knows of is said, and can be sent by hand."""
    for name in SIGNALS:
        choose(small_store, name, unit=COMMUNE)
    seen, last = set(), None
    for step in range(80):
        inbox.taken.clear()
        (small_store / ledger.MAIL).unlink(missing_ok=True)
        (small_store / "audit.jsonl").unlink(missing_ok=True)
        ended = notify_until(step)
        assert ended in (0, -signal.SIGKILL)
        first = dict(outcomes(small_store))
        before = {name: len(inbox.of(f"{name}@huyen.example.vn")) for name in SIGNALS}
        # An intention stands before every message, so that of each message something is known.
        assert all(name in first for name, got in before.items() if got), step
        seen |= {(before[name], first.get(name, "")) for name in SIGNALS}
        left = (first, before, (small_store / ledger.MAIL).read_bytes()[-1:] if first else b"")
        if left == last:  # to flush or to connect changes nothing that the next run could find
            continue
        last = left
        assert notify_until(1_000_000) == 0
        after = dict(outcomes(small_store))
        for name in SIGNALS:
            got = len(inbox.of(f"{name}@huyen.example.vn"))
            assert got <= 1, (step, name)
            assert after[name] == SENT if got and first.get(name) != UNKNOWN else after[name] in (SENT, UNKNOWN)
            if not got:
                assert after[name] == UNKNOWN, (step, name)
                assert main(["--again", name]) == 0
                assert len(inbox.of(f"{name}@huyen.example.vn")) == 1
        if ended == 0:
            break
    # Before the intention, between it and the message, between the message and its outcome, and after that.
    assert step >= 20 and seen == {(0, ""), (0, UNKNOWN), (1, UNKNOWN), (1, SENT)}


def test_a_full_disk_before_the_message_sends_nothing(store, inbox, monkeypatch):
    """And the run says so."""
    choose(store, "lan")

    def full(*_: object) -> int:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(ledger.os, "write", full)
        with pytest.raises(StoreFault, match="Đĩa"):
            run.send(circumstances(store))
    assert not inbox.taken and run.send(circumstances(store)).sent == 1


def test_a_damaged_book_sends_nothing(store, inbox, capfd):
    choose(store, "lan")
    choose(store, "minh")
    run.send(circumstances(store))
    path = store / ledger.MAIL
    path.write_bytes(path.read_bytes().replace(b'"lan"', b'"lam"', 1))
    assert main([]) == 4 and "sổ thư đã gửi" in capfd.readouterr().err and len(inbox.taken) == 2


# --------------------------------------------------------------------------------------------- command line


def test_dry_run_prints_and_writes_nothing(store, inbox, capfd):
    choose(store, "lan")
    choose(store, "minh", unit=COMMUNE)
    before = sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*"))
    assert main(["--dry-run", "--person", "lan"]) == 0
    out = capfd.readouterr().out
    assert "Đến: lan <l…@huyen.example.vn>" in out and "HUYỆN HÀM THUẬN BẮC" in out and "minh" not in out
    assert before == sorted((path, path.stat().st_mtime_ns) for path in store.rglob("*")) and not inbox.taken


def test_commands_answer_in_words(store, inbox, capfd):
    assert main([]) == 0 and "Chưa ai chọn nhận thư." in capfd.readouterr().err
    assert main(["--check"]) == 0 and "Nối được" in capfd.readouterr().err
    assert main(["--person", "lan"]) == 2 and "chưa chọn nhận thư" in capfd.readouterr().err
    choose(store, "lan")
    assert main(["--person", "lan"]) == 0 and "Đã gửi 1 thư." in capfd.readouterr().err
    with run.alone(store):
        assert main([]) == 3
    (store / "current").unlink()
    shutil.rmtree(store / "snapshots")
    assert main([]) == 0 and "Kho còn trống" in capfd.readouterr().err
    assert Mail.takes(settings.mail(), "lan@huyen.example.vn")
