from pathlib import Path

import numpy as np
import pytest

from audio.frames import RATE, Pcm
from audio.ports import AudioError
from audio.smart_turn import SmartTurn
from models.store import ModelStore
from tests.audio.recordings import load, noise

READING = Path(__file__).parents[1] / "data/speech/pocketsphinx/sense-and-sensibility-0870.wav"


@pytest.fixture(scope="module")
def judge(model_store: ModelStore) -> SmartTurn:
    return SmartTurn(model_store.path("smart-turn-v3") / "smart-turn-v3.2-cpu.onnx")


@pytest.fixture(scope="module")
def sentence() -> Pcm:
    return load(READING)[0]


def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="auricle models verify"):
        SmartTurn(tmp_path / "missing.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"this is no model")
    with pytest.raises(AudioError, match=r"broken\.onnx"):
        SmartTurn(broken)


@pytest.mark.models
def test_another_model_is_refused(model_store: ModelStore) -> None:
    with pytest.raises(AudioError, match="not a Smart Turn model"):
        SmartTurn(model_store.path("silero-vad") / "silero_vad.onnx")


@pytest.mark.models
def test_a_sentence_is_complete_at_its_end_and_not_inside(judge: SmartTurn, sentence: Pcm) -> None:
    assert judge.probability(sentence) > 0.9
    assert judge.probability(sentence[: len(sentence) * 6 // 10]) < 0.1


@pytest.mark.models
def test_only_the_last_eight_seconds_count(judge: SmartTurn, sentence: Pcm) -> None:
    last = np.concatenate((sentence, np.zeros(8 * RATE - len(sentence), np.int16)))
    earlier = np.concatenate((noise(5 * RATE), last))
    assert judge.probability(earlier) == judge.probability(last)


@pytest.mark.models
def test_a_short_turn_stands_at_the_end_of_silence(judge: SmartTurn, sentence: Pcm) -> None:
    padded = np.concatenate((np.zeros(8 * RATE - len(sentence), np.int16), sentence))
    assert judge.probability(sentence) == pytest.approx(judge.probability(padded), abs=1e-5)


@pytest.mark.models
@pytest.mark.parametrize("samples", [0, 1, RATE, 20 * RATE])
def test_any_sound_has_a_probability(judge: SmartTurn, samples: int) -> None:
    assert 0 <= judge.probability(np.zeros(samples, np.int16)) <= 1
    assert 0 <= judge.probability(np.full(samples, -32768, np.int16)) <= 1
