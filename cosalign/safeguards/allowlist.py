"""The configs that may be served, in a file signed by whoever reviewed them.

An entry says which text, for whom, reviewed by whom, when and how, and until when it holds. The file
is signed as a whole (Ed25519): a server needs only the public key, and cannot be given a config by
somebody who lacks the private one. Keys are PEM files, as `cosalign keygen` or OpenSSL make them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from cosapien import UserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

MAX_BYTES = 20_000_000
EVERYONE = "*"

Line = Annotated[str, Field(min_length=1, max_length=500)]


class AuthorisationError(UserError):
    """A config may not be served, or an allow-list cannot be trusted. The message says which."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Part):
    """One reviewed config.

    Attributes:
        name: What the operator calls it.
        text: The config, letter by letter as it stands in the system message.
        users: Who may have it: names as the serving side knows them, or `*` for everybody.
        reviewed_by: Who answers for the review.
        reviewed: When (UTC).
        expires: Until when it may be served; None: until it is taken off the list.
        review: Verdict and findings, and who or what found them.
    """

    name: Line
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    users: tuple[Line, ...] = (EVERYONE,)
    reviewed_by: Line
    reviewed: AwareDatetime
    expires: AwareDatetime | None = None
    review: dict[str, JsonValue] = {}

    @property
    def sha256(self) -> str:
        """SHA-256 of the text (64 hex digits): what a served config is looked up by."""
        return text_hash(self.text)


class _File(_Part):
    format: Literal["cosalign-allowlist/1"] = "cosalign-allowlist/1"
    entries: tuple[Entry, ...]
    signature: str  # base64, over everything else


@dataclass(frozen=True, slots=True)
class Allowlist:
    """An allow-list whose signature was checked.

    Attributes:
        entries: By SHA-256 of the config's text.
    """

    entries: dict[str, Entry]

    def check(self, text: str, user: str | None = None, now: datetime | None = None) -> Entry:
        """The entry of a config that may be served.

        Args:
            text: The config, letter by letter.
            user: For whom, as the serving side has authenticated them; None is somebody unknown.
            now: When; now by default.

        Raises:
            AuthorisationError: It is not on the list, not for this user, or has expired.
        """
        entry = self.entries.get(text_hash(text))
        if entry is None:
            raise AuthorisationError(
                f"config {text_hash(text)[:12]} is not on the allow-list: have it reviewed"
            )
        if EVERYONE not in entry.users and user not in entry.users:
            raise AuthorisationError(f"config {entry.name!r} is not authorised for {user!r}")
        if entry.expires is not None and (now or datetime.now(UTC)) >= entry.expires:
            raise AuthorisationError(
                f"config {entry.name!r} expired on {entry.expires:%Y-%m-%d}: have it reviewed again"
            )
        return entry


def read_allowlist(path: Path, public_key: Path) -> Allowlist:
    """An allow-list, if it bears the signature of a key.

    Args:
        path: The file.
        public_key: PEM file of the Ed25519 public key.

    Raises:
        AuthorisationError: A file cannot be read, is of another form, or the signature is not right.
    """
    from cryptography.exceptions import InvalidSignature

    try:
        content = _read(path, MAX_BYTES)
        raw = json.loads(content)
        found = _File.model_validate_json(content)
        signature = base64.b64decode(found.signature, validate=True)
        _public(public_key).verify(signature, _signed(raw))
    except InvalidSignature as error:
        raise AuthorisationError(f"{path}: not signed by the holder of {public_key}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))[:100] or "file"
        raise AuthorisationError(f"{path}: {place}: {fault['msg'][:200]}") from error
    except (ValueError, RecursionError) as error:
        raise AuthorisationError(f"{path}: not an allow-list ({error})") from error
    return Allowlist({entry.sha256: entry for entry in found.entries})


def write_allowlist(path: Path, entries: Iterable[Entry], private_key: Path) -> None:
    """Sign entries and put them in place, whole or not at all.

    Args:
        path: The file; an earlier one is replaced.
        entries: Its entries; of two with the same text the later one counts.
        private_key: PEM file of the Ed25519 private key.

    Raises:
        AuthorisationError: The key cannot be read, or the file cannot be written.
    """
    kept = {entry.sha256: entry for entry in entries}
    content: dict[str, Any] = {
        "format": "cosalign-allowlist/1",
        "entries": [entry.model_dump(mode="json") for entry in kept.values()],
    }
    signature = _private(private_key).sign(_signed(content))
    content["signature"] = base64.b64encode(signature).decode()
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
            file.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        raise AuthorisationError(f"{path}: {error.strerror or error}") from error


def make_keys(private_key: Path, public_key: Path) -> None:
    """A new pair of keys; the private one readable by its owner only.

    Args:
        private_key: Where the private key goes.
        public_key: Where the public key goes.

    Raises:
        AuthorisationError: One of the files is there already, or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for path, content, mode in ((private_key, secret, 0o600), (public_key, public, 0o644)):
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(content)
        except OSError as error:
            raise AuthorisationError(f"{path}: {error.strerror or error}") from error


def text_hash(text: str) -> str:
    """SHA-256 of a config's text (64 hex digits)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signed(content: dict[str, Any]) -> bytes:
    """What the signature is over: the file without it, in one canonical form."""
    rest = {key: value for key, value in content.items() if key != "signature"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path, limit: int = 100_000) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise AuthorisationError(f"{path}: {error.strerror or error}") from error
    if len(content) > limit:
        raise AuthorisationError(f"{path}: over {limit:,} bytes")
    return content


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise AuthorisationError(f"{path}: not a PEM private key without password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise AuthorisationError(f"{path}: not an Ed25519 key")
    return key


def _public(path: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(path))
    except ValueError as error:
        raise AuthorisationError(f"{path}: not a PEM public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise AuthorisationError(f"{path}: not an Ed25519 key")
    return key
