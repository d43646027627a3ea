"""What sentences are understood as, how fast, and what is answered: `scripts/bench intents`.

--eval DIR holds text_ha_intents_tests (sentences with the right intent and slots, and the house
they are about), text_slurp (everyday sentences with labels of another project's) and
speech_ohf_speech_to_phrase/truth (a small house).

p95_cpu_ms     leaves out the time that other processes had the core
right          intent and slots are equal; names and texts without regard to case
wrong action   an effecting intent that is not the right one, or is it with other slots
asked          it is asked back; counts as neither
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from datetime import time as daytime
from pathlib import Path
from typing import Any

import yaml

from daemon.intents.intent import Intent, Understood, Unsure
from daemon.intents.names import Home
from daemon.intents.recogniser import Recogniser
from daemon.intents.responses import Responses
from daemon.tools.tool import ToolResult
from sensors.areas import Area, Floor
from sensors.entities import Entity

CLIMATE = ("HassClimateGetTemperature", "HassClimateSetTemperature")
ROOMS = (
    "Attic", "Cellar", "Hallway", "Nursery", "Study", "Balcony", "Terrace", "Laundry", "Pantry",
    "Library", "Workshop", "Porch",
)  # fmt: skip
THINGS = {
    "Ceiling Light": "light", "Floor Lamp": "light", "Desk Lamp": "light", "Heater": "climate",
    "Blind": "cover", "Door": "lock", "Speaker": "media_player", "Socket": "switch", "Fan": "fan",
    "Humidity": "sensor", "Window": "binary_sensor", "Night Light": "light", "Strip": "light",
    "Radiator": "climate", "Plug": "switch", "Camera": "camera", "Motion": "binary_sensor",
}  # fmt: skip
LABELS = {
    "weather": ("HassGetWeather", "HassGetState"),
    "play": ("HassMedia",),
    "music": ("HassMedia", "HassGetState"),
    "podcasts": ("HassMedia",),
    "datetime": ("HassGetCurrent",),
    "query": ("HassGetCurrent", "HassGetWeather", "AuricleReadList"),
    "alarm": ("AuricleSetAlarm", "AuricleCancelAlarm", "AuricleListAlarms"),
    "set": ("AuricleSetAlarm",),
    "lists": ("AuricleReadList", "AuricleMakeList", "HassList", "HassShoppingList"),
    "iot": ("HassTurn", "HassLight", "HassVacuum", "HassGetState"),
    "hue": ("HassTurn", "HassLight"),
    "cleaning": ("HassVacuum", "HassTurn"),
    "audio": ("HassSetVolume", "HassMediaPlayer", "HassMediaPause", "HassTurnOff"),
}
"""Beginnings of intents that fit a SLURP label, by the label's first word."""

EVERYDAY = Path(__file__).parents[1] / "daemon/intents/data/everyday.txt"

MOVED = {
    ("HassTurnOn", "cover"): "open",
    ("HassTurnOff", "cover"): "closed",
    ("HassTurnOn", "valve"): "open",
    ("HassTurnOff", "valve"): "closed",
    ("HassTurnOn", "lock"): "locked",
    ("HassTurnOff", "lock"): "unlocked",
}

ALARMS = {"alarm_set": "Set", "alarm_remove": "Cancel", "alarm_query": "List"}


class House:
    """A fixture: what sentences may speak of, and the states that answers are made of."""

    def __init__(self, fixtures: Mapping[str, Any], override: Sequence[Any] = ()) -> None:
        floors = {floor["id"]: floor["name"] for floor in fixtures.get("floors", ())}
        self.areas = {area.get("id", area["name"]): area for area in fixtures.get("areas", ())}
        self.timers = fixtures.get("timers", ())
        self.media = [one["title"] for one in fixtures.get("media", ())]
        self.things = [self.thing(one) for one in override or fixtures["entities"]]
        self.area_floor = {
            area["name"]: floors.get(area.get("floor", ""), "") for area in self.areas.values()
        }
        self.home = Home(
            [entity for entity, _, _ in self.things],
            [Area(name, (), floor) for name, floor in self.area_floor.items()],
            [Floor(name) for name in floors.values()],
        )

    def thing(self, one: Mapping[str, Any]) -> tuple[Entity, str, Mapping[str, Any]]:
        """An entity, its state and its attributes."""
        name, _, optional = one["name"].partition("[")
        rest = optional.partition("]")[2]
        names = (name + rest, name + optional.replace("]", "")) if optional else (name,)
        key = one.get("id") or f"{one['domain']}.{name.lower().replace(' ', '_')}"
        attributes = one.get("attributes", {})
        area = self.areas[one["area"]]["name"] if one.get("area") else ""
        state = one.get("state", "")
        entity = Entity(
            key,
            names[0],
            key.partition(".")[0],
            device_class=attributes.get("device_class", ""),
            unit=attributes.get("unit_of_measurement", ""),
            area=area,
            aliases=names[1:],
        )
        return entity, state["out"] if isinstance(state, dict) else str(state), attributes

    def grown(self, count: int) -> Home:
        """The home with further things in further rooms."""
        more = [
            Entity(f"{domain}.{room}_{thing}".lower(), f"{room} {thing}", domain, area=room)
            for room, (thing, domain) in itertools.product(ROOMS, THINGS.items())
        ]
        entities = [*self.home.entities, *more][:count]
        return replace(self.home, entities=entities, areas=[*self.home.areas, *map(Area, ROOMS)])

    def observed(self, intent: Intent) -> ToolResult:
        """What the home would answer to a query, or after a command that worked."""
        slots = {name: str(value).casefold() for name, value in intent.slots.items()}
        if intent.name in CLIMATE:
            slots["domain"] = "climate"
        elif intent.name == "HassGetWeather":
            slots["domain"] = "weather"
        meant = [reached(one, intent) for one in self.things if self.fits(one[0], slots)]
        wanted = slots.get("state")
        return ToolResult(
            "done",
            {
                "matched": [record(one) for one in meant if wanted in {None, one[1].casefold()}],
                "unmatched": [
                    record(one) for one in meant if wanted not in {None, one[1].casefold()}
                ],
                "slots": {
                    **self.running(slots),
                    "date": date(2013, 9, 17),
                    "time": daytime(1, 2),
                    "media": str(intent.slots.get("search_query", "")) in self.media,
                },
            },
        )

    def fits(self, entity: Entity, slots: Mapping[str, str]) -> bool:
        names = {entity.name.casefold(), *(alias.casefold() for alias in entity.aliases)}
        floor = self.area_floor.get(entity.area, "")
        return (
            slots.get("name", "all") in {"all", *names}
            and slots.get("area") in {None, entity.area.casefold()}
            and slots.get("floor") in {None, floor.casefold()}
            and slots.get("domain") in {None, entity.domain}
            and slots.get("device_class") in {None, entity.device_class}
        )

    def running(self, slots: Mapping[str, str]) -> dict[str, Any]:
        """The timers that are meant, as responses want them."""
        timers = [
            {
                **dict.fromkeys(("start_hours", "start_minutes", "start_seconds"), 0),
                **timer,
                "is_active": timer.get("is_active", True),
                "name": timer.get("name", ""),
                "area": self.areas[timer["area"]]["name"].lower() if "area" in timer else "",
            }
            for timer in self.timers
        ]
        for part in ("name", "area", "start_hours", "start_minutes", "start_seconds"):
            if part in slots:
                timers = [one for one in timers if str(one[part]).casefold() == slots[part]]
        return {"timers": timers, "canceled": len(timers)}


def reached(
    one: tuple[Entity, str, Mapping[str, Any]], intent: Intent
) -> tuple[Entity, str, Mapping[str, Any]]:
    """The thing as it is after a command that moves or locks it."""
    entity, state, attributes = one
    after = MOVED.get((intent.name, entity.domain), state)
    return entity, after, attributes


def record(one: tuple[Entity, str, Mapping[str, Any]]) -> dict[str, Any]:
    entity, state, attributes = one
    return {
        "entity": entity.id, "name": entity.name, "domain": entity.domain, "area": entity.area,
        "device_class": entity.device_class, "state": state, "unit": entity.unit,
        "attributes": attributes,
    }  # fmt: skip


def same(got: object, want: object) -> bool:
    if isinstance(want, list):
        return any(same(got, one) for one in want)
    if isinstance(got, str) and isinstance(want, str):
        return got.strip().casefold() == want.strip().casefold()
    return got == want


def is_right(got: Understood | None, item: Mapping[str, Any]) -> bool:
    want = item["slots"] or {}
    return (
        isinstance(got, Intent)
        and got.name == item["intent"]
        and got.slots.keys() == want.keys()
        and all(same(got.slots[name], value) for name, value in want.items())
    )


def acts(got: Understood | None) -> bool:
    parts = got if isinstance(got, tuple) else (got,)
    return any(isinstance(part, Intent) and part.acts for part in parts)


def brief(got: Understood | None) -> str:
    if isinstance(got, tuple):
        return " + ".join(map(brief, got))
    if isinstance(got, Unsure):
        return got.question
    return "nothing" if got is None else f"{got.name} {json.dumps(dict(got.slots))}"


def examined(folder: Path) -> dict[str, Any]:
    """Home Assistant's own test sentences."""
    fixtures = yaml.safe_load((folder / "fixtures_en.yaml").read_text("utf-8"))
    items = [
        json.loads(line) for line in (folder / "tests_en_dev.jsonl").read_text("utf-8").splitlines()
    ]
    responses = Responses("en")
    usual, ears = House(fixtures), Recogniser()
    counts: Counter[str] = Counter()
    wrong, unlike = [], []
    files: dict[str, Counter[str]] = defaultdict(Counter)
    for item in items:
        house = House(fixtures, item["entities"]) if item.get("entities") else usual
        ears.know(house.home)
        area = (item["context"] or {}).get("area", "")
        got = ears.recognise(item["sentence"], area=area)
        right = is_right(got, item)
        counts["right"] += right
        counts["wrong action"] += acts(got) and not right
        counts["asked"] += isinstance(got, Unsure)
        files[item["file"]]["right" if right else "missed"] += 1
        if not right:
            wrong.append(f"{item['sentence']} -> {brief(got)}, not {item['intent']}")
        elif isinstance(got, Intent) and item["response"] is not None:
            said = responses.worded(got.call, got.response, house.observed(got))
            equal = " ".join(item["response"].split()).casefold() == said.casefold()
            counts["responses"] += 1
            counts["equal responses"] += equal
            if not equal:
                unlike.append(f"{item['sentence']}: {said!r}, not {item['response']!r}")
    sentences = [item["sentence"] for item in items]
    return {
        "sentences": len(items),
        "right_percent": round(100 * counts["right"] / len(items), 2),
        "wrong_action_percent": round(100 * counts["wrong action"] / len(items), 2),
        "asked_back": counts["asked"],
        "missed_by_file": {
            name: f"{count['missed']} of {count.total()}"
            for name, count in sorted(files.items())
            if count["missed"]
        },
        "wrong": wrong,
        "response_equal_percent": round(100 * counts["equal responses"] / counts["responses"], 1),
        "unlike_responses": unlike,
        "fixture_house": timed(usual.home, sentences),
        "300_entities": timed(usual.grown(300), sentences),
    }


def timed(home: Home, sentences: Sequence[str]) -> dict[str, Any]:
    """Milliseconds for each sentence, after one that warms."""
    began = time.perf_counter()
    ears = Recogniser(home)
    made = time.perf_counter() - began
    began = time.perf_counter()
    ears.know(home)
    known = time.perf_counter() - began
    spent, worked = [], []
    for sentence in sentences:
        began, busy = time.perf_counter(), time.thread_time()
        ears.recognise(sentence, area="Kitchen")
        spent.append((time.perf_counter() - began) * 1e3)
        worked.append((time.thread_time() - busy) * 1e3)
    return {
        "entities": len(home.entities),
        "make_ms": round(made * 1e3, 1),
        "know_ms": round(known * 1e3, 1),
        "p50_ms": round(statistics.median(spent), 2),
        "p95_ms": round(statistics.quantiles(spent, n=20)[-1], 2),
        "worst_ms": round(max(spent), 2),
        "p95_cpu_ms": round(statistics.quantiles(worked, n=20)[-1], 2),
    }


def everyday(folder: Path, home: Home) -> dict[str, Any]:
    """SLURP: what the fast path takes, and what of it contradicts SLURP's own label."""
    lines = (folder / "devel_home.jsonl").read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines]
    ears = Recogniser(home)
    counts: Counter[str] = Counter()
    contradicting, asked = [], []
    for item in items:
        got = ears.recognise(item["sentence"], area="Kitchen")
        counts["taken"] += got is not None
        counts["acted on"] += acts(got)
        line = f"{item['intent']}: {item['sentence']} -> {brief(got)}"
        if isinstance(got, Unsure):
            asked.append(line)
        elif got is not None and not fits_label(got, item["intent"]):
            contradicting.append(line)
            counts["contradicting action"] += acts(got)
    return {
        "sentences": len(items),
        **{name.replace(" ", "_"): count for name, count in counts.items()},
        "asked_back": asked,
        "contradicting": contradicting,
        "300_entities": timed(home, [item["sentence"] for item in items]),
    }


def fits_label(got: Understood, label: str) -> bool:
    parts = got if isinstance(got, tuple) else (got,)
    fitting = LABELS.get(label.partition("_")[0], ())
    names = [part.name for part in parts if isinstance(part, Intent)]
    kind = ALARMS.get(label, "")
    return all(name.startswith(fitting) and kind in name for name in names)


def unrelated(folder: Path, home: Home) -> dict[str, Any]:
    """Sentences that have nothing to do with a home: what is taken of them all the same."""
    texts = EVERYDAY.read_text("utf-8").splitlines()
    for line in (folder / "speech_asterisk_en_16k/items.jsonl").read_text("utf-8").splitlines():
        texts.append(json.loads(line)["text"])
    questions = folder / "tools_bfcl_v4/BFCL_v4_irrelevance_dev.jsonl"
    for line in questions.read_text("utf-8").splitlines():
        texts.append(json.loads(line)["question"][0][0]["content"])
    for item in json.loads((folder / "pii_presidio/dev.json").read_text("utf-8")):
        texts.append(item["full_text"])
    ears = Recogniser(home)
    found = {text: ears.recognise(text, area="Kitchen") for text in texts if text}
    return {
        "sentences": len(found),
        "taken": [f"{text} -> {brief(got)}" for text, got in found.items() if got is not None],
        "acted_on": sum(map(acts, found.values())),
    }


def small_house(folder: Path) -> dict[str, Any]:
    """The sentences of the recorded house, typed: what is not understood of them."""
    fixtures = yaml.safe_load((folder / "truth/fixtures_en.yaml").read_text("utf-8"))["fixtures"]
    sentences = yaml.safe_load((folder / "truth/sentences_en.yaml").read_text("utf-8"))["sentences"]
    recorded = sorted(path.stem for path in (folder / "en").glob("*.wav"))
    ears = Recogniser(House(fixtures).home)
    understood = {text: brief(ears.recognise(text, area="Kitchen")) for text in recorded}
    missed = [text for text in sentences if ears.recognise(text, area="Kitchen") is None]
    return {"recorded": understood, "sentences": len(sentences), "not_understood": missed}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eval", type=Path, default=Path("../shared/eval"))
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    texts = arguments.eval / "text_ha_intents_tests"
    fixtures = yaml.safe_load((texts / "fixtures_en.yaml").read_text("utf-8"))
    report = {
        "command": "scripts/bench intents --eval DIR",
        "load": os.getloadavg(),
        "home_assistant_tests": examined(texts),
        "slurp": everyday(arguments.eval / "text_slurp", House(fixtures).grown(300)),
        "unrelated": unrelated(arguments.eval, House(fixtures).grown(300)),
        "speech_to_phrase": small_house(arguments.eval / "speech_ohf_speech_to_phrase"),
    }
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
