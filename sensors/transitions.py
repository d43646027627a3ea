"""What the step from one value to the next means, as a sentence. Knows nothing older than that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sensors.events import Reading
from sensors.quantities import settled

RUNNING = frozenset(
    {
        "running", "run", "started", "in use", "in progress", "busy", "washing", "rinsing",
        "spinning", "drying", "cleaning", "cooking", "baking", "heating", "brewing", "printing",
        "charging",
    }
)  # fmt: skip
"""States of a machine at work."""

FINISHED = frozenset({"finished", "finish", "done", "complete", "completed", "end", "ended"})
"""States that say so, whatever was before."""

RESTING = FINISHED | {"docked", "idle", "off", "ready", "returning", "standby", "stopped"}
"""States that mean "finished" after RUNNING, and nothing new after one another."""

PLAYING = frozenset({"playing", "paused"})
"""States of a player that is on; nobody asks tomorrow when a song was paused."""

UNDERWAY = frozenset({"opening", "closing", "locking", "unlocking", "buffering"})
"""States that are over in a moment; what they lead to is told."""

_RADIOS = ("sensor", "contact", "detector", "motion", "plug")

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Noted:
    """A change worth telling.

    Attributes:
        kind: one of a few; what tells the same of the same thing has the same kind.
        text: the sentence.
        rest: seconds for which its kind is not told again of the thing.
    """

    kind: str
    text: str
    rest: float = MINUTE


def noted(before: Reading, now: Reading) -> Noted | None:
    """What the step between two readings of one entity means, if it is worth remembering."""
    rule = _RULES.get(now.quantity)
    if rule is None or before.value == now.value:
        return None
    return rule(_settled(before), _settled(now))


def finished(reading: Reading) -> Noted:
    """That a machine has done its work; told once, whichever of its entities shows it."""
    return Noted("finished", f"{thing(reading)} finished.", 10 * MINUTE)


def thing(reading: Reading) -> str:
    """The thing as the subject of a sentence, without what its radio is called."""
    words = reading.name.split()
    while len(words) > 1 and words[-1].lower() in _RADIOS:
        words.pop()
    return "The " + " ".join(words)


def _settled(reading: Reading) -> Reading:
    """Home Assistant's "on" of a door as the truth that all others say."""
    value = settled(reading.quantity, reading.value)
    return reading if value is reading.value else replace(reading, value=value)


def _state(before: Reading, now: Reading) -> Noted | None:
    old, new = str(before.value).lower(), str(now.value).lower()
    if (new in FINISHED - {old} and old not in FINISHED) or (old in RUNNING and new in RESTING):
        return finished(now)
    if new in RUNNING:
        return None if old in RUNNING else _started(now)
    return _ended_up(now, old, new)


def _ended_up(now: Reading, old: str, new: str) -> Noted | None:
    """What a state means that is no machine's at work."""
    if new in ("open", "closed"):
        return _moved(now, is_open=new == "open")
    if new in _BOLTED:
        return Noted(new, f"{thing(now)} {_BOLTED[new]}.")
    if new in ("on", "off") or (new in PLAYING and old == "off"):
        way = "off" if new == "off" else "on"
        return Noted(f"switched {way}", f"{thing(now)} was switched {way}.")
    if new in UNDERWAY or not PLAYING.isdisjoint((old, new)) or {old, new} <= RESTING:
        return None
    return Noted("changed", f"{thing(now)} changed from {old} to {new}.", 10 * MINUTE)


_BOLTED = {"locked": "was locked", "unlocked": "was unlocked", "jammed": "is jammed"}


def _running(before: Reading, now: Reading) -> Noted | None:
    if not isinstance(now.value, bool):
        return _state(before, now)
    return _started(now) if now.value else finished(now)


def _started(now: Reading) -> Noted:
    return Noted("started", f"{thing(now)} started.", 10 * MINUTE)


def _contact(_: Reading, now: Reading) -> Noted | None:
    return _moved(now, is_open=not now.value) if isinstance(now.value, bool) else None


def _opening(_: Reading, now: Reading) -> Noted | None:
    return _moved(now, is_open=now.value) if isinstance(now.value, bool) else None


def _moved(now: Reading, *, is_open: bool) -> Noted:
    what = "opened" if is_open else "closed"
    return Noted(what, f"{thing(now)} was {what}.")


def _movement(_: Reading, now: Reading) -> Noted | None:
    place = thing(now).removeprefix("The ")
    text = f"Movement was noticed at the {place}."
    return Noted("movement", text, HOUR / 2) if now.value is True else None


def _alarm(_: Reading, now: Reading) -> Noted | None:
    what = {"tamper": "tampering", "water leak": "a water leak"}.get(now.quantity, now.quantity)
    does = "reported" if now.value else "no longer reports"
    return Noted(f"{does} {what}", f"{thing(now)} {does} {what}.")


def _battery_low(_: Reading, now: Reading) -> Noted | None:
    return battery_is_low(now) if now.value is True else None


def battery_is_low(reading: Reading) -> Noted:
    """A warning, once a day at the most."""
    return Noted("battery", f"The battery of the {reading.name} is low.", DAY)


def _availability(_: Reading, now: Reading) -> Noted | None:
    says = {"offline": "went offline", "online": "is back online"}.get(str(now.value))
    return Noted(says, f"The {now.name} {says}.", 10 * MINUTE) if says else None


_RULES: Mapping[str, Callable[[Reading, Reading], Noted | None]] = {
    "state": _state,
    "running": _running,
    "contact": _contact,
    "opening": _opening,
    "occupancy": _movement,
    "motion": _movement,
    "presence": _movement,
    "water leak": _alarm,
    "smoke": _alarm,
    "gas": _alarm,
    "carbon monoxide": _alarm,
    "tamper": _alarm,
    "battery low": _battery_low,
    "availability": _availability,
}
