"""What a daemon would have told of a script."""

from typing import Any

import numpy as np

from audio.frames import RATE, Pcm
from daemon.bench.material import Item
from daemon.bench.script import Cue

BEGAN = 1_700_000_000.0
"""Unix seconds of a script's first sample."""


def a_cue(second: float, length: float = 1.0, **item: Any) -> Cue:
    start = round(second * RATE)
    told = Item(f"at {second}", "set", None, **item)
    return Cue(told, start, start, start + round(length * RATE))


def a_turn(second: float, **record: Any) -> dict[str, Any]:
    """A record of a turn that somebody began at a second of the script."""
    return {
        "channel": "wav",
        "started_at": BEGAN + second - 0.3,
        "route": "intent",
        "asked": "turn on the lamp",
        "answered": "Turned on the lamp.",
        "tools": [],
        "latency_ms": {},
        "trace": [],
        "kv_reused": 0,
        "prompt_tokens": 0,
        "interrupted": False,
        **record,
    }


def output(length: float, *sounds: tuple[float, float]) -> Pcm:
    """What was played: silence, and sound from one second to another."""
    pcm = np.zeros(round(length * RATE), np.int16)
    for start, end in sounds:
        pcm[round(start * RATE) : round(end * RATE)] = 1000
    return pcm
