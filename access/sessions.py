"""Sessions: one file per session in the store, so that every process of the app sees it and can end it.

The browser has a random token in a cookie that scripts cannot read; the store has only the token's hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from access import private

COOKIE = "dashboard_session"
FIRST_CODE = "first-code"  # as the means of signing in, and the name of the file with the pending code's hash
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without letters that look alike


@dataclass(frozen=True)
class Session:
    """One session: user, means, password mark, and expiry (seconds since the epoch)."""

    name: str
    means: str
    mark: str
    until: float

    @property
    def expired(self) -> bool:
        """Whether the session has expired."""
        return time.time() >= self.until


def folder(store: Path) -> Path:
    """The folder of sessions and the pending code; not part of a backup."""
    return store / "sessions"


def begin(store: Path, name: str, means: str, mark: str, hours: float) -> str:
    """Start a session; returns the token for the cookie. Raises OSError if the store cannot be written."""
    place = folder(store)
    place.mkdir(parents=True, exist_ok=True)
    _sweep(place)
    token = secrets.token_urlsafe(32)
    said = {"name": name, "means": means, "mark": mark, "until": time.time() + hours * 3600}
    private.write(place / f"{_digest(token)}.json", json.dumps(said))
    return token


def find(store: Path, token: str | None) -> Session | None:
    """The session of a token, expired or not; None for an unknown or invalid token."""
    if not token or len(token) > 200:
        return None
    try:
        said = json.loads((folder(store) / f"{_digest(token)}.json").read_text(encoding="utf-8"))
        return Session(str(said["name"]), str(said["means"]), str(said["mark"]), float(said["until"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end(store: Path, token: str | None) -> None:
    """End a session; it ends in every browser window."""
    if token:
        with contextlib.suppress(OSError):
            (folder(store) / f"{_digest(token)}.json").unlink(missing_ok=True)


def sign_out(store: Path, name: str) -> None:
    """Record that a provider's user has signed out: its earlier claims no longer count."""
    folder(store).mkdir(parents=True, exist_ok=True)
    private.write(folder(store) / f"{_digest(name)}.out", str(int(time.time())))


def signed_out_at(store: Path, name: str) -> float:
    """When the user last signed out, in seconds since the epoch; 0 for never."""
    try:
        return float((folder(store) / f"{_digest(name)}.out").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0.0


def issue_code(store: Path) -> str:
    """Create a one-time code that signs in one analyst; an earlier code becomes invalid."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(20))
    folder(store).mkdir(parents=True, exist_ok=True)
    private.write(folder(store) / FIRST_CODE, _digest(letters))
    return "-".join(letters[start : start + 5] for start in range(0, 20, 5))


def code_pending(store: Path) -> bool:
    """Whether a code is pending."""
    return (folder(store) / FIRST_CODE).exists()


def revoke_code(store: Path) -> None:
    """Delete a code that nobody used."""
    (folder(store) / FIRST_CODE).unlink(missing_ok=True)


def redeem(store: Path, code: str) -> bool:
    """Use the code; returns False if it is wrong or already used."""
    letters = "".join(letter for letter in code.upper() if letter in _ALPHABET)
    pending, using = folder(store) / FIRST_CODE, folder(store) / f"{FIRST_CODE}.{secrets.token_hex(4)}"
    try:
        if not secrets.compare_digest(pending.read_text(encoding="utf-8"), _digest(letters)):
            return False
        pending.rename(using)  # renaming is atomic: of two requests with the code only one succeeds
        using.unlink()
    except OSError:
        return False
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _sweep(place: Path) -> None:
    """Delete sessions that expired more than a day ago; until then the user is told that the session has expired."""
    for path in place.glob("*.json"):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if json.loads(path.read_text(encoding="utf-8"))["until"] < time.time() - 86_400:
                path.unlink(missing_ok=True)
