"""What each technique gains: the same recordings with it and without it.

    python -m tests.bench.ablation [--rounds N] [--out FILE.json] [TECHNIQUE ...]

Every technique of `tests.bench.without` is switched off in a daemon of its own, in turn, and the
whole is repeated: each of them meets the same machine. Waits are counted on the aligned WAV files.
Beside them: how often somebody was cut off, and the share of a core that was used.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from audio.frames import RATE
from daemon import assembly, config
from daemon.bench import material
from daemon.bench.material import Item
from daemon.bench.pairing import Answered, paired
from daemon.bench.playing import load, machine, play
from daemon.bench.script import Scene, Script
from daemon.bench.synthetic import Synthetic, questions
from tests.bench.without import TECHNIQUES

_COMMANDS = ("set-a-timer-for-5-minutes", "cancel-all-timers", "add-apples-to-my-shopping-list")
_QUESTIONS = ("What language do people speak in Brazil?", "What do bees make out of nectar?",
              "Which animal is the tallest in the world?")  # fmt: skip

_LEAD_S, _PAUSE_S = 8.0, 6.0


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("techniques", nargs="*", default=list(TECHNIQUES))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    script = _script()
    answers: dict[str, list[Answered]] = {name: [] for name in options.techniques}
    shares: dict[str, list[float]] = {name: [] for name in options.techniques}
    for _ in range(options.rounds):
        for name in options.techniques:
            print(f"without {name} ...", file=sys.stderr, flush=True)
            with TemporaryDirectory() as folder, _without(name, Path(folder)):
                played = play(script, Path(folder), {"AURICLE_MQTT__ENABLED": "false"})
            answers[name] += paired(played.turns, script.cues, played.out)
            shares[name].append(played.processor_s / (len(played.out) / RATE))
    report = {
        "command": "python -m tests.bench.ablation",
        **machine(),
        "load": load(),
        "rounds": options.rounds,
        "without": {
            name: {**_told(found), "core_share": round(median(shares[name]), 2)}
            for name, found in answers.items()
        },
    }
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def _script() -> Script:
    scene = Scene(_LEAD_S)
    shop = assembly.workshop(config.load())
    weights = shop.store.path(shop.model("mouth").id)
    speaker = Synthetic(max(weights.glob("*.onnx"), key=lambda file: file.stat().st_size))
    for item in _items():
        pcm = speaker(item.text) if item.path is None else material.sound(item.path)
        scene.say(item, pcm)
        scene.wait(_PAUSE_S)
    return scene.script()


def _items() -> Iterator[Item]:
    recorded = {Path(item.name).stem: item for item in material.bundled()}
    asked = {item.text: item for item in questions()}
    for command, question in zip(_COMMANDS, _QUESTIONS, strict=True):
        yield recorded[command]
        yield asked[question]


@contextmanager
def _without(name: str, folder: Path) -> Iterator[None]:
    """Let `play` start a daemon that lacks a technique."""
    starter = folder / "python"
    starter.write_text(
        "#!/bin/sh\n# Called as: python -m daemon ...\nshift 2\n"
        f'exec "{sys.executable}" -m tests.bench.without {name} "$@"\n',
        encoding="utf-8",
    )
    starter.chmod(0o755)
    root = str(Path(__file__).parents[2])
    with (
        patch.dict(os.environ, {"PYTHONPATH": root}),
        patch("daemon.bench.playing.sys.executable", str(starter)),
    ):
        yield


def _told(answers: list[Answered]) -> dict[str, Any]:
    groups: dict[str, Any] = {}
    for kind, synthetic in (("command", False), ("question", True)):
        some = [one for one in answers if one.item.synthetic == synthetic]
        waits = [one.first_audio_ms for one in some if one.first_audio_ms is not None]
        groups[kind] = {
            "n": len(waits),
            "p50_ms": round(median(waits)) if waits else None,
            "most_ms": round(max(waits)) if waits else None,
            "cut_in_two": sum(one.turns > 1 for one in some),
        }
    return groups


if __name__ == "__main__":
    main()
