"""What the step from one value to the next means, as a sentence. Knows nothing older than that."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sensors import wording
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

UNDERWAY = frozenset(
    {"opening", "closing", "locking", "unlocking", "buffering", "arming", "disarming", "pending"}
)
"""States that are over in a moment; what they lead to is told."""

_RADIOS = (
    "sensor", "contact", "detector", "motion", "occupancy", "presence", "opening", "state",
    "status",
)  # fmt: skip

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Noted:
    """A change worth telling.

    Attributes:
        kind: one of a few; what tells the same of the same thing has the same kind.
        text: the sentence.
        rest: seconds for which its kind is not told again of the thing.
        many: what would be said of several things: "were switched off"; "" for what is told alone.
        sort: what `kind` and its opposite have in common; "" if `many` is.
        is_small: whether a house that is full of such changes need not hear of each.
    """

    kind: str
    text: str
    rest: float = MINUTE
    many: str = ""
    sort: str = ""
    is_small: bool = False


def may_be_noted(before: Reading, now: Reading) -> bool:
    """Whether `noted` has anything to say of readings like these, whatever they are called."""
    return now.quantity in _RULES and before.value != now.value


def noted(before: Reading, now: Reading) -> Noted | None:
    """What the step between two readings of one entity means, if it is worth remembering."""
    rule = _RULES.get(now.quantity)
    if rule is None or before.value == now.value:
        return None
    return rule(_settled(before), _settled(now))


def finished(reading: Reading) -> Noted:
    """That a machine has done its work; told once, whichever of its entities shows it."""
    return Noted("finished", f"{_machine(reading)} finished.", 10 * MINUTE)


def thing(reading: Reading) -> str:
    """The thing as the subject of a sentence, without what its radio is called."""
    words = wording.called(reading.name).split()
    while len(words) > 1 and words[-1].lower() in _RADIOS:
        words.pop()
    return "The " + " ".join(words)


def _settled(reading: Reading) -> Reading:
    """Home Assistant's "on" of a door as the truth that all others say."""
    value = settled(reading.quantity, reading.value)
    is_same = type(value) is type(reading.value) and value == reading.value
    return reading if is_same else replace(reading, value=value)


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
    if new in _SAID:
        # People are called by their names.
        who = now.name if new in ("home", "not_home") else thing(now)
        return Noted(new, f"{who} {_SAID[new]}.")
    if new in ("on", "off") or (new in PLAYING and old == "off"):
        return _switched(now, "off" if new == "off" else "on")
    if new in UNDERWAY or not PLAYING.isdisjoint((old, new)) or {old, new} <= RESTING:
        return None
    if not (_is_word(old) and _is_word(new)):
        return None
    return Noted("changed", f"{thing(now)} changed from {old} to {new}.", HOUR / 2, is_small=True)


def _switched(now: Reading, way: str) -> Noted | None:
    if now.entity.startswith("binary_sensor."):
        return None  # nobody switches a sensor, and what its "on" means is not known here
    text = f"{thing(now)} {_was(now)} switched {way}."
    many = f"were switched {way}"
    return Noted(f"switched {way}", text, 10 * MINUTE, many, "switched", is_small=True)


def _is_word(state: str) -> bool:
    """Whether a state that is not known is short enough to be nothing but a state."""
    return state.isalpha() and len(state) <= _LONGEST_WORD


_LONGEST_WORD = 16

_PLURALS = (
    "blinds",
    "curtains",
    "doors",
    "drapes",
    "lamps",
    "lights",
    "shades",
    "shutters",
    "windows",
)

_SAID = {
    "home": "came home", "not_home": "left home",
    "locked": "was locked", "unlocked": "was unlocked", "jammed": "is jammed",
    "disarmed": "was disarmed", "triggered": "was triggered",
    **dict.fromkeys(
        (
            "armed_home", "armed_away", "armed_night", "armed_vacation", "armed_custom_bypass",
            "armed",
        ),
        "was armed",
    ),
}  # fmt: skip


def _running(before: Reading, now: Reading) -> Noted | None:
    if not isinstance(now.value, bool):
        return _state(before, now)
    return _started(now) if now.value else finished(now)


def _started(now: Reading) -> Noted:
    return Noted("started", f"{_machine(now)} started.", 10 * MINUTE)


def _machine(reading: Reading) -> str:
    """What works behind a plug: nobody's plug has ever finished."""
    return thing(reading).removesuffix(" plug")


def _contact(_: Reading, now: Reading) -> Noted | None:
    return _moved(now, is_open=not now.value) if isinstance(now.value, bool) else None


def _opening(_: Reading, now: Reading) -> Noted | None:
    return _moved(now, is_open=now.value) if isinstance(now.value, bool) else None


def _moved(now: Reading, *, is_open: bool) -> Noted:
    what = "opened" if is_open else "closed"
    return Noted(what, f"{thing(now)} {_was(now)} {what}.")


def _was(now: Reading) -> str:
    return "were" if now.name.lower().endswith(_PLURALS) else "was"


def _movement(_: Reading, now: Reading) -> Noted | None:
    place = thing(now).removeprefix("The ")
    text = f"Movement was noticed at the {place}."
    return Noted("movement", text, HOUR, is_small=True) if now.value is True else None


def _alarm(_: Reading, now: Reading) -> Noted | None:
    what = {"tamper": "tampering", "water leak": "a water leak"}.get(now.quantity, now.quantity)
    does = "reported" if now.value else "no longer reports"
    words = thing(now).split()
    while len(words) > 2 and words[-1] in {*now.quantity.split(), *_RADIOS, "alarm"}:
        words.pop()
    return Noted(f"{does} {what}", f"{' '.join(words)} {does} {what}.")


def _battery_low(_: Reading, now: Reading) -> Noted | None:
    return battery_is_low(now) if now.value is True else None


def battery_is_low(reading: Reading) -> Noted:
    """A warning, once a day at the most."""
    of = thing(reading).removeprefix("The ").removesuffix(" battery")
    return Noted("battery", f"The battery of the {of} is low.", DAY)


def _availability(_: Reading, now: Reading) -> Noted | None:
    says = {"offline": "went offline", "online": "is back online"}.get(str(now.value))
    if says is None:
        return None
    many = says.replace("is ", "are ")
    return Noted(says, f"{thing(now)} {says}.", HOUR, many, "link", is_small=True)


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
