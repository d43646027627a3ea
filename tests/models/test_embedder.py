import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from models.catalogue import load
from models.embedder import DIMENSIONS, MAX_TOKENS, MiniLm
from models.ports import EngineFailed, Vectors
from models.providers import CPU, Opened, Session, Sessions
from models.store import ModelStore

WORDS = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "lamp", "door", "warm"]


class Network:
    """Turns token n into the n-th axis, so that a mean can be read off; -1 on padding."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, int]] = []
        self.runs_left = 99

    def run(self, names: object, inputs: Mapping[str, Any]) -> list[Any]:
        self.runs_left -= 1
        if self.runs_left < 0:
            raise RuntimeError("no memory")
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        self.shapes.append(ids.shape)
        states = np.eye(DIMENSIONS, dtype=np.float32)[ids]
        states[mask == 0] = -1
        return [states]


class OneNetwork:
    def __init__(self, network: Network) -> None:
        self.network = network

    def open(self, model: Path, threads: int, first_run: Callable[[Session], object]) -> Opened:
        first_run(cast("Session", self.network))
        return Opened(cast("Session", self.network), model.name, CPU, {}, {})


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def embed(tmp_path: Path, network: Network) -> Callable[[list[str]], Vectors]:
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    # As in the published file, whose own limits are too short and pad every text.
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=128)
    tokenizer.save(str(tmp_path / "tokenizer.json"))

    def call(texts: list[str]) -> Vectors:
        return asyncio.run(
            closing(MiniLm(tmp_path, "x@1", cast("Sessions", OneNetwork(network))), texts)
        )

    return call


async def closing(embedder: MiniLm, texts: list[str]) -> Vectors:
    try:
        return await embedder.embed(texts)
    finally:
        embedder.close()


def test_a_vector_is_the_mean_of_its_tokens_and_of_unit_length(
    embed: Callable[[list[str]], Vectors],
) -> None:
    short, long = embed(["lamp", "door door warm"])
    expected = np.zeros(DIMENSIONS)
    expected[[1, 2, 4]] = 1 / np.sqrt(3)
    np.testing.assert_allclose(short, expected, atol=1e-6)
    assert long[5] == pytest.approx(2 * long[6])
    assert np.linalg.norm(long) == pytest.approx(1)


def test_vectors_come_in_the_order_of_their_texts_in_small_batches(
    embed: Callable[[list[str]], Vectors], network: Network
) -> None:
    texts = ["door " * n + "lamp" for n in (9, 1, 5, 3, 7, 0, 8, 2, 6, 4)] * 3
    together = embed(texts)
    assert max(rows for rows, _ in network.shapes) == 8
    # Texts of like length share a run: hardly any padding is computed.
    computed = sum(rows * tokens for rows, tokens in network.shapes[1:])
    assert computed < 1.2 * sum(len(text.split()) + 2 for text in texts)
    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_allclose(vector, embed([text])[0], atol=1e-6)


def test_a_long_text_is_cut_and_an_empty_one_is_a_vector(
    embed: Callable[[list[str]], Vectors], network: Network
) -> None:
    vectors = embed(["lamp " * 999, ""])
    assert network.shapes[-1] == (2, MAX_TOKENS)
    assert np.isfinite(vectors).all()
    assert embed([]).shape == (0, DIMENSIONS)


def test_a_failing_network_is_an_engine_failure(
    embed: Callable[[list[str]], Vectors], network: Network
) -> None:
    network.runs_left = 1  # the first run, at loading, still works
    with pytest.raises(EngineFailed, match="the embedder failed: no memory"):
        embed(["lamp"])


def test_files_that_are_no_model_are_an_engine_failure(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match=r"tokenizer\.json cannot be read"):
        asyncio.run(closing(MiniLm(tmp_path, "x@1", Sessions([])), ["lamp"]))


@pytest.mark.models
def test_the_real_model_knows_what_belongs_together() -> None:
    root = os.environ.get("AURICLE_TEST_MODELS")
    if not root:
        pytest.skip("AURICLE_TEST_MODELS names no model store")
    folder = ModelStore(Path(root), load()).path("minilm-l6-int8")
    texts = [
        "The lamp in the kitchen is on",
        "The kitchen light is on.",
        "How warm is the bedroom?",
        "word " * 400,
    ]
    vectors = asyncio.run(closing(MiniLm(folder, "x@1", Sessions([])), texts))
    assert vectors.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    likeness = vectors[0] @ vectors.T
    assert likeness[1] > 0.7
    assert likeness[2] < 0.4
    alone = asyncio.run(closing(MiniLm(folder, "x@1", Sessions([])), texts[:1]))
    np.testing.assert_allclose(alone[0], vectors[0], atol=1e-5)
