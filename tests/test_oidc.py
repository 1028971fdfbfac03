"""Signing in with a certified OpenID provider, started here, in a browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from access import audit
from tests.browser import ROOT, free_port, serve, settled, visit
from tests.test_browser import heading

PROVIDER = ROOT / "tests" / "oidc"
ROLES = {"lan": ["cchc-leader"], "an": ["khac", "cchc-analyst"], "moi": ["khac"], "gia-mao": []}


def node() -> str:
    """Node.js with npm; without them the test is skipped, or fails if REQUIRE_NODE is 1."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        if os.environ.get("REQUIRE_NODE") == "1":
            pytest.fail("Node.js with npm is not installed (REQUIRE_NODE=1)", pytrace=False)
        pytest.skip("Node.js with npm is not installed")
    return "node"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory) -> Path:
    """The secrets file of this module's app."""
    return tmp_path_factory.mktemp("oidc") / "secrets.toml"


def write_secrets(path: Path, issuer: str, app: str, hours: float = 10) -> None:
    """The secrets file of an office that uses its province's identity provider."""
    path.write_text(
        f"""[access]
anonymous = ""
session_hours = {hours}
[access.claims]
cchc-leader = "leader"
cchc-analyst = "analyst"
[access.people]
"quan-tri@huyen.example" = "admin"
"gia-mao@huyen.example" = "admin"
[auth]
redirect_uri = "{app}/oauth2callback"
cookie_secret = "{"k" * 40}"
client_id = "dashboard"
client_secret = "{"s" * 40}"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid email profile roles", prompt = "login" }}
""",
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def app(secrets, demo_store, shared) -> Iterator[tuple[str, str, Path]]:
    """The addresses of the app and of the provider, and the app's store."""
    runtime, ports = node(), (free_port(), free_port())
    app, issuer = (f"http://127.0.0.1:{port}" for port in ports)

    def install(folder: Path) -> None:
        for file in ("package.json", "package-lock.json", "provider.js"):
            shutil.copy(PROVIDER / file, folder)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, check=True, capture_output=True)

    folder = shared("oidc_provider", install)
    arguments = [str(ports[1]), "dashboard", "s" * 40, f"{app}/oauth2callback", json.dumps(ROLES)]
    store = shutil.copytree(demo_store, secrets.parent / "store")
    write_secrets(secrets, issuer, app)
    with subprocess.Popen([runtime, "provider.js", *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as provider:  # fmt: skip
        try:
            assert provider.stdout.readline().strip() == "ready"
            with serve(
                ROOT / "server.py",
                secrets.with_name("server.log"),
                port=ports[0],
                DASHBOARD_STORE=str(store),
                DASHBOARD_SECRETS=str(secrets),
            ):
                yield app, issuer, store
        finally:
            provider.kill()


@pytest.fixture
def visitor(app, page, complaints) -> Iterator[Page]:
    """A page that may visit the provider's forms, which request an icon and a font from the internet."""
    yield page
    complaints[:] = [said for said in complaints if app[1] not in said and "fonts.googleapis.com" not in said]


def sign_in(page: Page, address: str, name: str) -> None:
    """Sign in from the account page through the provider's forms."""
    visit(page, f"{address}/account")
    page.get_by_role("button", name="Đăng nhập").click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("x")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{address}/**")
    settled(page)


def test_nobody_sees_anything_before_signing_in(app, visitor):
    visit(visitor, app[0])
    assert "Trang này cần quyền" in visitor.inner_text("body") and "MÔ PHỎNG" not in visitor.inner_text("body")


@pytest.mark.parametrize(
    ("name", "role", "opens"),
    [("lan", "lãnh đạo", {"dossier_list"}), ("an", "chuyên viên", {"dossier_list", "upload"}),
     ("quan-tri", "quản trị", {"dossier_list", "upload", "administration"})],
)  # fmt: skip
def test_signed_in_with_a_role(name, role, opens, app, visitor):
    """The role comes from a claim value, the highest of several, or the list of addresses; signing out ends it."""
    address, _, store = app
    sign_in(visitor, address, name)
    visit(visitor, f"{address}/account")
    # An invisible character keeps an address from becoming a link.
    expect(visitor.get_by_text(re.compile(f"Đăng nhập là {name}@.?huyen.example, vai trò {role}"))).to_be_visible()
    for path in ("dossier_list", "upload", "administration"):
        visit(visitor, f"{address}/{path}")
        assert ("Trang này cần quyền" in visitor.inner_text("body")) == (path not in opens), path
    visit(visitor, f"{address}/account")
    visitor.get_by_role("button", name="Đăng xuất").click()
    visitor.get_by_role("button", name="Yes, sign me out").click()  # the provider asks for its own sign-out
    visitor.wait_for_url(f"{address}/**")
    visit(visitor, f"{address}/dossier_list")
    assert heading(visitor) == "Danh sách hồ sơ" and "Trang này cần quyền" in visitor.inner_text("body")
    assert audit.events(store)[-1]["event"] == "sign_out" and audit.events(store)[-1]["who"] == f"{name}@huyen.example"


@pytest.mark.parametrize("name", ["moi", "gia-mao"])
def test_signed_in_without_a_role(name, app, visitor):
    """An account unknown to the office, or with an unverified address, has no rights."""
    address, *_ = app
    sign_in(visitor, address, name)
    visit(visitor, address)
    text = visitor.inner_text("body")
    assert "Trang này cần quyền" in text and "Bạn đang đăng nhập là" in text and "MÔ PHỎNG" not in text


def test_a_session_runs_out(app, secrets, visitor):
    address, issuer, _ = app
    sign_in(visitor, address, "lan")
    visit(visitor, f"{address}/dossier_list")
    assert "Trang này cần quyền" not in visitor.inner_text("body")
    write_secrets(secrets, issuer, address, hours=0.0001)
    try:
        visit(visitor, f"{address}/dossier_list")
        text = visitor.inner_text("body")
        assert "Phiên đăng nhập đã hết hạn" in text and "Trang này cần quyền" in text
    finally:
        write_secrets(secrets, issuer, address)


def test_a_forged_identity_is_nobody(app, visitor):
    """A Streamlit cookie signed with another secret, or unsigned, is ignored."""
    address, *_ = app
    for forged in ("2|1:0|10:1700000000|15:_streamlit_user|4:e30=|" + "0" * 64, "e30="):
        visitor.context.add_cookies([{"name": "_streamlit_user", "value": forged, "url": address}])
        visit(visitor, f"{address}/upload")
        assert "Trang này cần quyền" in visitor.inner_text("body")
