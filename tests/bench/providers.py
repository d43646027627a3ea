"""Runs the embedder, the VAD and the voice on an execution provider and on the CPU; prints JSON.

python -m tests.bench.providers --models FOLDER --provider openvino

FOLDER is a model store. Needs numpy, tokenizers and any build of ONNX Runtime, nothing else, so
that it runs in an environment with a second provider as well as in the product's own.
"""

import argparse
import json
import logging
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from models.providers import CPU, Opened, Provider, Session, Sessions

SENTENCES = ["How warm is the bedroom?", "The washing machine finished at half past ten."]
RUNS = 30


def embedder_inputs(folder: Path) -> Mapping[str, Any]:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_padding()
    tokens = tokenizer.encode_batch(SENTENCES)
    ids = np.array([text.ids for text in tokens], np.int64)
    mask = np.array([text.attention_mask for text in tokens], np.int64)
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def vad_inputs(_: Path) -> Mapping[str, Any]:
    tone = np.sin(np.arange(576) * (2 * np.pi * 180 / 16_000)).astype(np.float32) * 0.3
    state = np.zeros((2, 1, 128), np.float32)
    return {"input": tone[None], "state": state, "sr": np.array(16_000, np.int64)}


def voice_inputs(_: Path) -> Mapping[str, Any]:
    # Without noise (scales 0) the voice is deterministic; 60 phonemes are a clause.
    phonemes = np.resize(np.array([20, 0, 59, 0, 24, 0, 27, 0, 100, 0], np.int64), (1, 60))
    scales = np.array([0.0, 1.0, 0.0], np.float32)
    return {"input": phonemes, "input_lengths": np.array([60], np.int64), "scales": scales}


MODELS: Mapping[str, tuple[str, Callable[[Path], Mapping[str, Any]]]] = {
    "minilm-l6-int8": ("model.onnx", embedder_inputs),
    "silero-vad": ("silero_vad.onnx", vad_inputs),
    "piper-en-us-joe": ("en_US-joe-medium.onnx", voice_inputs),
}


def timed(session: Session, inputs: Mapping[str, Any]) -> tuple[Any, dict[str, float]]:
    first = session.run(None, inputs)[0]
    milliseconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        session.run(None, inputs)
        milliseconds.append((time.perf_counter() - started) * 1e3)
    milliseconds.sort()
    return first, {
        "median_ms": round(statistics.median(milliseconds), 3),
        "worst_ms": round(milliseconds[-1], 3),
    }


def described(opened: Opened, load_s: float) -> dict[str, Any]:
    return {
        "runs_on": str(opened.provider),
        "nodes": dict(opened.nodes),
        "refused": dict(opened.refused),
        "load_s": round(load_s, 3),
    }


def compare(model: str, store: Path, wanted: Provider, threads: int) -> dict[str, Any]:
    name, make = MODELS[model]
    inputs = make(store / model)
    report: dict[str, Any] = {}
    outputs = []
    for label, provider in (("cpu", CPU), ("wanted", wanted)):
        started = time.perf_counter()
        opened = Sessions([provider]).open(store / model / name, threads)
        report[label] = described(opened, time.perf_counter() - started)
        output, times = timed(opened.session, inputs)
        outputs.append(np.asarray(output, np.float64).ravel())
        report[label] |= times
    plain, other = outputs
    report["same_shape"] = plain.shape == other.shape
    if report["same_shape"]:
        norms = np.linalg.norm(plain) * np.linalg.norm(other)
        report["largest_difference"] = float(np.abs(plain - other).max())
        report["cosine"] = float(plain @ other / norms)
    report["speed_up"] = round(report["cpu"]["median_ms"] / report["wanted"]["median_ms"], 2)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--models", type=Path, required=True, help="folder of the model store")
    parser.add_argument("--provider", type=Provider.parse, default=CPU)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    report = {
        "onnxruntime": onnxruntime.__version__,
        "available": onnxruntime.get_available_providers(),
        "provider": str(arguments.provider),
        "threads": arguments.threads,
        "load_average": os.getloadavg()[0],
        "models": {
            model: compare(model, arguments.models, arguments.provider, arguments.threads)
            for model in MODELS
        },
    }
    json.dump(report, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
