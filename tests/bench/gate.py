"""What the gate costs: milliseconds per call of a tool that does nothing, on a real SQLite file.

`python -m tests.bench.gate [--calls N]`. The trail is written twice per call and is on disk when
`call` returns, so the disk decides: also reported are one such entry alone, and the gate on a file
system in memory, which is what its own work costs.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from daemon.tools.gate import Gate
from daemon.tools.tool import Occasion, Tool, ToolResult
from memory.audit import Why
from memory.store import Store
from models.ports import ToolCall

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "area": {"type": "string"},
        "domain": {"type": "array", "items": {"enum": ["light", "switch"]}},
        "brightness": {"type": "integer", "minimum": 0, "maximum": 100},
    },
    "additionalProperties": False,
}

WHY = Why("intent", "turn")

ARGUMENTS = {"name": "Ceiling Light", "area": "Kitchen", "domain": ["light"], "brightness": 50}


async def _nothing(arguments: Mapping[str, Any], _: Occasion) -> ToolResult:
    state = {"name": "Ceiling Light", "state": "on", "attributes": {"brightness": 50}}
    return ToolResult("done", {"matched": [state]}, undo=(ToolCall("On", dict(arguments)),))


async def _timed(count: int, work: Callable[[], Awaitable[object]]) -> dict[str, float]:
    took = []
    for _ in range(count):
        began = time.perf_counter()
        await work()
        took.append((time.perf_counter() - began) * 1000)
    cuts = statistics.quantiles(took, n=100)
    return {name: round(cuts[n - 1], 2) for name, n in (("p50", 50), ("p95", 95), ("p99", 99))}


async def measure(folder: Path, calls: int) -> dict[str, dict[str, float]]:
    async with Store.open(folder / "gate.db") as store:
        gate = Gate([Tool("On", "", SCHEMA, _nothing)], store.audit)
        said = Occasion("turn", "intent")

        async def call(arguments: Mapping[str, Any]) -> None:
            assert (await gate.call(ToolCall("On", arguments), said)).ok

        await call(ARGUMENTS)
        report = {
            "call": await _timed(calls, lambda: call(ARGUMENTS)),
            "call with repairs": await _timed(
                calls, lambda: call({**ARGUMENTS, "brightness": "fifty %", "domain": "Light"})
            ),
            "refused": await _timed(calls, lambda: gate.call(ToolCall("Fly", {}), said)),
            "an entry of the trail": await _timed(
                calls, lambda: store.audit.note("refused", ToolCall("On", ARGUMENTS), WHY, "")
            ),
        }
        began = time.perf_counter()
        verdict = await store.audit.verify()
        assert not verdict.broken
        per_entry = (time.perf_counter() - began) * 1e6 / verdict.entries
        report["verify"] = {"entries": verdict.entries, "us_per_entry": round(per_entry, 1)}
        return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    report: dict[str, Any] = {"command": "python -m tests.bench.gate", "load": os.getloadavg()}
    for name, parent in (("disk", None), ("memory", "/dev/shm")):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            report[name] = asyncio.run(measure(Path(folder), options.calls))
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
