"""How well tools are chosen: `scripts/bench tools --eval DIR`.

DIR holds text_slurp/devel_home.jsonl (SLURP, CC-BY-4.0) and tools_bfcl_v4 (Berkeley Function
Calling Leaderboard, Apache-2.0).

home: SLURP's sentences about a home in the house of `tool_house.py`, first through the sentence
grammar, then through the mind, with `slurp_tools.toml` for what is right. "strict" counts no call
as wrong everywhere.
chat: sentences that no tool is for (`chat.txt`, our own), through the same.
irrelevance, simple: BFCL's items through the same mind, without the question of what a sentence
is: whether a function is called that does not fit, and whether one that fits is called rightly.
"""

import argparse
import asyncio
import json
import os
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from daemon import paths
from daemon.intents.intent import Intent, Understood, Unsure
from daemon.intents.names import Home
from daemon.intents.recogniser import Recogniser
from daemon.prompt import Context
from daemon.tools.choosing import Choosing
from daemon.tools.tool import Occasion, Tool, ToolResult
from models import catalogue
from models.hardware import probe
from models.llama import LlamaMind
from models.plan import plan
from models.ports import Choice
from models.store import ModelStore
from tests.bench.scoring import milliseconds
from tests.bench.tool_house import House, every_tool

HERE = Path(__file__).parent


@dataclass
class Tally:
    """What came of a set of sentences."""

    right: int = 0
    strict: int = 0
    total: int = 0
    calls: int = 0
    by_grammar: int = 0
    seconds: list[float] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    margins: list[tuple[Any, ...]] = field(default_factory=list)

    def took(self, seconds: float, choice: Choice | None) -> None:
        if choice is not None:
            self.seconds.append(seconds)
            self.read.append(choice.prompt_tokens - choice.kv_reused)
            self.steps.append(choice.steps)

    def report(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "sentences": self.total,
            "right": round(self.right / self.total, 4),
            "called": round(self.calls / self.total, 4),
        }
        if self.seconds:
            told |= {
                "asked_the_mind": len(self.seconds),
                "choice_ms": milliseconds(self.seconds),
                "prompt_tokens_read": round(sum(self.read) / len(self.read), 1),
                "model_runs": round(sum(self.steps) / len(self.steps), 1),
            }
        return told


def names(understood: Understood | None) -> set[str]:
    """Tools that the grammar leads to; of a question that it asks back, all that it offers."""
    match understood:
        case None:
            return set()
        case Intent(name=name):
            return {name}
        case Unsure(options=options):
            return {name for one in options for name in names(one)}
        case several:
            return {name for one in several for name in names(one)}


async def home(
    choosing: Choosing, grammar: Recogniser, sentences: Iterable[tuple[str, str]], verbose: bool
) -> Tally:
    """SLURP's sentences with their intents."""
    table = tomllib.loads((HERE / "slurp_tools.toml").read_text("utf-8"))["intents"]
    tally = Tally()
    for said, intent in sentences:
        wanted = set(table[intent]["tools"])
        chosen = names(grammar.recognise(said))
        tally.by_grammar += bool(chosen)
        if not chosen:
            began = time.perf_counter()
            choice = await choosing.chosen(said, Context())
            tally.took(time.perf_counter() - began, choice)
            call = choice.call if choice else None
            chosen = {call.name if call else ""}
            if choice:
                tally.margins.append((choice.margin, *chosen, bool(chosen & wanted), "" in wanted))
            if verbose:
                print(f"{intent}\t{said}\t{call and (call.name, dict(call.arguments))}")
        tally.total += 1
        tally.calls += chosen != {""}
        tally.right += bool(chosen & wanted)
        tally.strict += bool(chosen & (wanted - {""}))
        if not chosen & wanted:
            tally.wrong[f"{intent}: {', '.join(chosen)}"] += 1
    return tally


async def chat(choosing: Choosing, grammar: Recogniser, sentences: Iterable[str]) -> Tally:
    """Sentences that nothing is to be called for."""
    tally = Tally()
    for said in sentences:
        began = time.perf_counter()
        chosen = names(grammar.recognise(said))
        choice = None if chosen else await choosing.chosen(said, Context())
        tally.took(time.perf_counter() - began, choice)
        call = choice.call if choice else None
        tally.total += 1
        tally.calls += bool(chosen or call)
        tally.right += not (chosen or call)
        if choice:
            tally.margins.append((choice.margin, call.name if call else "", said))
        if chosen or call:
            tally.wrong[f"{said}: {call.name if call else chosen}"] += 1
    return tally


def stranger(function: Mapping[str, Any]) -> Tool:
    """BFCL's function as a tool from elsewhere."""

    async def never(_arguments: Mapping[str, Any], _occasion: Occasion) -> ToolResult:
        return ToolResult("failed")

    schema = _json_schema(function["parameters"])
    return Tool(function["name"], function["description"], schema, never)


def _json_schema(part: Any) -> Any:
    """BFCL writes Python's types: dict, float, tuple."""
    kinds = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
    if isinstance(part, list):
        return [_json_schema(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: kinds.get(value, value)
        if key == "type" and isinstance(value, str)
        else {name: _json_schema(one) for name, one in value.items()}
        if key == "properties"
        else value
        if key in {"enum", "description"}
        else _json_schema(value)
        for key, value in part.items()
    }


async def functions(
    mind: LlamaMind, items: Sequence[Mapping[str, Any]], answers: Mapping[str, Any]
) -> tuple[Tally, int]:
    """BFCL's items; with answers, how many arguments are right, too."""
    tally, whole = Tally(), 0
    for item in items:
        said = item["question"][0][0]["content"]
        choosing = Choosing(mind, map(stranger, item["function"]), House())
        began = time.perf_counter()
        choice = await choosing.chosen(said, Context(), wanted="write")
        tally.took(time.perf_counter() - began, choice)
        call = choice.call if choice else None
        tally.total += 1
        tally.calls += call is not None
        if choice:
            tally.margins.append((choice.margin, bool(answers)))
        if not answers:
            tally.right += call is None
            continue
        (truth,) = answers[item["id"]]
        tally.right += call is not None and call.name in truth
        whole += call is not None and _fits(call.arguments, truth.get(call.name))
    return tally, whole


def _fits(given: Mapping[str, Any], truth: Mapping[str, Sequence[Any]] | None) -> bool:
    """BFCL's own rule: each argument is one of its answers, and "" among them lets it be."""
    if truth is None or not given.keys() <= truth.keys():
        return False
    return all(
        any(_same(given[key], one) for one in allowed) if key in given else "" in allowed
        for key, allowed in truth.items()
    )


def _same(given: Any, wanted: Any) -> bool:
    if isinstance(given, str) and isinstance(wanted, str):
        return _plain(given) == _plain(wanted)
    if isinstance(given, list) and isinstance(wanted, list):
        pairs = zip(given, wanted, strict=False)
        return len(given) == len(wanted) and all(_same(a, b) for a, b in pairs)
    return bool(given == wanted)


def _plain(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter not in " ,./-_*^'\"")


async def load(name: str | None) -> tuple[str, LlamaMind]:
    """The mind that this machine would use, or the one that is named: an id, or a GGUF file."""
    planned = plan(probe())
    loaded = partial(
        LlamaMind.load, threads=planned.mind_threads, prompt_threads=planned.mind_prompt_threads
    )
    if name and name.endswith(".gguf"):
        return Path(name).stem, await loaded(Path(name))
    known = catalogue.load()
    model = known.model(name or planned.mind)
    file = ModelStore(paths.models(), known, ("wheel",)).path(model.id) / model.files[0].name
    return model.id, await loaded(file)


def lines(path: Path) -> list[Any]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, help="take every n-th item of DIR")
    parser.add_argument("--first", type=int, default=0, help="begin with this one")
    parser.add_argument("--only", default="home,chat,bfcl")
    parser.add_argument("--mind", help="id in the catalogue, or a GGUF file")
    parser.add_argument("--reluctance", type=float, help="another margin than the measured one")
    parser.add_argument("--margins", type=Path, help="write the margins there, to calibrate")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


async def at_home(
    mind: LlamaMind, given: argparse.Namespace, part: slice
) -> tuple[dict[str, Any], dict[str, Tally]]:
    """SLURP and chat in the house."""
    house = House()
    choosing = Choosing(mind, every_tool(house), house, reluctance=given.reluctance)
    began = time.perf_counter()
    await choosing.warm()
    report: dict[str, Any] = {"warm_ms": round(1000 * (time.perf_counter() - began))}
    grammar = Recogniser(Home(house.entities(), house.areas(), house.floors()))
    tallies: dict[str, Tally] = {}
    if "home" in given.only:
        rows = lines(given.eval / "text_slurp/devel_home.jsonl")[part]
        pairs = [(row["sentence"], row["intent"]) for row in rows]
        tallies["home"] = tally = await home(choosing, grammar, pairs, given.verbose)
        report["home"] = tally.report() | {
            "strict": round(tally.strict / tally.total, 4),
            "by_grammar": round(tally.by_grammar / tally.total, 4),
            "wrong": dict(tally.wrong.most_common(40)),
        }
    if "chat" in given.only:
        said = (HERE / "chat.txt").read_text("utf-8").splitlines()
        tallies["chat"] = tally = await chat(choosing, grammar, said)
        report["chat"] = tally.report() | {"wrong": dict(tally.wrong)}
    return report, tallies


async def elsewhere(
    mind: LlamaMind, given: argparse.Namespace, part: slice
) -> tuple[dict[str, Any], dict[str, Tally]]:
    """BFCL, one function at a time."""
    folder = given.eval / "tools_bfcl_v4"
    items = lines(folder / "BFCL_v4_irrelevance_dev.jsonl")[part]
    beside, _ = await functions(mind, items, {})
    items = lines(folder / "BFCL_v4_simple_python_dev.jsonl")[part]
    truths = lines(folder / "possible_answer_simple_python_dev.jsonl")
    answers = {truth["id"]: truth["ground_truth"] for truth in truths}
    simple, whole = await functions(mind, items, answers)
    report = {
        "irrelevance": beside.report(),
        "simple": simple.report() | {"arguments_right": round(whole / simple.total, 4)},
    }
    return report, {"irrelevance": beside, "simple": simple}


async def main() -> None:
    given = options()
    name, mind = await load(given.mind)
    part = slice(given.first, None, given.every)
    asked = f"--every {given.every} --first {given.first} --only {given.only}"
    report: dict[str, Any] = {
        "command": f"scripts/bench tools --eval DIR {asked}",
        "mind": name,
        "load": os.getloadavg(),
    }
    tallies: dict[str, Tally] = {}
    for measure, sets in ((at_home, "home chat"), (elsewhere, "bfcl")):
        if any(one in given.only for one in sets.split()):
            told, found = await measure(mind, given, part)
            report |= told
            tallies |= found
    report["load_after"] = os.getloadavg()
    await mind.close()
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if given.margins:
        margins = {name: tally.margins for name, tally in tallies.items()}
        given.margins.write_text(json.dumps(margins), "utf-8")
    if given.out:
        given.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
