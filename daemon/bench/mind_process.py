"""A mind that takes a turn for every line it is given: a process for each setting to compare.

`python -m daemon.bench.mind_process WEIGHTS THREADS PROMPT_THREADS` answers with a line of
JSON. How OpenMP waits is decided by the environment before llama.cpp is loaded.
"""

import asyncio
import json
import resource
import sys
import time
from contextlib import aclosing
from datetime import date
from pathlib import Path
from typing import Final

from daemon.prompt import Context, stable
from models.llama import LlamaMind
from models.ports import Message, Prefilled

_QUESTIONS: Final = (
    "why is the sky blue in the day",
    "how do birds find their way home",
    "what is the tallest mountain on earth",
    "who wrote the play about hamlet",
    "how far away is the moon tonight",
    "what do bees do in the winter",
)

_TOKENS: Final = 25
"""Of an answer: a sentence and a half."""

_CONTEXT: Final = 1024


async def _turns(weights: Path, threads: int, prompt_threads: int) -> None:
    mind = await LlamaMind.load(
        weights, threads=threads, prompt_threads=prompt_threads, context=_CONTEXT
    )
    # A beginning as short as can be: what is measured comes behind it.
    before = stable([], Context(), date(2026, 3, 3))[:3]
    await _turn(mind, before, 0)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(await _turn(mind, before, int(line))), flush=True)


async def _turn(mind: LlamaMind, before: list[Message], number: int) -> dict[str, object]:
    """Milliseconds of one turn, its steps, and how often its threads gave up their core."""
    notes = f"[Tuesday 3 March 2026, {number % 12 + 1}:{number % 60:02} PM]"
    asked = Message("user", f"{notes}\n\n{_QUESTIONS[number % len(_QUESTIONS)]}?")
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    at, read, prefill, tokens = began, 0, 0.0, []
    async with aclosing(mind.reply([*before, asked], max_tokens=_TOKENS)) as parts:
        async for part in parts:
            step, at = time.perf_counter() - at, time.perf_counter()
            if isinstance(part, Prefilled):
                read, prefill = part.prompt_tokens - part.kv_reused, step
            else:
                tokens.append(round(step * 1000, 1))
    now = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "turn_ms": round((time.perf_counter() - began) * 1000, 1),
        "read": read,
        "prefill_ms": round(prefill * 1000, 1),
        "token_ms": tokens,
        "waits": now.ru_nvcsw - used.ru_nvcsw,
        "preempted": now.ru_nivcsw - used.ru_nivcsw,
        "processor_s": round(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, 3),
    }


if __name__ == "__main__":
    asyncio.run(_turns(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
