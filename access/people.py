"""Finds the user of a request, from a session token or from the claims of an OIDC provider."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access import UNNAMED, Role, User, accounts, sessions
from access.settings import Settings

PROVIDER = "provider"  # as the means of signing in


@dataclass(frozen=True)
class Claimed:
    """What a provider said of a person at a sign-in: when, the values that give roles, the address if it is verified."""

    at: float
    values: tuple[str, ...]
    verified_mail: str


def user_of(known: Settings, store: Path, token: str | None, claims: Mapping[str, Any]) -> User:
    """The user of a session token or of a provider's claims, otherwise the anonymous user.

    Evaluated on every call, so that a sign-out, a removal or a role change takes effect at once.
    """
    local, provided = _local(known, store, token), _provided(known, store, claims)
    # Report an expired session only if no provider identifies the user.
    found = [user for user in (local, provided) if user and not user.expired]
    found += [user for user in (local, provided) if user]
    return found[0] if found else User(UNNAMED, known.anonymous)


def _local(known: Settings, store: Path, token: str | None) -> User | None:
    """The user of a local session."""
    session = sessions.find(store, token)
    if session is None:
        return None
    if session.expired:
        return User(UNNAMED, known.anonymous, expired=True)
    if session.means == sessions.FIRST_CODE:
        # The first-start code is only for the time before users exist; then its session ends.
        return None if known.can_sign_in else User(session.name, Role.ANALYST, session.means)
    role = accounts.role_of(known, session.name, session.mark)
    return User(session.name, max(role, known.anonymous), session.means) if role else None


def _provided(known: Settings, store: Path, claims: Mapping[str, Any]) -> User | None:
    """The user identified by a provider, with the highest role from claim values and the list of e-mail addresses."""
    if not known.providers or not claims.get("is_logged_in"):
        return None
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or time.time() >= issued + known.session_hours * 3600:
        return User(UNNAMED, known.anonymous, expired=True)
    mail = str(claims.get("email") or "").lower()
    name = mail or str(claims.get("sub"))
    if issued < sessions.signed_out_at(store, name):
        return None
    said = claimed(known, claims)
    return User(name, max([*roles_of(known, said.values, said.verified_mail), known.anonymous]), PROVIDER)


def claimed(known: Settings, claims: Mapping[str, Any]) -> Claimed:
    """What the claims of a signed-in person say about the role."""
    claim = claims.get(known.role_claim)
    values = claim if isinstance(claim, list) else [claim]
    # An unverified address may be any text that the user typed.
    mail = str(claims.get("email") or "").lower() if claims.get("email_verified") is True else ""
    issued = claims.get("iat")
    at = float(issued) if isinstance(issued, int | float) else 0.0
    return Claimed(at, tuple(value for value in values if isinstance(value, str) and value in known.claims), mail)


def roles_of(known: Settings, values: Iterable[str], verified_mail: str) -> list[Role]:
    """The roles that these values and this address have by the settings as they are now."""
    return [known.people.get(verified_mail, Role.NOBODY), *(known.claims.get(value, Role.NOBODY) for value in values)]
