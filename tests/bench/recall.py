"""How good and how fast recall is: `python -m tests.bench.recall --model FOLDER`.

FOLDER holds the embedder's model.onnx and tokenizer.json.

The floors of memory/recall.py were chosen on the questions marked "tune"; those marked "held" were
not looked at for that. Prints hit@3, how often a question that nothing answers gets passages all
the same, and the latency of a recall among N distinct passages, embedding included and left out.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from memory.records import Passage
from memory.store import Store
from models.embedder import MiniLm
from models.ports import Embedder, Vectors
from models.providers import Sessions

NOW = 1_800_000_000.0
LIMIT = 3


class Timed:
    """An embedder that adds up the seconds it took."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self.identity = inner.identity
        self.dimensions = inner.dimensions
        self.seconds = 0.0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        began = time.perf_counter()
        vectors = await self._inner.embed(texts)
        self.seconds += time.perf_counter() - began
        return vectors


async def quality(embedder: Embedder | None, data: dict[str, Any], folder: Path) -> None:
    async with Store.open(folder / "quality.db", embedder) as store:
        ids = await store.passages.remember(
            [
                Passage(0, p["text"], p["origin"], NOW - 3600 * p["hours_ago"])
                for p in data["passages"]
            ]
        )
        keys = dict(zip(ids, (p["key"] for p in data["passages"]), strict=True))
        for split in ("tune", "held"):
            hits, first, given, wrong, asked, unanswerable = 0, 0, 0, [], 0, 0
            for question in (q for q in data["questions"] if q["split"] == split):
                found = await store.passages.recall(question["ask"], limit=LIMIT, now=NOW)
                names = [keys[passage.id] for passage in found]
                if question["answers"]:
                    asked += 1
                    given += len(names)
                    hits += any(name in question["answers"] for name in names)
                    first += bool(names) and names[0] in question["answers"]
                    if not any(name in question["answers"] for name in names):
                        wrong.append(f"missed: {question['ask']} -> {names}")
                else:
                    unanswerable += 1
                    if names:
                        wrong.append(f"unasked: {question['ask']} -> {names}")
            unasked = sum(line.startswith("unasked") for line in wrong)
            print(
                f"{split}: hit@{LIMIT} {hits}/{asked}, hit@1 {first}/{asked}, passages per answered"
                f" question {given / asked:.1f}; unrelated questions given passages"
                f" {unasked}/{unanswerable}"
            )
            print("".join(f"    {line}\n" for line in wrong), end="")


async def latency(embedder: Embedder, data: dict[str, Any], folder: Path, count: int) -> None:
    timed = Timed(embedder)
    async with Store.open(folder / "latency.db", timed, sensor_limit=count) as store:
        rng = random.Random(1)
        texts = [p["text"] for p in data["passages"]]
        began = time.perf_counter()
        for start in range(0, count, 500):
            await store.passages.remember(
                [
                    Passage(
                        0, f"{rng.choice(texts)} Reading {start + n}.", "mqtt:bench", NOW - start
                    )
                    for n in range(min(500, count - start))
                ]
            )
        spent = time.perf_counter() - began
        print(
            f"remembering {count} distinct passages: {(spent - timed.seconds) / count * 1e3:.2f} ms"
            f" each and {timed.seconds / count * 1e3:.2f} ms of embedding"
        )
        whole, without = [], []
        for question in [q["ask"] for q in data["questions"]] * 3:
            embedding = timed.seconds
            began = time.perf_counter()
            await store.passages.recall(question, limit=LIMIT, now=NOW)
            whole.append(time.perf_counter() - began)
            without.append(whole[-1] - (timed.seconds - embedding))
    for name, times in (("recall", whole), ("recall without embedding", without)):
        p95 = statistics.quantiles(times, n=20)[-1]
        print(f"{name}: p50 {statistics.median(times) * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")
    print(f"file: {(folder / 'latency.db').stat().st_size / 2**20:.1f} MiB")


class Noise:
    """Random unit vectors: enough for latency, and they cost nothing."""

    identity = "noise"
    dimensions = 384

    async def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.random.default_rng(len(texts[0])).normal(size=(len(texts), 384))
        unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(
            np.float32
        )
        return unit


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="without it, only latency is measured")
    parser.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    data = json.loads(Path(__file__).with_name("household.json").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.model:
            embedder = MiniLm(arguments.model, "bench", Sessions([]))
            await quality(embedder, data, Path(folder))
            embedder.close()
            print("by keyword alone:")
            await quality(None, data, Path(folder) / "words")
        await latency(Noise(), data, Path(folder), arguments.count)


if __name__ == "__main__":
    asyncio.run(main())
