"""A revoked right has effect at once: a download button on an open page then gives nothing.

In each case session, password and name stay the same; only the role is lowered.
"""

from __future__ import annotations

import os
import shutil
import time
from itertools import count
from pathlib import Path

import pytest

from access import UNNAMED, audit, sessions, settings
from access.accounts import mark_of
from access.people import user_of
from serve import downloads
from tests.browser import ROOT, serve
from tests.wire import Client
from ui import identity

SECRET = "H11.16.01-240304-0001 của người dân".encode()
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRzYWx0$0123456789abcdef0123456789abcdef"
# The rights of downloads with event and lowest role, and the next lower role.
DOWNLOADS = {
    "dossiers": ("export_dossiers", "leader", "viewer"),
    "officers": ("export_officers", "leader", "viewer"),
    "upload": ("export_rejects", "analyst", "leader"),
    "administer": ("export_audit", "admin", "analyst"),
}
_ticks = count(1)


@pytest.fixture
def secrets(tmp_path, monkeypatch) -> Path:
    """The test's own secrets file and store."""
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "secrets.toml"))
    monkeypatch.setenv("DASHBOARD_STORE", str(tmp_path / "store"))
    return tmp_path / "secrets.toml"


def put(path: Path, text: str) -> None:
    """Write the file with a new modification time, so that it is read again."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time(), time.time() + next(_ticks)))


def local(role: str, anonymous: str = "viewer") -> str:
    """A secrets file with one user of that role; the password never changes."""
    return f'[access]\nanonymous = "{anonymous}"\n[access.users.lan]\nrole = "{role}"\nhash = "{HASH}"\n'


def provided(people: str = "", claims: str = "") -> str:
    """A secrets file of an office that uses its province's identity provider."""
    listed = f'[access.people]\n"lan@huyen.example" = "{people}"\n' if people else ""
    mapped = f'[access.claims]\ncchc = "{claims}"\n' if claims else ""
    return f'[access]\nanonymous = "viewer"\n{listed}{mapped}[auth]\nclient_id = "x"\n'


def token(store: Path) -> str:
    """A session token of the local user."""
    account = settings.load().users["lan"]
    return sessions.begin(store, "lan", "password", mark_of(account), 1)


def claims(**more: object) -> dict[str, object]:
    """The claims of a user who has just signed in."""
    said = {"is_logged_in": True, "email": "lan@huyen.example", "email_verified": True, "sub": "7", "roles": ["cchc"]}
    return said | {"iat": int(time.time())} | more


def button(right: str, asking: tuple, monkeypatch) -> downloads.Offer:
    """The download button of a page drawn for this user."""
    store = Path(os.environ["DASHBOARD_STORE"])
    monkeypatch.setattr(identity, "_asking", lambda: asking)
    monkeypatch.setattr(identity, "_of_identity", lambda cookies: {})  # the request comes from the same browser
    user = user_of(settings.load(), store, *asking)
    assert user.may(right)

    def record(facts: dict[str, str | int]) -> bool:
        return audit.record(store, DOWNLOADS[right][0], user.name, **facts)

    may_have = identity.asked_again(user, right)
    return downloads.Offer("session", "x", "text/plain", lambda out: out.write(SECRET), may_have, record)


def pressed(made: downloads.Offer) -> bytes:
    """The result of pressing the button: the file, or the sentence of a refusal."""
    try:
        return b"".join(downloads._made(made, {}).parts())
    except downloads.Refused as refusal:
        assert refusal.status == 403
        return refusal.says.encode()


def exports(right: str) -> int:
    """The number of such downloads in the log."""
    return sum(said["event"] == DOWNLOADS[right][0] for said in audit.events(Path(os.environ["DASHBOARD_STORE"])))


def given(made: downloads.Offer, right: str) -> None:
    """The protected bytes are sent and the download is logged."""
    before = exports(right)
    assert pressed(made) == SECRET
    assert exports(right) == before + 1


def refused(made: downloads.Offer, right: str) -> None:
    """No protected bytes are sent and no download is logged."""
    before = exports(right)
    content = pressed(made)
    assert SECRET not in content and b"H11" not in content
    assert exports(right) == before


@pytest.mark.parametrize("right", DOWNLOADS)
def test_a_local_users_role_lowered_in_the_file(right, secrets, tmp_path, monkeypatch):
    """The password hash stays, and so does the session."""
    _, least, lower = DOWNLOADS[right]
    put(secrets, local(least))
    mine = token(tmp_path / "store")
    made = button(right, (mine, {}), monkeypatch)
    given(made, right)
    put(secrets, local(lower))
    refused(made, right)
    assert user_of(settings.load(), tmp_path / "store", mine, {}).name == "lan"  # still signed in
    put(secrets, local(least))
    given(made, right)


@pytest.mark.parametrize("right", DOWNLOADS)
@pytest.mark.parametrize("by", ["people", "claims"])
def test_a_providers_user_lowered_in_the_file(by, right, secrets, monkeypatch):
    """Lowered in the list of addresses, or in the role of a claim value."""
    _, least, lower = DOWNLOADS[right]
    put(secrets, provided(**{by: least}))
    made = button(right, (None, claims()), monkeypatch)
    given(made, right)
    put(secrets, provided(**{by: lower}))
    refused(made, right)
    put(secrets, provided())
    refused(made, right)


@pytest.mark.parametrize("right", DOWNLOADS)
def test_the_higher_of_two_roles_taken_away(right, secrets, monkeypatch):
    """The remaining role of the address is too low."""
    _, least, lower = DOWNLOADS[right]
    put(secrets, provided(people=lower, claims=least))
    made = button(right, (None, claims()), monkeypatch)
    given(made, right)
    put(secrets, provided(people=lower))
    refused(made, right)


@pytest.mark.parametrize("right", ["dossiers", "officers"])
def test_what_anybody_may_do_made_less(right, secrets, monkeypatch):
    """The role of anonymous users is lowered."""
    put(secrets, local("admin", anonymous="leader"))
    made = button(right, (None, {}), monkeypatch)
    given(made, right)
    assert audit.events(Path(os.environ["DASHBOARD_STORE"]))[-1]["who"] == UNNAMED
    put(secrets, local("admin", anonymous="viewer"))
    refused(made, right)


@pytest.mark.parametrize("right", DOWNLOADS)
def test_a_session_that_is_over(right, secrets, tmp_path, monkeypatch):
    """Signed out here, signed out at the provider, removed from the file, or an unreadable file."""
    _, least, _ = DOWNLOADS[right]
    put(secrets, local(least))
    mine = token(tmp_path / "store")
    made = button(right, (mine, {}), monkeypatch)
    put(secrets, '[access]\nanonymous = "viewer"\n')
    refused(made, right)
    put(secrets, "[access\n")
    refused(made, right)
    put(secrets, local(least))
    given(made, right)
    sessions.end(tmp_path / "store", mine)
    refused(made, right)
    put(secrets, provided(people=least))
    earlier = claims(iat=int(time.time()) - 5)
    made = button(right, (None, earlier), monkeypatch)
    given(made, right)
    sessions.sign_out(tmp_path / "store", "lan@huyen.example")
    refused(made, right)


def test_somebody_else_with_the_same_right(secrets, tmp_path, monkeypatch):
    """A page drawn for one user gives nothing under another user's name: one session ends, a provider's remains."""
    put(secrets, local("leader") + '[access.people]\n"an@huyen.example" = "leader"\n[auth]\nclient_id = "x"\n')
    mine, other = token(tmp_path / "store"), claims(email="an@huyen.example", roles=[])
    made = button("dossiers", (mine, other), monkeypatch)
    given(made, "dossiers")
    sessions.end(tmp_path / "store", mine)
    assert user_of(settings.load(), tmp_path / "store", mine, other).may("dossiers")
    refused(made, "dossiers")


def test_a_role_lowered_while_the_page_is_open(small_district, tmp_path):
    """The same with a real server: the leader's list is drawn, the role is lowered, the button is pressed."""
    store = shutil.copytree(small_district.store, tmp_path / "store")
    path = tmp_path / "secrets.toml"
    put(path, local("leader"))
    account = settings.Account("lan", settings.ROLES["leader"], HASH)
    mine = sessions.begin(store, "lan", "password", mark_of(account), 1)
    places = {"DASHBOARD_STORE": str(store), "DASHBOARD_SECRETS": str(path)}
    with serve(ROOT / "server.py", tmp_path / "server.log", **places) as address, Client(address, mine) as client:
        file_id = client.open("dossier_list").downloads["Tải cả danh sách"]
        assert client.download(file_id).content.startswith("\ufeffMã hồ sơ".encode())
        put(path, local("viewer"))
        answer = client.download(file_id)
        assert answer.status == 403
        assert "Mã hồ sơ".encode() not in answer.content and b"23059." not in answer.content
        assert "Trang này cần quyền" in client.open("dossier_list").words
    assert [said["event"] for said in audit.events(store)].count("export_dossiers") == 1
