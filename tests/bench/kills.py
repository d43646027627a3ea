"""kill -9 at random moments during commands, timers and workflows: what is lost, what is twice.

    scripts/bench kills [--kills 200] [--seed 1]

Each round says one sentence that has never been said before to the acting side of the daemon (real
store, real mosquitto, a device that counts), kills it a random moment later and starts it again.
Whatever was answered must have happened; whatever happened must have happened once.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from memory.store import Store
from tests.broker import Mosquitto

ROOT = Path(__file__).parents[2]
LAMPS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "pa", "ri", "so", "tu")
PATIENCE_S = 30.0

WORKFLOW = """
name = "{name}"
[[steps]]
id = "first"
tool = "HassListAddItem"
arguments = {{ name = "shopping list", item = "{name} first" }}
compensate = "undo"
[[steps]]
id = "lamp"
tool = "HassLightSet"
arguments = {{ name = "Lamp {lamp}", brightness = {level} }}
compensate = "undo"
[[steps]]
id = "last"
tool = "HassListAddItem"
arguments = {{ name = "shopping list", item = "{name} last" }}
compensate = "undo"
"""


@dataclass
class Tally:
    """What the rounds came to."""

    kills: int = 0
    answered: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    announced_again: int = 0
    same_state_sent_again: int = 0
    not_understood: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Round:
    """One sentence, what it does, and when the process is killed after it."""

    sentence: str
    kind: str
    name: str
    lamp: str = ""
    level: int = 0
    kill_after: float = 0.0


class Device:
    """All lamps of the house: they do as they are told, say so, and count."""

    def __init__(self, port: int, scenes: Sequence[str]) -> None:
        self.levels: Counter[tuple[str, int]] = Counter()
        self.scenes: Counter[str] = Counter()
        self.count = len(LAMPS) + len(scenes)
        self._client = Client(
            CallbackAPIVersion.VERSION2, "lamps", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.on_message = self._told
        self._client.connect("localhost", port)
        self._client.subscribe("lamps/+/set", 1)
        for lamp in LAMPS:
            config = {
                "name": f"Lamp {lamp}", "unique_id": f"lamp_{lamp}", "schema": "json",
                "brightness": True, "brightness_scale": 100,
                "supported_color_modes": ["brightness"],
                "state_topic": f"lamps/{lamp}", "command_topic": f"lamps/{lamp}/set",
            }  # fmt: skip
            topic = f"homeassistant/light/lamp_{lamp}/config"
            self._client.publish(topic, json.dumps(config), qos=1, retain=True)
            self._client.publish(f"lamps/{lamp}", '{"state": "OFF"}', qos=1, retain=True)
        self._client.subscribe("scenes/+", 1)
        for scene in scenes:
            told = {"name": scene, "unique_id": scene, "command_topic": f"scenes/{scene}"}
            topic = f"homeassistant/scene/{scene}/config"
            self._client.publish(topic, json.dumps(told), qos=1, retain=True)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _told(self, client: Client, _: object, message: MQTTMessage) -> None:
        kind, lamp = message.topic.split("/")[:2]
        if kind == "scenes":
            self.scenes[lamp] += 1
            return
        told = json.loads(message.payload)
        if "brightness" in told:
            self.levels[lamp, int(told["brightness"])] += 1
        client.publish(f"lamps/{lamp}", message.payload, qos=1, retain=True)


class House:
    """State that outlives the processes, and the one that runs now."""

    def __init__(self, folder: Path, port: int, devices: int) -> None:
        self.devices = devices
        self.folder = folder
        self.config = folder / "auricle.toml"
        self.config.write_text(f'[mqtt]\nport = {port}\nclient_id = "kills"\n')
        self.answers: dict[str, str] = {}
        self.announced: Counter[str] = Counter()
        self._lines: Queue[str] = Queue()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = os.environ | {"STATE_DIRECTORY": str(self.folder / "state")}
        told = [str(self.config), str(self.devices)]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.acting_process", *told],
                cwd=ROOT, env=environment, text=True, stderr=log,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self._process.stdout is not None
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        deadline = time.monotonic() + PATIENCE_S
        while self._next(deadline) != "ready":
            pass

    def say(self, number: int, sentence: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number} {sentence}\n")
        self._process.stdin.flush()

    def listen(self, until: float) -> None:
        while True:
            try:
                self._next(until)
            except Empty:
                return

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.listen(time.monotonic() + 0.02)

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            self._lines.put(line.rstrip("\n"))

    def _next(self, deadline: float) -> str:
        line = self._lines.get(timeout=max(0.001, deadline - time.monotonic()))
        head, _, rest = line.partition(" ")
        if head == "!":
            self.announced[rest] += 1
        elif head.isdigit():
            self.answers[head] = rest
        return line


def rounds(count: int, chance: random.Random) -> list[Round]:
    """So many different sentences of three kinds, in turn."""
    made = []
    levels = [(lamp, level) for level in range(1, 100) for lamp in LAMPS]
    chance.shuffle(levels)
    for n in range(count):
        name = "".join(SYLLABLES[int(digit)] for digit in f"{n:03}")
        lamp, level = levels[n]
        match n % 4:
            case 0:
                said = f"set lamp {lamp} to {level} percent"
                made.append(Round(said, "command", name, lamp, level, chance.uniform(0, 0.1)))
            case 1:
                said = f"activate {name}"
                made.append(Round(said, "scene", name, kill_after=chance.uniform(0, 0.1)))
            case 2:
                said = f"set a {name} timer for 1 second"
                made.append(Round(said, "timer", name, kill_after=chance.uniform(0, 1.5)))
            case _:
                said = f"run {name}"
                made.append(Round(said, "workflow", name, lamp, level, chance.uniform(0, 0.25)))
    return made


def play(house: House, device: Device, script: list[Round]) -> Tally:
    """All rounds, and a last life in which everything may come to its end."""
    folder = house.folder / "workflows"
    folder.mkdir()
    tally = Tally()
    for number, one in enumerate(script):
        for old in folder.glob("*.toml"):
            old.unlink()
        if one.kind == "workflow":
            text = WORKFLOW.format(name=one.name, lamp=one.lamp, level=one.level)
            (folder / f"{one.name}.toml").write_text(text)
        house.start()
        house.say(number, one.sentence)
        house.listen(time.monotonic() + one.kill_after)
        house.kill()
        tally.kills += 1
    house.start()
    house.listen(time.monotonic() + 8)
    house.kill()
    items = asyncio.run(_items(house.folder / "state" / "auricle.db"))
    for number, one in enumerate(script):
        _judge(one, house.answers.get(str(number)), items, (house, device), tally)
    return tally


async def _items(path: Path) -> frozenset[str]:
    async with Store.open(path) as store:
        return frozenset(item.text for item in await store.lists.items("shopping list") or ())


def _judge(
    one: Round,
    answer: str | None,
    items: frozenset[str],
    witnesses: tuple[House, Device],
    tally: Tally,
) -> None:
    house, device = witnesses
    tally.answered += answer is not None
    if answer == "None":
        tally.not_understood.append(one.sentence)
    sent = device.levels[one.lamp, one.level] if one.lamp else 0
    tally.same_state_sent_again += max(0, sent - 1)
    rings = sum(count for text, count in house.announced.items() if one.name in text.lower())
    first, last = f"{one.name} first" in items, f"{one.name} last" in items
    happened = {
        "command": sent > 0,
        "scene": device.scenes[one.name] > 0,
        "timer": rings > 0,
        "workflow": first and sent > 0,
    }
    if answer is not None and not happened[one.kind]:
        tally.lost.append(one.sentence)
    if device.scenes[one.name] > 1:
        tally.twice.append(one.sentence)
    if one.kind == "workflow" and (first != last or (first and not sent)):
        tally.half.append(one.sentence)
    tally.announced_again += max(0, rings - 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder) / "broker") as broker:
        script = rounds(options.kills, random.Random(options.seed))
        device = Device(broker.port, [one.name for one in script if one.kind == "scene"])
        tally = play(House(Path(folder), broker.port, device.count), device, script)
        device.close()
    told: dict[str, Any] = {
        "command": f"scripts/bench kills --kills {options.kills} --seed {options.seed}",
        **asdict(tally),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "load": os.getloadavg(),
    }
    print(json.dumps(told, indent=1))
    (ROOT / "tests" / "bench" / "results" / "kills.json").write_text(
        json.dumps(told, indent=1) + "\n"
    )
    sys.exit(bool(tally.lost or tally.twice or tally.half or tally.not_understood))


if __name__ == "__main__":
    main()
