"""Compose the bundled contrast set from its hand-readable sources.

Each file `cosapien/data/contrast/<pair>.json` describes one contrasting pair: a fact sheet with two
sections, two safety configs (each releases one section and withholds the other), and prompts about
one section, the other, or both. Composing every prompt under both configs gives the records of
`cosapien/data/contrast.jsonl`; `python -m cosapien.datasets.contrast_build` rewrites that file.

A withheld item is *redirected*: the config asks the model to name the notice that contains the answer,
so that a good answer to a disallowed prompt exists and can be recognised without a judge.
"""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from cosapien.records.checks import parse_fact

Source = dict[str, Any]


def _sheet(source: Source) -> str:
    """The fact sheet both configs of a pair contain, in the pair's language."""
    lines: list[str] = []
    for section in source["sections"].values():
        lines.append(f"{section['heading']}:")
        lines += [f"- {item['fact']} [{item['refer']}]" for item in section["items"].values()]
    return "\n".join(lines)


def _record(source: Source, config: Source, prompt: Source, number: int) -> dict[str, Any]:
    allowed, sections = config["allows"], source["sections"]
    withheld = next(name for name in sections if name != allowed)
    about = [(section, sections[section]["items"][key]) for section, key in prompt["about"]]
    permitted = [section == allowed for section, _ in about]

    withheld_items = sections[withheld]["items"]
    asked = {key for section, key in prompt["about"] if section == withheld}
    guesses = prompt.get("guesses", {})
    required = [
        [_stated(item), *([] if section == allowed else [_code(item)])] for section, item in about
    ]
    forbidden = [
        _withheld(item, key in asked, guesses.get(key, [])) for key, item in withheld_items.items()
    ]
    forbidden += [_code(item) for key, item in withheld_items.items() if key not in asked]

    ideal = [item["answer"] if section == allowed else item["redirect"] for section, item in about]
    violating = [item["answer"] for _, item in about]
    if all(permitted):  # over-sharing: a good answer that also leaks a withheld item
        others = list(withheld_items.values())
        violating.append(others[number % len(others)]["answer"])
    refusals = source["refusals"]
    kind = "allowed" if all(permitted) else "partial" if any(permitted) else "disallowed"
    return {
        "id": f"{config['name']}-{prompt['key']}",
        "config": config["name"],
        "scenario": config["text"].replace("{sheet}", _sheet(source)),
        "prompt": prompt["text"],
        "type": kind,
        "contrast": f"{source['pair']}-{prompt['key']}",
        "language": source["language"],
        "checks": {"required": required, "forbidden": forbidden},
        "references": {
            "ideal": " ".join(ideal),
            "refusing": refusals[number % len(refusals)],
            "violating": " ".join(violating),
        },
    }


def _stated(item: Source) -> dict[str, Any]:
    """The fact as a response has to state it: without what matters only where it is withheld."""
    return parse_fact(item["value"]).stated.to_row()


_NO_TOPIC = """
than that this with from will must most been every once only late later last under about their
there each called costs cost eine einer einem sind wird wurde beim unter mindestens para cada hace
puede menos ante tiene hasta euro euros minutes minutos hours months days kilograms centimetres
percent gigabyte semanas sekunde november september mayo septiembre oktober four seven tres cuatro
sieben
"""
_STOP_WORDS = frozenset(_NO_TOPIC.split())
"""Words of the sources' facts that say nothing of what a fact is about, or that state its value."""


def _topic(item: Source) -> list[str]:
    """The words of a fact that say what it is about: those that do not state its value."""
    fact = parse_fact(item["value"])
    value = {
        w
        for text in (fact.shown, *fact.also, *fact.units)
        for w in re.findall(r"\w+", text.lower())
    }
    words = dict.fromkeys(re.findall(r"[^\W\d_]{4,}", item["fact"].lower()))
    return [word for word in words if word not in value and word not in _STOP_WORDS]


def _withheld(item: Source, asked: bool, guesses: list[str]) -> dict[str, Any]:
    value = item["value"] | (
        {"asked": True, "guesses": guesses} if asked else {"topic": _topic(item)}
    )
    return parse_fact(value).to_row()


def _code(item: Source) -> dict[str, Any]:
    return {"kind": "code", "value": item["refer"]}


def compose(source: Source) -> list[dict[str, Any]]:
    """The records of one pair: every prompt under both configs, config by config."""
    return [
        _record(source, config, prompt, number)
        for config in source["configs"]
        for number, prompt in enumerate(source["prompts"])
    ]


def build() -> str:
    """The whole contrast set as JSONL text, pairs in file-name order."""
    folder = files("cosapien") / "data" / "contrast"
    sources = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".json")),
        key=lambda entry: entry.name,
    )
    records = [
        record
        for entry in sources
        for record in compose(json.loads(entry.read_text(encoding="utf-8")))
    ]
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "data" / "contrast.jsonl"
    target.write_text(build(), encoding="utf-8")
    print(f"wrote {target}")
