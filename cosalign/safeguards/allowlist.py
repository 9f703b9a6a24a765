"""Allow-list: the configs that may be served, in a file signed by the reviewer.

An entry records the text, its users, the review (who, when, how) and the expiry date. The file is
signed as a whole (Ed25519): a server needs only the public key, and nobody without the private key
can add a config. Keys are PEM files, made by `cosalign keygen` or OpenSSL.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from cosapien import UserError
from cosapien.whole import replaced_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

MAX_BYTES = 20_000_000
EVERYONE = "*"

Line = Annotated[str, Field(min_length=1, max_length=500)]


class AuthorisationError(UserError):
    """A config may not be served, or an allow-list cannot be trusted; the message says which."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Part):
    """One reviewed config.

    Attributes:
        name: The operator's name for it.
        text: The config, exactly as in the system message.
        users: Users it is for, by the names the server authenticates, or `*` for everybody.
        reviewed_by: The person responsible for the review.
        reviewed: Time of the review (UTC).
        expires: Time from which it may no longer be served; None: it does not expire.
        review: Verdict and findings, and the grader that was used.
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
        """SHA-256 of the text (64 hex digits), by which a served config is looked up."""
        return text_hash(self.text)


class _File(_Part):
    format: Literal["cosalign-allowlist/1"] = "cosalign-allowlist/1"
    entries: tuple[Entry, ...]
    signature: str  # base64, over everything else


@dataclass(frozen=True, slots=True)
class Allowlist:
    """An allow-list whose signature is valid.

    Attributes:
        entries: Entries by SHA-256 of the config's text.

    Example:
        >>> allowlist = read_allowlist(Path("allowlist.json"), Path("reviewer.pub"))  # doctest: +SKIP
        >>> allowlist.check("You may discuss wine.", user="alice").name  # doctest: +SKIP
    """

    entries: dict[str, Entry]

    def check(self, text: str, user: str | None = None, now: datetime | None = None) -> Entry:
        """Check that a config may be served, and return its entry.

        Args:
            text: The config, exactly as in the system message.
            user: The user, as the server has authenticated them; None for an unknown user.
            now: Time of the check; by default the current time.

        Raises:
            AuthorisationError: The config is not on the list, not for this user, or has expired.
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
    """Read an allow-list and check its signature.

    Args:
        path: File of the allow-list.
        public_key: PEM file of the Ed25519 public key.

    Raises:
        AuthorisationError: A file cannot be read or is malformed, or the signature is wrong.
    """
    from cryptography.exceptions import InvalidSignature

    try:
        content = _read(path, MAX_BYTES)
        raw = json.loads(content)
        file = _File.model_validate_json(content)
        signature = base64.b64decode(file.signature, validate=True)
        _public(public_key).verify(signature, _signed(raw))
    except InvalidSignature as error:
        raise AuthorisationError(f"{path}: not signed by the holder of {public_key}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))[:100] or "file"
        raise AuthorisationError(f"{path}: {place}: {fault['msg'][:200]}") from error
    except (ValueError, RecursionError) as error:
        raise AuthorisationError(f"{path}: not an allow-list ({error})") from error
    return Allowlist({entry.sha256: entry for entry in file.entries})


def write_allowlist(path: Path, entries: Iterable[Entry], private_key: Path) -> None:
    """Sign entries and write them atomically.

    Args:
        path: File of the allow-list, in a folder that exists; an earlier file is replaced.
        entries: Its entries; of two with the same text, the later one counts.
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
    if not path.parent.is_dir():
        raise AuthorisationError(
            f"{path}: {os.strerror(errno.ENOENT)}; expected an existing folder"
        )
    try:
        with replaced_file(path, durable=True) as part:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
            part.chmod(0o644)
    except OSError as error:
        raise AuthorisationError(f"{path}: {error.strerror or error}") from error


def make_keys(private_key: Path, public_key: Path) -> None:
    """Make a new pair of keys; only the owner can read the private key.

    Args:
        private_key: File of the private key.
        public_key: File of the public key.

    Raises:
        AuthorisationError: One of the files exists already, or cannot be written.
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
    """The signed bytes: the file without its signature, in a canonical form."""
    rest = {key: value for key, value in content.items() if key != "signature"}
    return json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()


def _read(path: Path, limit: int = 100_000) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise AuthorisationError(f"{path}: {error.strerror or error}") from error
    if len(content) > limit:
        raise AuthorisationError(f"{path}: over {limit:,} bytes; expected a smaller file")
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
