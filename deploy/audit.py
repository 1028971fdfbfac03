"""Checks the packages installed by requirements.txt for known vulnerabilities: make audit.

python deploy/audit.py PIP_AUDIT

Exit code 0: every package was checked and none has a known vulnerability; 1: some have; 3: not checked. pip-audit
itself succeeds if a mirror answers "unknown package" to everything, so skipped packages are counted here.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parents[1] / "requirements.txt"
SOUND, VULNERABLE, UNCHECKED = 0, 1, 3
SERVICES = ("pypi", "osv")


def resolved(lines: list[str]) -> dict[str, str]:
    """Every package that the requirements need, with its installed version."""
    found: dict[str, str] = {}
    waiting = [Requirement(line) for text in lines if (line := text.partition("#")[0].strip())]
    seen = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        package = distribution(name)
        found[name] = package.version
        for needed in map(Requirement, package.requires or []):
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append(needed)
    return dict(sorted(found.items()))


def ask(tool: str, packages: dict[str, str], service: str) -> list[dict]:
    """The answer of a vulnerability database for each package; empty if it cannot be reached."""
    with tempfile.TemporaryDirectory() as folder:
        listed, answer = Path(folder) / "packages.txt", Path(folder) / "answer.json"
        listed.write_text("".join(f"{name}=={version}\n" for name, version in packages.items()), encoding="utf-8")
        command = [tool, "--no-deps", "--disable-pip", "--progress-spinner=off", "--timeout=15"]
        command += [
            f"--requirement={listed}",
            f"--vulnerability-service={service}",
            "--format=json",
            f"--output={answer}",
        ]
        subprocess.run(command, capture_output=True, check=False)
        try:
            return json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
        except (OSError, ValueError, KeyError):
            return []


def verdict(packages: dict[str, str], answers: list[dict]) -> tuple[str, int]:
    """The message and the exit code.

    >>> verdict({"a": "1", "b": "2"}, [{"name": "a", "vulns": []}, {"name": "b", "skip_reason": "?"}])[1]
    3
    """
    known = {answer["name"]: answer["vulns"] for answer in answers if "vulns" in answer}
    lines = [
        f"{name} {packages.get(name, '')}: {flaw['id']}, sửa ở bản {', '.join(flaw['fix_versions']) or '(chưa có)'}"
        for name, flaws in known.items()
        for flaw in flaws
    ]
    if lines:
        return "\n".join([f"Có {len(lines)} lỗ hổng đã biết:", *lines]), VULNERABLE
    missing = [name for name in packages if name not in known]
    if missing or not packages:
        return (
            f"CHƯA KIỂM TRA ĐƯỢC {len(missing)}/{len(packages)} gói: không tới được cơ sở dữ liệu lỗ hổng "
            "(pypi.org, api.osv.dev); chạy lại make audit trên máy có internet.",
            UNCHECKED,
        )
    return f"Đã kiểm tra {len(packages)} gói, không gói nào có lỗ hổng đã biết.", SOUND


def main() -> int:
    """Query one database, then the other one for packages unknown to the first."""
    try:
        packages = resolved(REQUIREMENTS.read_text(encoding="utf-8").splitlines())
    except PackageNotFoundError as missing:
        print(f"CHƯA KIỂM TRA: gói {missing.name} chưa được cài; xóa .venv rồi chạy lại make audit.")
        return UNCHECKED
    answers: list[dict] = []
    for service in SERVICES:
        answered = {answer["name"] for answer in answers}
        left = {name: version for name, version in packages.items() if name not in answered}
        if left:
            answers += [answer for answer in ask(sys.argv[1], left, service) if "vulns" in answer]
    says, code = verdict(packages, answers)
    print(says)
    return code


if __name__ == "__main__":
    sys.exit(main())
