"""Access rights: every page and download by role, sign-in, sessions, audit log, checks before each request."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus

from access import RIGHTS, ROLES, Role, User, accounts, audit, sessions, settings
from access.__main__ import main
from access.accounts import BadAccount, Throttle, TooMany
from access.people import user_of
from access.settings import BadSettings
from ingest.publish import publish, withdraw
from serve.guard import HEADERS, wanted
from tests.browser import ROOT, rerun, serve, settled, visit
from tests.test_browser import LAPTOP, PHONE, SCREEN, TOO_WIDE, heading, seen, untroubled
from tests.test_check import sound, write
from tests.wire import Client, ask, post, sign_in
from ui.menu import MENU
from words.version import version

PASSWORD = "mật khẩu đủ dài"
NAMES = {"viewer": "xem", "leader": "lan", "analyst": "an", "admin": "quan-tri"}
PAGES = {
    name: "" if page == "dashboard.py" else Path(page).stem for page, name, *_ in MENU
}  # title → page name in an address
GUIDE = ROOT / "docs" / "phan-quyen.md"


def fill(path: Path, top: str = "") -> Path:
    """A secrets file with a local user of every role."""
    path.write_text(f"[access]\n{top}\n", encoding="utf-8")
    for role, name in NAMES.items():
        add(path, name, role)
    return path


def add(path: Path, name: str, role: str, password: str = PASSWORD) -> None:
    """python -m access add-user, the password through a pipe."""
    done = subprocess.run(
        [sys.executable, "-m", "access", "add-user", name, "--role", role],
        cwd=ROOT, input=password + "\n", text=True, capture_output=True,
        env={"DASHBOARD_SECRETS": str(path), "DASHBOARD_STORE": str(path.parent / "store")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture
def secrets(tmp_path, monkeypatch) -> Path:
    """The path of the test's own secrets file."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setenv("DASHBOARD_SECRETS", str(path))
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    return path


@pytest.fixture(scope="module")
def place(demo_store, tmp_path_factory) -> Path:
    """A folder with a store shared by the servers of this file, and their secrets files."""
    folder = tmp_path_factory.mktemp("access")
    shutil.copytree(demo_store, folder / "store")
    fill(folder / "open.toml", 'anonymous = "viewer"')
    (folder / "closed.toml").write_text((folder / "open.toml").read_text().replace('"viewer"\n', '""\n', 1))
    return folder


def served(place: Path, log: Path, secrets: str) -> AbstractContextManager[str]:
    """A server on the shared store, with the users of place/<secrets>.toml."""
    store, people = str(place / "store"), str(place / f"{secrets}.toml")
    return serve(ROOT / "server.py", log, DASHBOARD_STORE=store, DASHBOARD_SECRETS=people)


@pytest.fixture(scope="module")
def opened(place) -> Iterator[str]:
    """A dashboard that everyone may view."""
    with served(place, place / "open.log", "open") as address:
        yield address


@pytest.fixture(scope="module")
def closed(place) -> Iterator[str]:
    """A dashboard whose readers must sign in; same store and users."""
    with served(place, place / "closed.log", "closed") as address:
        yield address


@pytest.fixture(scope="module")
def tokens(opened) -> dict[str, str]:
    """A session token for every role; none for an anonymous user."""
    return {"": ""} | {role: sign_in(opened, name, PASSWORD) for role, name in NAMES.items()}


# ------------------------------------------------------------------------------------ the table of rights


def tables() -> tuple[dict[str, Role], dict[tuple[str, str], Role]]:
    """The two tables of the guide: page → lowest role, (button, page) → lowest role."""
    titles = {role.title.lower(): role for role in Role} | {"bất kỳ ai": Role.NOBODY}
    text = GUIDE.read_text(encoding="utf-8")
    pages, buttons = text.split("## Trang")[1].split("## Địa chỉ cho chương trình")[0].split("## Nút tải")

    def cells(part: str) -> list[list[str]]:
        return [[cell.strip() for cell in row.split("|")[1:-1]] for row in part.splitlines() if row.startswith("| ")][
            1:
        ]

    return (
        {page: titles[role] for page, role in cells(pages)},
        {(button, page): titles[role] for button, page, role, _ in cells(buttons)},
    )


def test_the_guide_names_every_page_with_the_role_of_the_menu():
    pages, _ = tables()
    assert pages == {name: RIGHTS[right].least if right else Role.NOBODY for _, name, _, right in MENU}


@pytest.mark.parametrize("role", ["", *NAMES])
@pytest.mark.parametrize("viewing", ["open", "closed"])
def test_every_page_and_download_by_role(role, viewing, opened, closed, tokens):
    """A page that the role may not see sends only the refusal, when requested by its address without a browser."""
    address = opened if viewing == "open" else closed
    mine = max(ROLES.get(role, Role.NOBODY), Role.VIEWER if viewing == "open" else Role.NOBODY)
    pages, buttons = tables()
    found = set()
    for title, page in PAGES.items():
        with Client(address, tokens[role]) as client:
            shown = client.open(page)
            refused = "Trang này cần quyền" in shown.words
            assert refused == (mine < pages[title]), title
            if refused:
                assert set(shown.kinds) <= {"markdown", "page_link", "heading", "alert", "html"}, title
                assert not shown.downloads and "MÔ PHỎNG" not in shown.words
            else:
                assert title in shown.words
            linked = {name for name in PAGES if name in shown.texts}
            assert {name for name in linked if mine < pages[name]} <= {title}  # the menu offers no refused page
            for label, offered in shown.downloads.items():
                if (label, title) in buttons:
                    taken = client.download(offered)
                    assert taken.status == 200 and taken.content, label
                    assert int(taken.headers["Content-Length"]) == len(taken.content)
                    found.add((label, title))
    assert found == {button for button, least in buttons.items() if mine >= least}


def test_officer_codes_are_for_leaders(opened, tokens):
    """A viewer gets no figure or list that contains an officer's or a dossier's code."""
    code = re.compile(r"\bCB-?\d|H11[.-]\d")
    for title, page in PAGES.items():
        with Client(opened) as client:
            assert not code.search(client.open(page).words), title
    with Client(opened, tokens["leader"]) as client:
        assert "Mã cán bộ" in client.open("dossier_list").words
        overdue = client.open("overdue")
        assert (
            code.search(overdue.words) and "hồ sơ như thế này" in overdue.words and "Tải CSV" not in overdue.downloads
        )
    with Client(opened) as client:
        assert "trong 100 hồ sơ đứng đầu danh sách" in client.open("overdue").words


def test_a_download_cannot_be_taken_by_another(opened, place, tokens):
    """The addresses of a download are random and valid only for their owner, and for nobody after sign-out."""
    token = sign_in(opened, NAMES["leader"], PASSWORD)
    with Client(opened, token) as leader, Client(opened) as viewer, Client(opened, tokens["admin"]) as admin:
        offered = leader.open("dossier_list").downloads["Tải cả danh sách"]
        made = json.loads(ask("POST", opened, offered, "", Cookie=f"{sessions.COOKIE}={token}").content)["address"]
        assert all(re.fullmatch(r"/downloads/[\w-]{32}", address) for address in (offered, made)) and offered != made
        for other in (viewer, admin):
            assert other.download(offered).status == other.take(made).status == 403
        assert leader.take(made).content.startswith("\ufeffMã hồ sơ".encode())
        sessions.end(place / "store", token)
        assert (leader.download(offered).status, leader.take(made).status) == (403, 403)
        assert leader.download(offered).says.startswith("Phiên đăng nhập đã hết hạn hoặc không còn quyền")


def test_losing_a_role_takes_effect_at_the_next_run(place, opened):
    add(place / "open.toml", "moi", "analyst")
    token = sign_in(opened, "moi", PASSWORD)
    with Client(opened, token) as client:
        assert "Trang này cần quyền" not in client.open("upload").words
    add(place / "open.toml", "moi", "leader")  # another role is written with a new hash, so the session ends
    with Client(opened, token) as client:
        assert "Trang này cần quyền" in client.open("upload").words
    token = sign_in(opened, "moi", PASSWORD)
    removed = subprocess.run(
        [sys.executable, "-m", "access", "remove-user", "moi"], cwd=ROOT, capture_output=True,
        env={"DASHBOARD_SECRETS": str(place / "open.toml"), "DASHBOARD_STORE": str(place / "store")},
    )  # fmt: skip
    assert removed.returncode == 0
    with Client(opened, token) as client:
        assert "Trang này cần quyền" in client.open("dossier_list").words


def test_a_download_is_asked_for_with_the_rights_of_the_click(opened, place):
    """A download is refused if the analyst's name was removed or the role changed after the page was drawn."""
    for change in ("remove", "leader"):
        add(place / "open.toml", "cu", "analyst")
        with Client(opened, sign_in(opened, "cu", PASSWORD)) as client:
            offered = client.open("upload").downloads["Tải các dòng đã nhận"]
            assert client.download(offered).content[:3] == b"\xef\xbb\xbf"
            if change == "leader":
                add(place / "open.toml", "cu", "leader")
            else:
                environment = {"DASHBOARD_SECRETS": str(place / "open.toml"), "DASHBOARD_STORE": str(place / "store")}
                subprocess.run(
                    [sys.executable, "-m", "access", "remove-user", "cu"], cwd=ROOT, env=environment, check=True
                )
            refused = client.download(offered)
            assert refused.status == 403
            assert refused.says.startswith("Phiên đăng nhập đã hết hạn hoặc không còn quyền")


def test_a_log_that_cannot_be_written_lets_nothing_out(opened, place, tokens):
    log = place / "store" / audit.FILE
    with Client(opened, tokens["leader"]) as client:
        offered = client.open("dossier_list").downloads["Tải cả danh sách"]
        log.rename(log.with_suffix(".aside"))
        log.mkdir()
        try:
            refused = client.download(offered)
            assert refused.status == 503 and refused.says.startswith("Máy chủ không ghi được nhật ký")
        finally:
            log.rmdir()
            log.with_suffix(".aside").rename(log)


def test_files_are_taken_from_analysts_alone(opened, tokens):
    """Uploads are refused for other roles; Streamlit itself would accept them from any session, into memory."""
    for role in ("", "viewer", "leader", "analyst"):
        with Client(opened, tokens[role]) as client:
            client.open("upload")
            answer = ask("PUT", opened, f"/_stcore/upload_file/{client.session_id}/f1", "x" * 1000)
            # A permitted upload reaches Streamlit, which rejects the incomplete form.
            assert (answer.status == 403 and "Cần quyền nạp" in answer.content.decode()) == (role != "analyst"), role
    assert ask("PUT", opened, "/_stcore/upload_file/nobody/f1", "x").status == 403


@pytest.mark.parametrize("token", ["", "x", "../../current", "a" * 5000, "%00", "đ" * 20, "0" * 43])
def test_a_forged_cookie_is_nobody(token, opened, tokens):
    with Client(opened, cookies=f"{sessions.COOKIE}={token.encode('ascii', 'ignore').decode() or 'x'}") as client:
        assert "Trang này cần quyền" in client.open("upload").words


# --------------------------------------------------------------------------------------------- signing in


def test_signing_in_and_out_in_the_browser(opened, page):
    visit(page, f"{opened}/dossier_list?subset=open_late")
    assert "Trang này cần quyền xem và tải danh sách hồ sơ (vai trò lãnh đạo trở lên)" in page.inner_text("body")
    page.get_by_role("link", name="Đăng nhập bằng tài khoản").click()
    page.get_by_label("Tên đăng nhập").fill(NAMES["leader"])
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/dossier_list?*")
    settled(page)
    assert heading(page) == "Danh sách hồ sơ" and "subset=open_late" in page.url
    cookie = next(one for one in page.context.cookies() if one["name"] == sessions.COOKIE)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and not cookie["secure"]
    visit(page, f"{opened}/upload")
    assert f"Bạn đang đăng nhập là {NAMES['leader']}, vai trò lãnh đạo" in page.inner_text("body")
    visit(page, f"{opened}/account")
    with rerun(page):
        page.get_by_role("button", name="Đăng xuất").click()
    settled(page)
    expect(page.get_by_text("Bạn chưa đăng nhập")).to_be_visible()
    visit(page, f"{opened}/dossier_list")
    assert "Trang này cần quyền" in page.inner_text("body")


@pytest.mark.parametrize("path", ["account", "administration", "dossier_list"])
def test_these_pages_are_readable_at_every_size(path, app, opened, page):
    """For an administrator and on refused pages: no sideways scrolling, enough contrast, no English."""
    for size, address in ((SCREEN, app), (LAPTOP, opened), (PHONE, app), (PHONE, opened)):
        page.set_viewport_size(size)
        visit(page, f"{address}/{path}")
        assert page.evaluate(TOO_WIDE) == [0, 0]
        assert [one for one in seen(page) if not one["drawn"] and one["contrast"] < 4.5] == []
        untroubled(page)


def test_an_expired_session_says_so(opened, place, page):
    token = sessions.begin(place / "store", NAMES["leader"], "password", _mark(place, NAMES["leader"]), 1e-9)
    page.context.add_cookies([{"name": sessions.COOKIE, "value": token, "url": opened}])
    visit(page, f"{opened}/dossier_list")
    assert "Phiên đăng nhập đã hết hạn" in page.inner_text("body") and "Trang này cần quyền" in page.inner_text("body")


def _mark(place: Path, name: str) -> str:
    users = tomllib.loads((place / "open.toml").read_text(encoding="utf-8"))["access"]["users"]
    return accounts.mark_of(settings.Account(name, Role.LEADER, users[name]["hash"]))


def test_guessing_is_slowed_down(place, tmp_path):
    """After five wrong passwords even the right one must wait; another name from another address need not."""
    with served(place, tmp_path / "server.log", "open") as address:
        for _ in range(5):
            answer = post(address, "/sign-in", {"name": NAMES["leader"], "password": "sai"})
            assert answer.status == 401 and "không đúng" in answer.content.decode()
        answer = post(address, "/sign-in", {"name": NAMES["leader"], "password": PASSWORD})
        assert answer.status == 429 and "Chờ 5 phút" in answer.content.decode() and "Set-Cookie" not in answer.headers
        assert post(address, "/sign-in", {"name": NAMES["analyst"], "password": PASSWORD}).status == 303
        for number in range(15):
            post(address, "/sign-in", {"name": f"ai-do-{number}", "password": "sai"})
        assert post(address, "/sign-in", {"name": NAMES["admin"], "password": PASSWORD}).status == 429
    failed = [said for said in audit.events(place / "store") if said["event"] == "sign_in_failed"]
    assert {said["who"] for said in failed} >= {NAMES["leader"], "tên lạ"} and all(
        "ai-do" not in str(one) for one in failed
    )


def test_attempts_are_counted_by_name_and_address():
    throttle = Throttle()
    for number in range(5):
        throttle.failed("lan", "10.0.0.1")
        assert number == 4 or throttle.check("lan", "10.0.0.1") is None
    with pytest.raises(TooMany):
        throttle.check("lan", "10.0.0.1")
    throttle.check("lan", "10.0.0.2")
    throttle.check("an", "10.0.0.1")
    for number in range(15):
        throttle.failed(f"x{number}", "10.0.0.1")
    with pytest.raises(TooMany):
        throttle.check("an", "10.0.0.1")
    for number in range(45):
        throttle.failed("lan", f"10.0.1.{number}")
    with pytest.raises(TooMany):
        throttle.check("lan", "10.9.9.9")


@pytest.mark.parametrize(
    ("sent", "status"),
    [({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "cross-site", "Origin": ""}, 403)],
)  # fmt: skip
def test_a_form_of_another_site_is_refused(sent, status, opened):
    answer = post(opened, "/sign-in", {"name": NAMES["leader"], "password": PASSWORD}, **sent)
    assert answer.status == status and "Set-Cookie" not in answer.headers


def test_an_endless_form_is_refused(opened):
    assert post(opened, "/sign-in", {"name": "a" * 10_000, "password": "b"}).status == 413


def test_too_many_fields_are_refused(opened):
    assert post(opened, "/sign-in", {f"f{number}": "x" for number in range(12)}).status == 413


def test_signing_in_again_ends_the_session_before(opened, place):
    first = sign_in(opened, NAMES["viewer"], PASSWORD)
    fields = {"name": NAMES["viewer"], "password": PASSWORD}
    assert post(opened, "/sign-in", fields, Cookie=f"{sessions.COOKIE}={first}").status == 303
    assert sessions.find(place / "store", first) is None


CLAIMS = {"is_logged_in": True, "email": "Lan@huyen.example", "email_verified": True, "sub": "7"}


@pytest.mark.parametrize(
    ("changes", "role"),
    [
        ({}, Role.LEADER),
        ({"email_verified": "false"}, Role.NOBODY),
        ({"email_verified": None}, Role.NOBODY),
        ({"is_logged_in": False}, Role.NOBODY),
        ({"iat": None}, Role.NOBODY),
        ({"iat": "now"}, Role.NOBODY),
        ({"iat": -36_001}, Role.NOBODY),
        ({"roles": ["x", "chuyen-vien"]}, Role.ANALYST),
        ({"roles": "chuyen-vien", "email": "ai@khac.example"}, Role.ANALYST),
        ({"roles": {"chuyen-vien": 1}}, Role.LEADER),
    ],
)
def test_what_a_provider_says(changes, role, tmp_path):
    """Roles come from the claim or from the list of verified addresses, while the session lasts."""
    known = settings.Settings(
        anonymous=Role.NOBODY, people={"lan@huyen.example": Role.LEADER}, claims={"chuyen-vien": Role.ANALYST},
        auth={"client_id": "x"},
    )  # fmt: skip
    now = int(time.time())
    claims = {"iat": now} | CLAIMS | changes
    if isinstance(changes.get("iat"), int):
        claims["iat"] = now + changes["iat"]
    assert user_of(known, tmp_path, None, claims).role is role
    sessions.sign_out(tmp_path, "lan@huyen.example")
    assert user_of(known, tmp_path, None, CLAIMS | {"iat": now - 5}).role is Role.NOBODY
    assert user_of(known, tmp_path, None, CLAIMS | {"iat": now + 5}).role is Role.LEADER


def test_a_session_that_ran_out_does_not_hide_a_provider(tmp_path):
    known = settings.Settings(anonymous=Role.NOBODY, people={"lan@huyen.example": Role.LEADER}, auth={"client_id": "x"})
    token = sessions.begin(tmp_path, "an", "password", "m", 1e-9)
    time.sleep(0.01)
    assert user_of(known, tmp_path, token, {}).expired
    found = user_of(known, tmp_path, token, CLAIMS | {"iat": int(time.time())})
    assert (found.role, found.expired, found.means) == (Role.LEADER, False, "provider")


@pytest.mark.slow
def test_many_guesses_at_once_are_no_more_than_five(secrets):
    known = settings.Settings(users={"lan": settings.Account("lan", Role.LEADER, accounts._hasher.hash(PASSWORD))})
    outcomes = []

    def guess() -> None:
        try:
            outcomes.append(accounts.identify(known, "lan", "sai", "2001:db8::1"))
        except TooMany:
            outcomes.append("wait")

    together = [threading.Thread(target=guess) for _ in range(12)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert 5 <= outcomes.count(None) <= 6 and outcomes.count("wait") >= 6
    with pytest.raises(TooMany):  # all these addresses belong to the same network
        accounts.identify(known, "lan", PASSWORD, "2001:db8::ffff")


def test_signing_in_leads_nowhere_else(opened):
    for there in ("//evil.example", "https://evil.example/", "/\\evil.example", "/a\nb", "javascript:alert(1)"):
        assert wanted(there) == "/"
    fields = {"name": NAMES["viewer"], "password": PASSWORD}
    assert post(opened, "/sign-in?next=https%3A%2F%2Fevil.example", fields).headers["Location"] == "/"
    page = ask("GET", opened, "/sign-in?next=%22%3E%3Cscript%3E").content.decode()
    assert "<script" not in page


def test_the_first_analyst_comes_with_a_code_from_the_console(demo_store, tmp_path, page):
    """A one-time code is printed at the start, works once, and is gone when there are users."""
    store, secrets = shutil.copytree(demo_store, tmp_path / "store"), tmp_path / "secrets.toml"
    log = tmp_path / "server.log"
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(store), DASHBOARD_SECRETS=str(secrets)) as address:
        code = re.search(r"(?:[A-Z2-9]{5}-){3}[A-Z2-9]{5}", log.read_text(encoding="utf-8"))[0]
        assert code not in "".join(path.read_text(errors="ignore") for path in sessions.folder(store).iterdir())
        page.goto(f"{address}/sign-in?next=/upload")
        assert page.get_by_label("Mật khẩu").count() == 0
        page.get_by_label("Mã", exact=True).fill(code.lower())
        page.get_by_role("button", name="Dùng mã").click()
        page.wait_for_url("**/upload")
        settled(page)
        expect(page.get_by_role("tab", name="Tệp mới")).to_be_visible()
        assert post(address, "/sign-in", {"code": code}).status == 401
        add(secrets, "an", "analyst")
        visit(page, f"{address}/upload")
        assert "Trang này cần quyền" in page.inner_text("body")
        page.goto("about:blank")  # an open page would report that its server is gone
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(store), DASHBOARD_SECRETS=str(secrets)) as address:
        assert "dùng một lần" not in log.read_text(encoding="utf-8")
        assert "Mã dùng một lần" not in ask("GET", address, "/sign-in").content.decode()


def test_a_code_is_good_for_one(tmp_path):
    code = sessions.issue_code(tmp_path)
    assert not sessions.redeem(tmp_path, "AAAAA-AAAAA-AAAAA-AAAAA")
    let_in = []
    together = [threading.Thread(target=lambda: let_in.append(sessions.redeem(tmp_path, code))) for _ in range(8)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert let_in.count(True) == 1 and not sessions.code_pending(tmp_path)
    old, new = sessions.issue_code(tmp_path), sessions.issue_code(tmp_path)
    assert not sessions.redeem(tmp_path, old) and sessions.redeem(tmp_path, new)


def test_sessions(tmp_path):
    token = sessions.begin(tmp_path, "lan", "password", "m", 1)
    assert sessions.find(tmp_path, token).name == "lan" and not sessions.find(tmp_path, token).expired
    kept = list(sessions.folder(tmp_path).iterdir())
    assert token not in kept[0].name + kept[0].read_text() and kept[0].stat().st_mode & 0o077 == 0
    kept[0].write_text("{")
    assert sessions.find(tmp_path, token) is None
    token = sessions.begin(tmp_path, "lan", "password", "m", 1e-9)
    time.sleep(0.01)
    assert sessions.find(tmp_path, token).expired
    sessions.end(tmp_path, token)
    assert sessions.find(tmp_path, token) is None


# ---------------------------------------------------------------------------------- settings and accounts


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[access", "TOML"),
        ('[access]\nanonymous = "chef"', "anonymous"),
        ("[access]\nsession_hours = 0", "session_hours"),
        ('[access]\nsession_hours = "mười"', "session_hours"),
        ("[access]\nanonymos = 1", "anonymos"),
        ('[access.users.lan]\nrole = "leader"', "thiếu hash"),
        ('[access.users.lan]\nrole = "x"\nhash = "$argon2id$"', "users.lan.role"),
        ('[access.people]\n"a@b" = "boss"', "people.a@b"),
    ],
)
def test_a_bad_secrets_file_says_where(text, says, secrets):
    secrets.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings, match=re.escape(says)):
        settings.load()


def test_without_a_secrets_file_anyone_may_view(secrets):
    known = settings.load()
    assert known.anonymous is Role.VIEWER and not known.can_sign_in


def test_users_from_the_command_line(secrets, capsys, monkeypatch):
    secrets.write_text("# của văn phòng\n[access]\nsession_hours = 8\n[auth]\nx = 1\n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: PASSWORD + "\n", raising=False)
    assert main(["add-user", "lan", "--role", "leader"]) == 0
    text = secrets.read_text(encoding="utf-8")
    assert text.startswith("# của văn phòng") and PASSWORD not in text and "$argon2id$" in text
    assert secrets.stat().st_mode & 0o077 == 0
    known = settings.load()
    assert (known.session_hours, known.auth, known.users["lan"].role) == (8, {"x": 1}, Role.LEADER)
    assert accounts.identify(known, " LAN ", PASSWORD, "t1").name == "lan"
    assert accounts.identify(known, "lan", PASSWORD + "x", "t1") is None
    assert accounts.identify(known, "nobody", PASSWORD, "t1") is None
    assert main(["users"]) == 0 and "Lãnh đạo" in capsys.readouterr().out
    assert main(["remove-user", "lan"]) == 0 and settings.load().users == {}
    assert main(["remove-user", "lan"]) == 2 and "Không có người dùng" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.readline", lambda: "ngắn\n", raising=False)
    assert main(["add-user", "lan"]) == 2
    for name in ("", "Lan", "../x", "a b", "a" * 41):
        with pytest.raises(BadAccount):
            accounts.add_user(name, "viewer", PASSWORD)


def test_roles_are_ordered():
    for role in ROLES.values():
        user = User("x", role)
        assert {name for name, right in RIGHTS.items() if user.may(name)} == {
            name for name, right in RIGHTS.items() if right.least <= role
        }
    with pytest.raises(KeyError):
        User("x", Role.ADMIN).may("fly")


# ------------------------------------------------------------------------------------------------- the log


def test_every_change_of_the_data_is_in_the_log(secrets, tmp_path):
    store = tmp_path / "store"
    outcome = publish([write(tmp_path / "a.csv", [sound("dossier")])], store=store, who="an")
    header, row, *_ = (ROOT / "data" / "reference" / "setting.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "s.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    publish([tmp_path / "s.csv"], store=store, who="an")
    withdraw(outcome.uploads[0]["id"], store=store, who="lan")
    said = audit.events(store)
    assert [(one["event"], one["who"]) for one in said] == [("publish", "an"), ("settings", "an"), ("withdraw", "lan")]
    assert said[0]["file"] == "a.csv" and said[0]["rows"] == 1 and said[2]["upload"] == outcome.uploads[0]["id"]
    assert audit.broken_lines(store) == []
    assert audit.details(said[0]).startswith("tệp a.csv, bảng dossier, số dòng 1, lần nạp u000001-")
    assert not {key for one in said for key in one} & {"applicant", "phone", "address", "value"}


def test_the_log_cannot_be_changed_unnoticed(tmp_path, capsys, monkeypatch):
    for number in range(4):
        audit.record(tmp_path, "sign_in", f"u{number}")
    path = tmp_path / audit.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    assert audit.broken_lines(tmp_path) == []
    path.write_bytes(b"".join([lines[0], lines[1].replace(b"u1", b"u9"), *lines[2:]]))
    assert audit.broken_lines(tmp_path) == [3]
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path))
    assert main(["log"]) == 4 and "ở dòng 3" in capsys.readouterr().err
    path.write_bytes(b"".join([lines[0], *lines[2:]]))
    assert audit.broken_lines(tmp_path) == [2]
    path.write_bytes(b"".join(lines)[:-20])
    assert audit.broken_lines(tmp_path) == [4]
    audit.record(tmp_path, "sign_in", "after")  # a cut line does not affect the lines after it
    assert audit.events(tmp_path)[-1]["who"] == "after" and len(audit.events(tmp_path)) == 4
    with pytest.raises(KeyError):
        audit.record(tmp_path, "fly", "x")
    with pytest.raises(KeyError):
        audit.record(tmp_path, "sign_in", "x", phone="1")


# Lines that are JSON but not events: each would break the page with the log, or its download.
NO_EVENTS = [
    "3", "[]", "null", '"x"', "{}", '{"at": 5}', "", "[" * 100_000, "1" * 5000,
    '{"at": "2024-01-01T00:00:00+00:00", "who": "an"}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": "sign_in"}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": ["sign_in"], "who": "an"}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": "sign_in", "who": {"a": 1}}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": "sign_in", "who": 5}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": "publish", "who": "an", "rows": [1]}',
    '{"at": "hôm qua", "event": "sign_in", "who": "an"}',
    '{"at": "0001-01-01T00:00:00+14:00", "event": "sign_in", "who": "an"}',
    '{"at": "9999-12-31T23:59:59+00:00", "event": "sign_in", "who": "an"}',
    '{"at": "2024-01-01T00:00:00+00:00", "event": "sign_in", "who": "\\ud800"}',
]  # fmt: skip


def test_a_line_that_is_no_event_is_named_and_the_rest_is_shown(tmp_path, monkeypatch, capsys):
    from streamlit.testing.v1 import AppTest

    audit.record(tmp_path, "sign_in", "trước")
    path = tmp_path / audit.FILE
    for text in NO_EVENTS:
        last = path.read_bytes().splitlines()[-1]
        if text.endswith("}") and len(text) > 2:  # the hash of the previous line is right; only the content is wrong
            text = f'{text[:-1]}, "previous": "{hashlib.sha256(last).hexdigest()}"}}'
        path.write_bytes(path.read_bytes() + text.encode() + b"\n")
    audit.record(tmp_path, "sign_in", "sau")
    assert [said["who"] for said in audit.events(tmp_path)] == ["trước", "sau"]
    assert audit.broken_lines(tmp_path) == list(range(2, len(NO_EVENTS) + 2))
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path))
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "open.toml"))
    (tmp_path / "open.toml").write_text('[access]\nanonymous = "admin"\n')
    page = (
        AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=120).switch_page("pages/administration.py").run()
    )
    assert not page.exception
    (said,) = [error.value for error in page.error]
    assert said.startswith("Nhật ký bị sửa, mất hoặc cụt dòng, thấy ở dòng 2, 3, 4,")
    assert [list(table.value["Ai"]) for table in page.dataframe if "Ai" in table.value and "Việc" in table.value] == [
        ["sau", "trước"]
    ]
    assert main(["log"]) == 4 and "trước" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["access = 3", "[access]\nhosts = 5", "[access]\npeople = 'x'", "[access]\nusers = []",
                                  "[access]\nanonymous = ['viewer']", "auth = 5"])  # fmt: skip
def test_settings_of_another_kind_are_bad_settings(secrets, text):
    """Values of the wrong type raise BadSettings, which every page handles."""
    secrets.write_text(text)
    with pytest.raises(BadSettings):
        settings.load()


def test_the_log_takes_many_at_once(tmp_path):
    together = [
        threading.Thread(target=lambda n=n: [audit.record(tmp_path, "sign_in", f"{n}-{i}") for i in range(10)])
        for n in range(6)
    ]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert len({one["who"] for one in audit.events(tmp_path)}) == 60 and audit.broken_lines(tmp_path) == []


def test_the_admin_sees_the_log(opened, tokens, place):
    with Client(opened, tokens["leader"]) as client:
        client.download(client.open("discipline").downloads["Tải bảng có mã cán bộ"])
    with Client(opened, tokens["admin"]) as client:
        shown = client.open("administration")
        log = client.download(shown.downloads["Tải nhật ký"]).content.decode("utf-8-sig")
    assert f"{NAMES['leader']},Tải bảng có mã cán bộ" in log and NAMES["analyst"] in shown.words
    assert "Nhật ký bị sửa" not in shown.words and f"phiên bản **{version()}**" in shown.words


# -------------------------------------------------------------------------------- before every request


def test_security_headers(opened):
    for path in ("/", "/sign-in", "/healthz", "/_stcore/health", "/app/static/icon.png", "/no-such-page"):
        answer = ask("GET", opened, path)
        for name, value in HEADERS.items():
            assert answer.headers.get_all(name) == [value], (path, name)
    assert "Strict-Transport-Security" not in answer.headers  # plain http on the office network


def test_health(opened, tmp_path, demo_store):
    said = json.loads(ask("GET", opened, "/healthz").content)
    assert said["status"] == "ok" and said["snapshot"] == "s000001" and said["age_seconds"] >= 0
    assert said["as_of"] == "2024-12-31" and said["version"] == version()


def test_strange_hosts_are_refused(place, tmp_path):
    listed = tmp_path / "hosts.toml"
    listed.write_text('[access]\nhosts = ["Bang.hamthuanbac.vn"]\n', encoding="utf-8")
    with serve(
        ROOT / "server.py", tmp_path / "server.log", DASHBOARD_STORE=str(place / "store"), DASHBOARD_SECRETS=str(listed)
    ) as address:
        assert ask("GET", address, "/healthz").status == 200  # this machine's own names are always allowed
        assert ask("GET", address, "/healthz", Host="bang.hamthuanbac.vn:443").status == 200
        for host in ("evil.example", "bang.hamthuanbac.vn.evil.example", "evil.example:8501"):
            assert ask("GET", address, "/healthz", Host=host).status == 400


def test_a_websocket_of_another_site_is_refused(opened, tokens):
    for origin in ("http://evil.example", "null", f"{opened}.evil.example"):
        with pytest.raises(InvalidStatus) as refused, Client(opened, tokens["admin"], origin=origin):
            pass
        assert refused.value.response.status_code == 403


def test_store_and_secrets_are_not_served(opened, place):
    for path in (
        "/data/store/current", "/.streamlit/secrets.toml", "/app/static/../../.streamlit/config.toml", "/app/static/%2e%2e/server.py",
        "/app/static/..%2f..%2fdata%2fstore%2fcurrent", "/media/../data/store/current", "//etc/passwd", "/app/static//etc/passwd",
    ):  # fmt: skip
        answer = ask("GET", opened, path)
        text = answer.content.decode("utf-8", "replace")
        assert answer.status in (400, 403, 404) or "<title>Streamlit" in text or 'id="root"' in text, path
        assert "s000001" not in text and "primaryColor" not in text and "import" not in text.partition("<")[0]


def test_logs_hold_no_query(place, opened):
    ask("GET", opened, "/dossier_list?search=NGUYEN+VAN+A")
    with Client(opened) as client:
        client.open("", "search=NGUYEN VAN A")
    logged = (place / "open.log").read_text(encoding="utf-8")
    assert "NGUYEN" not in logged and PASSWORD not in logged
    line = next(json.loads(line) for line in logged.splitlines() if '"/dossier_list"' in line)
    assert (line["message"], line["method"], line["status"]) == ("request", "GET", 200)


def test_a_broken_secrets_file_lets_nobody_in(place, tmp_path):
    path = tmp_path / "secrets.toml"
    path.write_text('[access]\nanonymous = "viewer"\n', encoding="utf-8")
    log = tmp_path / "server.log"
    try:
        with serve(
            ROOT / "server.py", log, DASHBOARD_STORE=str(place / "store"), DASHBOARD_SECRETS=str(path)
        ) as address:
            with Client(address) as client:
                assert "Trang này cần quyền" not in client.open("").words
            path.write_text("[access\n", encoding="utf-8")
            with Client(address) as client:
                assert "Trang này cần quyền" in client.open("").words
            assert ask("GET", address, "/sign-in").status == 503
    except AssertionError as error:  # serve() fails because the log contains the error
        assert "The server logged a traceback" in str(error)
