"""How good and how fast recall is: `python -m tests.bench.recall --model FOLDER`.

FOLDER holds the embedder's model.onnx and tokenizer.json.

The floors of memory/recall.py were chosen on the questions marked "tune"; those marked "held" were
not looked at for that. Reports hit@3, how often a question that nothing answers gets passages all
the same, and the latency of a recall among N distinct passages, embedding included and left out.
"""

import argparse
import asyncio
import json
import os
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


async def quality(
    embedder: Embedder | None, data: dict[str, Any], folder: Path
) -> dict[str, dict[str, Any]]:
    report: dict[str, dict[str, Any]] = {}
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
            report[split] = {
                "answerable": asked,
                f"hit_at_{LIMIT}": hits,
                "hit_at_1": first,
                "passages_per_answered": round(given / asked, 1),
                "unrelated": unanswerable,
                "unrelated_given_passages": unasked,
                "wrong": wrong,
            }
    return report


async def latency(
    embedder: Embedder, data: dict[str, Any], folder: Path, count: int
) -> dict[str, Any]:
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
        report: dict[str, Any] = {
            "passages": count,
            "remember_ms_each": round((spent - timed.seconds) / count * 1e3, 2),
        }
        whole, without = [], []
        for question in [q["ask"] for q in data["questions"]] * 3:
            embedding = timed.seconds
            began = time.perf_counter()
            await store.passages.recall(question, limit=LIMIT, now=NOW)
            whole.append(time.perf_counter() - began)
            without.append(whole[-1] - (timed.seconds - embedding))
    for name, times in (("recall_ms", whole), ("recall_without_embedding_ms", without)):
        p95 = statistics.quantiles(times, n=20)[-1]
        p50 = statistics.median(times)
        report[name] = {"p50": round(p50 * 1e3, 1), "p95": round(p95 * 1e3, 1)}
    report["file_mib"] = round((folder / "latency.db").stat().st_size / 2**20, 1)
    return report


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
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    data = json.loads(Path(__file__).with_name("household.json").read_text("utf-8"))
    report: dict[str, Any] = {
        "command": "python -m tests.bench.recall --model FOLDER",
        "load": os.getloadavg(),
    }
    with tempfile.TemporaryDirectory() as folder:
        if arguments.model:
            embedder = MiniLm(arguments.model, "bench", Sessions([]))
            report["by_meaning_and_keyword"] = await quality(embedder, data, Path(folder))
            embedder.close()
            report["by_keyword_alone"] = await quality(None, data, Path(folder) / "words")
        report["latency"] = await latency(Noise(), data, Path(folder), arguments.count)
    text = json.dumps(report, indent=1, ensure_ascii=False)
    print(text)
    if arguments.out:
        arguments.out.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
