"""The verbs `review-config`, `authorise` and `keygen`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from cosalign.safeguards.allowlist import (
    EVERYONE,
    AuthorisationError,
    Entry,
    make_keys,
    read_allowlist,
    write_allowlist,
)
from cosalign.safeguards.lint import Finding, lint_config, verdict_of

CODES = {"accepted": 0, "rejected": 1, "revise": 2}


def add_safeguard_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs to a command line.

    Args:
        verbs: The result of `ArgumentParser.add_subparsers`.
    """
    review = verbs.add_parser(
        "review-config",
        help="find problems in a safety config (exit code 0 accepted, 1 rejected, 2 needs a revision)",
    )
    review.add_argument("config", help="a text file, or - for standard input")
    review.add_argument("--grader", metavar="PROVIDER/MODEL", help="let a model review it too")
    review.add_argument("--json", action="store_true", help="print the findings as JSON")
    review.set_defaults(run=_review)

    authorise = verbs.add_parser("authorise", help="put a reviewed config on a signed allow-list")
    authorise.add_argument("config", help="a text file, or - for standard input")
    authorise.add_argument("--name", required=True, help="name of the config")
    authorise.add_argument("--by", required=True, help="person responsible for the review")
    authorise.add_argument(
        "--allowlist",
        type=Path,
        default=Path("allowlist.json"),
        help="file of the allow-list (default: allowlist.json)",
    )
    authorise.add_argument(
        "--key", type=Path, required=True, help="file of the private key (PEM, Ed25519)"
    )
    authorise.add_argument("--public-key", type=Path, required=True, help="file of its public key")
    authorise.add_argument(
        "--user", action="append", help="user it is for; may be repeated (default: everybody)"
    )
    authorise.add_argument("--expires", type=_date, help="expiry date (YYYY-MM-DD)")
    authorise.add_argument("--grader", metavar="PROVIDER/MODEL", help="let a model review it too")
    authorise.add_argument("--despite", metavar="REASON", help="reason for accepting warnings")
    authorise.set_defaults(run=_authorise)

    keygen = verbs.add_parser("keygen", help="make a pair of keys for signing allow-lists")
    keygen.add_argument("private", type=Path, help="file of the private key; must not exist")
    keygen.add_argument("public", type=Path, help="file of the public key; must not exist")
    keygen.set_defaults(run=_keygen)


def _review(args: argparse.Namespace) -> int:
    findings = _findings(_text(args.config), args.grader)
    verdict = verdict_of(findings)
    if args.json:
        rows = [asdict(finding) for finding in findings]
        print(json.dumps({"verdict": verdict, "findings": rows}, indent=2, ensure_ascii=False))
    else:
        print(f"{args.config}: {verdict}")
        for finding in findings:
            print(f"  {finding}")
    return CODES[verdict]


def _authorise(args: argparse.Namespace) -> int:
    text = _text(args.config)
    findings = _findings(text, args.grader)
    verdict = verdict_of(findings)
    for finding in findings:
        print(f"  {finding}", file=sys.stderr)
    if verdict == "rejected":
        raise AuthorisationError(f"{args.config}: rejected, so not added to the allow-list")
    if verdict == "revise" and not args.despite:
        raise AuthorisationError(
            f"{args.config}: revise it, or accept the warnings with --despite REASON"
        )
    listed: list[Entry] = []
    if args.allowlist.exists():
        listed = list(read_allowlist(args.allowlist, args.public_key).entries.values())
    entry = Entry(
        name=args.name,
        text=text,
        users=tuple(args.user or (EVERYONE,)),
        reviewed_by=args.by,
        reviewed=datetime.now(UTC).replace(microsecond=0),
        expires=args.expires,
        review={
            "verdict": verdict,
            "findings": [str(finding) for finding in findings],
            "grader": args.grader,
            "despite": args.despite,
        },
    )
    write_allowlist(args.allowlist, [*listed, entry], args.key)
    read_allowlist(args.allowlist, args.public_key)  # fails if the keys are not a pair
    print(f"{args.allowlist}: {args.name} ({entry.sha256[:12]})")
    return 0


def _keygen(args: argparse.Namespace) -> int:
    make_keys(args.private, args.public)
    print(f"keep {args.private} secret; servers need {args.public}")
    return 0


def _findings(text: str, grader: str | None) -> list[Finding]:
    findings = lint_config(text)
    if grader is not None:
        from inspect_ai.model import get_model

        from cosalign.safeguards.reviewer import review

        findings += asyncio.run(review(text, get_model(grader)))
    return findings


def _text(place: str) -> str:
    try:
        return sys.stdin.read() if place == "-" else Path(place).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuthorisationError(f"{place}: not a readable UTF-8 text ({error})") from error


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
