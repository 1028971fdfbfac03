"""The files of deploy/: what they name exists, and the program understands their configuration."""

from __future__ import annotations

import ast
import fnmatch
import json
import os
import re
import shutil
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from access import ROLES, settings
from deploy import audit
from tests.browser import ROOT, free_port
from tests.wire import ask

DEPLOY = ROOT / "deploy"
SHELL = """#!/bin/sh
echo "$DASHBOARD_STORE $*" >> {calls}
case "$3" in {fails}) exit 4 ;; backup) echo content > "$4" ;; esac
"""


def example() -> str:
    """The example secrets file with every option enabled: "#" directly before a word is a disabled option."""
    text = (DEPLOY / "secrets.example.toml").read_text(encoding="utf-8")
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_secrets_example(tmp_path, monkeypatch):
    """Every option of [access] is explained, and the whole file is valid."""
    (tmp_path / "secrets.toml").write_text(example(), encoding="utf-8")
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "secrets.toml"))
    known = settings.load()
    assert set(tomllib.loads(example())["access"]) == settings._KNOWN
    assert known.providers == ["", "tinh"] and known.users["lan"].role is ROLES["analyst"]
    assert known.people and known.claims and known.hosts
    assert all(role in example() for role in ROLES)


def test_secrets_example_as_it_is(tmp_path, monkeypatch):
    """The unchanged example equals no file: nobody can sign in."""
    shutil.copy(DEPLOY / "secrets.example.toml", tmp_path / "secrets.toml")
    monkeypatch.setenv("DASHBOARD_SECRETS", str(tmp_path / "secrets.toml"))
    assert settings.load() == settings.Settings()


def copied() -> set[Path]:
    """The files of the project that the Dockerfile puts into the image."""
    files: set[Path] = set()
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines():
        if not line.startswith("COPY ") or "--from" in line:
            continue
        for source in line.split()[1:-1]:
            found = list(ROOT.glob(source))
            assert found, f"{source} does not exist"
            for path in found:
                files |= {path} if path.is_file() else {one for one in path.rglob("*") if one.is_file()}
    return {path.relative_to(ROOT) for path in files if "__pycache__" not in path.parts}


def test_image_is_complete():
    """Every project module imported by a copied module is copied too, and so are theme, fonts and queries."""
    files = copied()
    for path in (path for path in files if path.suffix == ".py"):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for name in names:
                for module in (Path(*name.split(".")).with_suffix(".py"), Path(*name.split("."), "__init__.py")):
                    assert module in files or not (ROOT / module).exists(), f"{path} needs {module}"
    folders = (
        "access",
        "actions",
        "charts",
        "data/reference",
        "ingest",
        "notify",
        "pages",
        "queries",
        "reports",
        "static",
    )
    there = {path.relative_to(ROOT) for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()}
    assert {path for path in there if "__pycache__" not in path.parts} <= files
    assert Path(".streamlit/config.toml") in files


def test_image_holds_no_secret():
    """No private file is copied, and the build context contains only what is copied."""
    assert not [path for path in copied() if re.search(r"secret|\.duckdb|\.parquet|\.pem|\.env", path.name)]
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = [line[1:] for line in lines if line.startswith("!")]
    assert "**" in lines
    for path in copied():
        assert any(fnmatch.fnmatch(str(path), one) or path.is_relative_to(one) for one in allowed), path


def test_compose():
    """The app is reachable only through the proxy, trusts only that proxy, and has minimal privileges."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    app, proxy = compose["services"]["app"], compose["services"]["proxy"]
    assert "ports" not in app and proxy["ports"] == ["80:80", "443:443"]
    assert app["environment"]["FORWARDED_ALLOW_IPS"] == proxy["networks"]["inside"]["ipv4_address"]
    assert app["read_only"] and app["cap_drop"] == ["ALL"]
    assert (DEPLOY / app["build"]["context"] / app["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    named = {volume.split(":")[0] for service in (app, proxy) for volume in service["volumes"]}
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])
    assert all((DEPLOY / name).exists() for name in named if name.startswith("."))
    used = set(re.findall(r"\{\$(\w+)", (DEPLOY / "Caddyfile").read_text(encoding="utf-8")))
    assert used == set(proxy["environment"])


def test_compose_scales():
    """Several processes share one store: none has a fixed name or address; each has a health check."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    app, proxy = compose["services"]["app"], compose["services"]["proxy"]
    assert re.fullmatch(r"\$\{DASHBOARD_PROCESSES:-\d\}", app["deploy"]["replicas"])
    assert app["networks"] == ["inside"] and not {"container_name", "ports", "hostname"} & set(app)
    assert "store:/store" in app["volumes"] and proxy["depends_on"]["app"]["condition"] == "service_healthy"
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^HEALTHCHECK .*\n.*/healthz", image, re.M)
    port = re.search(r"^EXPOSE (\d+)", image, re.M)[1]
    assert proxy["environment"]["DASHBOARD_UPSTREAMS"] == f"dynamic a app {port}"


def needs_caddy() -> None:
    """Without Caddy the test is skipped, or fails when REQUIRE_CADDY is 1."""
    if shutil.which("caddy") is None:
        if os.environ.get("REQUIRE_CADDY") == "1":
            pytest.fail("caddy is not installed (REQUIRE_CADDY=1)", pytrace=False)
        pytest.skip("caddy is not installed")


def caddy(upstreams: str) -> dict:
    """What Caddy understands of deploy/Caddyfile: its reverse proxy."""
    needs_caddy()
    said = subprocess.run(
        ["caddy", "adapt", "--config", DEPLOY / "Caddyfile"],
        env={**os.environ, "DASHBOARD_HOST": "dashboard.example", "DASHBOARD_UPSTREAMS": upstreams},
        capture_output=True,
        check=True,
    )
    return next(found for found in parts_of(json.loads(said.stdout)) if found.get("handler") == "reverse_proxy")


def parts_of(config: object) -> Iterator[dict]:
    """Every object inside a configuration."""
    for part in config.values() if isinstance(config, dict) else config if isinstance(config, list) else ():
        yield from parts_of(part)
    if isinstance(config, dict):
        yield config


def test_caddy_asks_for_every_process_that_is_there():
    """Caddy uses all addresses of a host name, without a name this machine's process; a cookie keeps readers there."""
    for upstreams in ("dynamic a app 8501", "to 127.0.0.1:8501 127.0.0.1:8502"):
        proxy = caddy(upstreams)
        policy = proxy["load_balancing"]["selection_policy"]
        assert (policy["policy"], policy["name"]) == ("cookie", "dashboard_route")
        assert proxy["health_checks"]["passive"]["fail_duration"] > 0 and proxy["load_balancing"]["try_duration"] > 0
        if upstreams.startswith("dynamic"):
            assert proxy["dynamic_upstreams"] == {"source": "a", "name": "app", "port": "8501"}
        else:
            assert [one["dial"] for one in proxy["upstreams"]] == upstreams.split()[1:]


@contextmanager
def answering() -> Iterator[str]:
    """The address of a process that answers every request with its own address."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = f"{self.server.server_port}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_caddy_keeps_readers_where_they_are(tmp_path):
    """The real Caddy before three processes, one of them dead: readers are spread over two, and each stays with one."""
    needs_caddy()
    with answering() as one, answering() as two, ExitStack() as stack:
        address = f"http://127.0.0.1:{free_port()}"
        text = re.sub(r"^\ttls .*$", "", (DEPLOY / "Caddyfile").read_text(encoding="utf-8"), flags=re.M)
        (tmp_path / "Caddyfile").write_text(f"{{\n\tadmin off\n}}\n{text}", encoding="utf-8")
        environment = {"DASHBOARD_HOST": address, "DASHBOARD_UPSTREAMS": f"to {one} {two} 127.0.0.1:{free_port()}"}
        environment |= {"XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
        server = subprocess.Popen(
            ["caddy", "run", "--config", tmp_path / "Caddyfile", "--adapter", "caddyfile"],
            env={**os.environ, **environment},
            stderr=subprocess.DEVNULL,
        )
        stack.callback(lambda: (server.terminate(), server.wait(timeout=10)))
        for _ in range(100):
            try:
                ask("GET", address, "/")
                break
            except OSError:
                time.sleep(0.1)
        reached = set()
        for _ in range(12):
            first = ask("GET", address, "/healthz")
            # If the dead process was tried first, its cookie comes before that of the answering one: the last cookie
            # counts.
            cookie = first.headers.get_all("Set-Cookie")[-1].partition(";")[0]
            assert first.status == 200 and cookie.startswith("dashboard_route=")
            again = {ask("GET", address, "/", Cookie=cookie).content for _ in range(4)}
            assert again == {first.content}
            reached |= again
        assert reached == {place.partition(":")[2].encode() for place in (one, two)}


def test_units(tmp_path):
    """systemd accepts the units; the programs they start are in the project or its environment."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for program in ("streamlit", "python"):
        shutil.copy(shutil.which("true"), tmp_path / ".venv/bin" / program)
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    units = [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]
    assert len(units) == 6
    for unit in units:
        text = unit.read_text(encoding="utf-8").replace("/opt/dashboard", str(tmp_path))
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / unit.name) for unit in units)]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    about = [line for line in said.stderr.splitlines() if "dashboard" in line]
    assert (said.returncode, about) == (0, [])


def test_units_and_environment_agree():
    """The services may write to the store and backup folders of the environment file."""
    text = (DEPLOY / "environment.example").read_text(encoding="utf-8")
    values = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    writable = re.search(r"^ReadWritePaths=(.*)$", (DEPLOY / "dashboard-backup.service").read_text("utf-8"), re.M)[1]
    for name in ("DASHBOARD_STORE", "DASHBOARD_BACKUPS"):
        assert any(Path(values[name]).is_relative_to(folder) for folder in writable.split()), name
    watch = (DEPLOY / "dashboard-watch.service").read_text(encoding="utf-8")
    writable = re.search(r"^ReadWritePaths=(.*)$", watch, re.M)[1].replace("-/", "/")
    for name in ("DASHBOARD_STORE", "DASHBOARD_WATCHED"):
        assert any(Path(values[name]).is_relative_to(folder) for folder in writable.split()), name
    assert "$DASHBOARD_WATCHED\n" in watch and "${" not in watch
    for unit in ("dashboard.service", "dashboard-notify.service"):
        assert "ReadWritePaths=/var/lib/dashboard\n" in (DEPLOY / unit).read_text(encoding="utf-8")


def hardening(unit: str) -> set[str]:
    """The lines of a unit that take something away from it."""
    lines = (DEPLOY / unit).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if re.match(r"Protect|Private|No|Capab|Ambient|Restrict|Lock|System", line)}


def test_every_unit_is_hardened_alike():
    """What works with the store has the same limits; only the backup has no network."""
    server, backup, mail = (hardening(f"dashboard{name}.service") for name in ("", "-backup", "-notify"))
    assert mail <= server and server - mail <= {"RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX"}
    assert backup - {"PrivateNetwork=yes", "RestrictAddressFamilies=AF_UNIX"} <= mail


def test_the_example_of_mail_is_valid(tmp_path, monkeypatch):
    """With its signs of comment removed the program takes it."""
    text = (DEPLOY / "secrets.example.toml").read_text(encoding="utf-8").partition("#[mail]")[2]
    lines = [line.removeprefix("#") for line in text.splitlines() if re.match(r"#\w+ = ", line)]
    path = tmp_path / "secrets.toml"
    path.write_text("[mail]\n" + "\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("DASHBOARD_SECRETS", str(path))
    known = settings.mail()
    assert known.domains == ("example.vn",) and known.codes and known.port == 587


def back_up(folder: Path, kept: int, fails: str = "nothing") -> tuple[int, list[str], list[str]]:
    """Run deploy/backup with a stand-in for the program; returns exit code, files left, commands run."""
    backups, calls, python = folder / "backups", folder / "calls", folder / "python"
    backups.mkdir(exist_ok=True)
    python.write_text(SHELL.format(calls=calls, fails=fails), encoding="utf-8")
    python.chmod(0o755)
    environment = {
        **os.environ,
        "DASHBOARD_STORE": "/the/store",
        "DASHBOARD_BACKUPS": str(backups),
        "DASHBOARD_BACKUPS_KEPT": str(kept),
        "DASHBOARD_PYTHON": str(python),
    }
    code = subprocess.run([DEPLOY / "backup"], env=environment, capture_output=True, check=False).returncode
    return code, sorted(path.name for path in backups.iterdir()), calls.read_text(encoding="utf-8").splitlines()


def test_backup(tmp_path):
    """A backup is made, restored into a separate store and only then kept; older ones are removed, other files stay."""
    (tmp_path / "backups").mkdir()
    for name in ("dashboard-2026-01-01-013000.tar", "dashboard-2026-01-02-013000.tar", "mine.tar"):
        (tmp_path / "backups" / name).touch()
    code, left, calls = back_up(tmp_path, kept=2)
    assert code == 0 and len(left) == 3
    assert left[0] == "dashboard-2026-01-02-013000.tar" and left[2] == "mine.tar"
    assert [call.split()[3] for call in calls] == ["backup", "restore-backup", "verify"]
    assert [call.split()[0] == "/the/store" for call in calls] == [True, False, True]


@pytest.mark.parametrize(("fails", "more"), [("backup", 0), ("restore-backup", 0), ("verify", 1)])
def test_backup_that_fails(tmp_path, fails, more):
    """A backup that cannot be restored is deleted and removes no older one.

    A damaged store is reported after its backup.
    """
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "dashboard-2026-01-01-013000.tar").touch()
    code, left, _ = back_up(tmp_path, kept=2, fails=fails)
    assert code == 4 and len(left) == 1 + more and left[0] == "dashboard-2026-01-01-013000.tar"


def test_audit_tells_checked_from_unchecked():
    """Success only if every package was checked; a mirror that knows no package is not success."""
    packages = {"a": "1.0", "b": "2.0"}
    sound = [{"name": name, "vulns": []} for name in packages]
    flawed = [{"name": "a", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}]
    assert audit.verdict(packages, sound)[1] == audit.SOUND
    assert audit.verdict(packages, flawed) == ("Có 1 lỗ hổng đã biết:\na 1.0: PYSEC-1, sửa ở bản 1.1", audit.VULNERABLE)
    for answers in ([], sound[:1], [{"name": "a", "skip_reason": "unknown"}, sound[1]]):
        assert audit.verdict(packages, answers)[1] == audit.UNCHECKED


def test_audit_follows_requirements():
    """The audit covers every package of requirements.txt and their dependencies."""
    found = audit.resolved(audit.REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    assert {"streamlit", "authlib", "starlette", "jinja2", "numpy"} <= set(found) and "pytest" not in found
