"""The app behind nginx with deploy/nginx.conf, in a browser and by HTTP: TLS, websockets, uploads, cookies, headers."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from access import accounts, audit
from serve.guard import HEADERS
from tests.browser import ROOT, free_port, open_page, rerun, serve, settled, visit
from tests.test_browser import pick
from tests.test_check import sound, write

pytestmark = pytest.mark.browser
CONFIGURATION = ROOT / "deploy" / "nginx.conf"
NAME, PASSWORD = "lan", "mật khẩu dài của lan"
CLIENT = "127.0.0.2"  # different from nginx's own address towards the app
# The nginx configuration around a file of sites-enabled, for a user without root, in the test's folder.
AROUND = """daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{}}
http {{
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    include {folder}/dashboard.conf;
}}
"""


@dataclass(frozen=True)
class Answer:
    """An HTTP response."""

    status: int
    headers: Message
    content: bytes


@dataclass(frozen=True)
class Site:
    """The app behind nginx: its store and nginx's ports."""

    store: Path
    http: int
    https: int

    @property
    def address(self) -> str:
        """The address for the browser."""
        return f"https://localhost:{self.https}"

    def get(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        """One request over TLS from CLIENT; redirects are not followed."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.https, context=_trusting(), timeout=20, source_address=(CLIENT, 0)
        )
        with closing(connection):
            connection.request(method, path, body or None, {"Host": f"localhost:{self.https}", **headers})
            with connection.getresponse() as said:
                content = b"" if said.status == 101 else said.read()
                return Answer(said.status, said.headers, content)


def _trusting() -> ssl.SSLContext:
    """An SSL context that trusts the test's certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _tool(name: str) -> str:
    """A program of the machine; without it the tests are skipped, or fail if REQUIRE_NGINX is 1."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        if os.environ.get("REQUIRE_NGINX") == "1":
            pytest.fail(f"{name} is not installed (REQUIRE_NGINX=1)", pytrace=False)
        pytest.skip(f"{name} is not installed")
    return found


def configure(folder: Path, *upstreams: str) -> tuple[int, int]:
    """Write deploy/nginx.conf with this machine's ports, name and certificate; fails if a place is not found."""
    folder.mkdir()
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    command = [_tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*command, *subject, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    plain, secure = free_port(), free_port()
    text = CONFIGURATION.read_text(encoding="utf-8")
    for written, meant in (
        ("server 127.0.0.1:8501;", " ".join(f"server {upstream};" for upstream in upstreams)),
        ("    listen [::]:80;\n", ""),
        ("    listen [::]:443 ssl http2;\n", ""),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{secure} ssl http2;"),
        ("https://$server_name$", f"https://$server_name:{secure}$"),
        ("bang-dieu-khien.example.vn", "localhost"),
        ("/etc/ssl/dashboard/fullchain.pem", str(certificate)),
        ("/etc/ssl/dashboard/privkey.pem", str(key)),
        ("/var/log/nginx/dashboard.log", str(folder / "access.log")),
    ):
        assert written in text, written
        text = text.replace(written, meant)
    (folder / "dashboard.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    return plain, secure


@contextmanager
def running(folder: Path, port: int) -> Iterator[None]:
    """Run nginx with the configuration in the folder."""
    command = [_tool("nginx"), "-c", folder / "nginx.conf", "-e", folder / "error.log"]
    nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not _listens(port):
            if time.monotonic() > deadline or nginx.poll() is not None:
                raise RuntimeError(f"nginx did not start:\n{(folder / 'error.log').read_text(encoding='utf-8')}")
            time.sleep(0.05)
        yield
    finally:
        nginx.terminate()
        nginx.wait(timeout=10)


def _listens(port: int) -> bool:
    with closing(socket.socket()) as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def site(light_store, tmp_path_factory) -> Iterator[Site]:
    """A twentieth of the simulated district in a separate store, with one local user, behind nginx."""
    _tool("nginx")
    folder = tmp_path_factory.mktemp("proxy")
    store = shutil.copytree(light_store, folder / "store")
    secrets, log = folder / "secrets.toml", folder / "server.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASHBOARD_SECRETS", str(secrets))
        accounts.add_user(NAME, "analyst", PASSWORD)
    with serve(ROOT / "server.py", log, DASHBOARD_STORE=str(store), DASHBOARD_SECRETS=str(secrets)) as upstream:
        plain, secure = configure(folder / "nginx", upstream.removeprefix("http://"))
        with running(folder / "nginx", secure):
            yield Site(store, plain, secure)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that accepts the test's certificate; at the end: no request bypassed the proxy, and no script error."""
    page = open_page(browser, ignore_https_errors=True)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda asked: faults.append(asked.url) if asked.url.startswith("http:") else None)
    yield page
    page.context.close()
    assert not faults


def test_pages_over_tls(page, site):
    """The overview draws its charts over wss, and a filter change works."""
    sockets = []
    page.on("websocket", lambda opened: sockets.append(opened.url))
    visit(page, site.address)
    assert page.locator(".js-plotly-plot .main-svg").count() > 3
    assert sockets == [f"wss://localhost:{site.https}/_stcore/stream"]
    pick(page, "Loại kỳ", "Tháng")
    assert "kind=month" in page.url


def test_signed_in_and_uploaded(page, site, tmp_path):
    """A local user signs in, and a file of several MB passes nginx and Streamlit's XSRF check."""
    page.goto(f"{site.address}/sign-in?next=/upload")
    page.get_by_label("Tên đăng nhập").fill(NAME)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(f"{site.address}/upload")
    settled(page)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    session = cookies["dashboard_session"]
    assert session["secure"] and session["httpOnly"] and session["sameSite"] == "Lax"
    assert all(cookie["secure"] for name, cookie in cookies.items() if name.startswith("_streamlit"))
    path = write(tmp_path / "large.csv", [sound("dossier", number) for number in range(1, 20_001)])
    assert path.stat().st_size > 3_000_000
    answers = []
    page.on("response", lambda answer: answers.append(answer.status) if "/upload_file/" in answer.url else None)
    with rerun(page):
        page.locator("input[type=file]").set_input_files(str(path))
    assert answers == [204] and page.get_by_role("button", name="Công bố 20.000 dòng").is_visible()


def test_address_of_the_client(site):
    """The log and the limit of attempts use the client's address as seen by nginx, not a forged header."""
    wrong = {"Content-Type": "application/x-www-form-urlencoded", "X-Forwarded-For": "203.0.113.7"}
    answer = site.get("/sign-in", "POST", f"name={NAME}&password=sai", **wrong)
    assert answer.status == 401
    failed = [said for said in audit.events(site.store) if said["event"] == "sign_in_failed"]
    assert failed[-1]["address"] == CLIENT


@pytest.mark.parametrize("path", ["/", "/sign-in", "/healthz", "/app/static/icon.png"])
def test_headers_once(site, path):
    """Each security header occurs exactly once, also HSTS: the app knows that the request used TLS."""
    answer = site.get(path)
    said = [name.lower() for name in answer.headers]
    wanted = [*HEADERS, "Strict-Transport-Security", "Server", "Content-Type", "Date"]
    assert {name: said.count(name.lower()) for name in wanted} == dict.fromkeys(wanted, 1)
    assert answer.status == 200 and answer.headers["Server"] == "nginx"


def test_scripts_are_compressed_pages_are_not(site):
    """Streamlit's scripts are gzipped; a page, which may contain personal data, is not."""
    page = site.get("/", **{"Accept-Encoding": "gzip"})
    script = re.search(r'src="\./(static/js/[^"]+\.js)"', page.content.decode())[1]
    assert page.headers["Content-Encoding"] is None
    packed = site.get(f"/{script}", **{"Accept-Encoding": "gzip"})
    assert (packed.status, packed.headers["Content-Encoding"]) == (200, "gzip")


def test_http_leads_to_https(site):
    """Redirected to the same page over TLS with the site's own name, whatever the Host header is."""
    with closing(http.client.HTTPConnection("127.0.0.1", site.http, timeout=10)) as connection:
        connection.request("GET", "/ranking?year=2024", headers={"Host": "evil.example"})
        with connection.getresponse() as answer:
            assert (answer.status, answer.headers["Location"]) == (301, f"{site.address}/ranking?year=2024")


@pytest.mark.parametrize(("origin", "status"), [("{own}", 101), ("https://evil.example", 403), ("null", 403)])
def test_websocket_of_another_origin(site, origin, status):
    """Only pages of this site may open a websocket."""
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    handshake["Sec-WebSocket-Key"] = base64.b64encode(os.urandom(16)).decode()
    answer = site.get("/_stcore/stream", Origin=origin.format(own=site.address), **handshake)
    assert answer.status == status


def test_form_of_another_origin(site):
    """A form of another site cannot sign in."""
    assert site.get("/sign-in", "POST", "name=a&password=b", Origin="https://evil.example").status == 403


def test_the_proxy_logs_no_query(site):
    site.get("/dossier_list?search=NGUYEN+VAN+A", Referer=f"{site.address}/?search=TRAN+VAN+B")
    logged = (site.store.parent / "nginx" / "access.log").read_text(encoding="utf-8")
    assert "GET /dossier_list 200" in logged and "NGUYEN" not in logged and "TRAN" not in logged


def test_health(site):
    """Monitoring gets the current snapshot and its age."""
    said = json.loads(site.get("/healthz").content)
    assert (said["status"], said["snapshot"]) == ("ok", "s000001") and said["age_seconds"] >= 0


def test_app_down(tmp_path):
    """If the app does not run, the reader gets a message in Vietnamese."""
    plain, secure = configure(tmp_path / "nginx", f"127.0.0.1:{free_port()}")
    with running(tmp_path / "nginx", secure):
        answer = Site(tmp_path, plain, secure).get("/")
    assert answer.status == 503 and "đang khởi động lại" in answer.content.decode()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8" and answer.headers["Retry-After"] == "30"
