import asyncio
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from audio.frames import AudioFrame
from models import piper
from models.piper import PiperMouth
from models.ports import EngineFailed
from models.providers import Sessions
from models.store import ModelStore


async def _mouth(store: ModelStore) -> PiperMouth:
    model = next(model for model in store.catalogue.default if model.role == "mouth")
    weights = max(model.files, key=lambda file: file.size).name
    return await PiperMouth.load(store.path(model.id) / weights, Sessions([]), 2)


async def _said(mouth: PiperMouth, clause: str) -> list[AudioFrame]:
    async with aclosing(mouth.say(clause)) as frames:
        return [frame async for frame in frames]


@pytest.mark.models
def test_a_clause_becomes_audible_frames_without_gaps(model_store: ModelStore) -> None:
    async def scenario() -> None:
        mouth = await _mouth(model_store)
        frames = await _said(mouth, "It is 21.5 °C in the bedroom.")
        assert mouth.rate == 22_050
        assert {frame.rate for frame in frames} == {mouth.rate}
        assert [frame.start for frame in frames[1:]] == [frame.end for frame in frames[:-1]]
        pcm = np.concatenate([frame.pcm for frame in frames])
        assert 1.5 < len(pcm) / mouth.rate < 6
        assert np.abs(pcm.astype(int)).max() > 3000
        assert await _said(mouth, "...") == []
        mouth.close()

    asyncio.run(scenario())


@pytest.mark.models
def test_it_may_be_silenced_in_the_middle(model_store: ModelStore) -> None:
    async def scenario() -> None:
        mouth = await _mouth(model_store)
        async with aclosing(mouth.say("One sentence. Another sentence. A third one.")) as frames:
            await anext(frames)
        assert await _said(mouth, "Next.")
        mouth.close()

    asyncio.run(scenario())


@pytest.mark.models
def test_it_sounds_before_it_is_whole_and_in_pieces_as_in_one(
    model_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        mouth = await _mouth(model_store)
        assert mouth._vocoder is not None
        runs: list[int] = []
        run = mouth._vocoder._run

        def counted(frames: np.ndarray) -> np.ndarray:
            runs.append(frames.shape[2])
            return run(frames)

        monkeypatch.setattr(mouth._vocoder, "_run", counted)
        monkeypatch.setattr(mouth._vocoder, "_cost", None)  # However busy this machine is.
        async with aclosing(mouth.say("The kitchen light has been on since this morning.")) as said:
            await anext(said)
            assert len(runs) == 1
            assert len([frame async for frame in said]) > 10
        assert len(runs) > 2

        ids = mouth._voice.phonemes_to_ids(mouth._voice.phonemize("The light is on again.")[0])
        latent = mouth._voice.phoneme_ids_to_audio(ids)
        assert isinstance(latent, np.ndarray)
        monkeypatch.setattr(mouth._vocoder, "_cost", None)
        pieces = np.concatenate(list(mouth._vocoder.samples(latent)))
        assert np.abs(pieces - run(latent[None])).max() < 1e-4
        mouth.close()

    asyncio.run(scenario())


@pytest.mark.models
def test_a_voice_that_cannot_be_cut_in_two_speaks_too(
    model_store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        halves = await _said(await _mouth(model_store), "The kitchen light is on.")
        monkeypatch.setattr(piper, "_VOCODER", "/nowhere")
        mouth = await _mouth(model_store)
        assert mouth._vocoder is None
        whole = await _said(mouth, "The kitchen light is on.")
        assert whole[-1].end == pytest.approx(halves[-1].end, rel=0.5)
        loudness = [np.concatenate([one.pcm for one in said]).std() for said in (whole, halves)]
        assert loudness[0] == pytest.approx(loudness[1], rel=0.4)
        mouth.close()

    asyncio.run(scenario())


def test_how_a_text_sounds_is_told_without_loading_anything() -> None:
    assert piper.manner() == piper.manner() != ""


@pytest.mark.parametrize("gain", [0.5, 1.0, 2.0])
def test_peaks_are_rounded_and_nothing_else_is_changed(gain: float) -> None:
    loud = np.linspace(-1, 1, 101, dtype=np.float32)
    pcm = piper._levelled(loud, gain).astype(int)
    assert (np.diff(pcm) >= 0).all()
    soft = np.abs(loud * gain) <= 0.79
    assert pcm[soft] == pytest.approx(loud[soft] * gain * 32767, abs=1)
    assert np.abs(pcm).max() <= 32767


def test_a_description_that_is_not_pipers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx.json").write_text("[1, 2")
    with pytest.raises(EngineFailed, match=r"voice\.onnx"):
        asyncio.run(PiperMouth.load(tmp_path / "voice.onnx", Sessions([]), 1))
    with pytest.raises(EngineFailed, match=r"nothing\.onnx"):
        asyncio.run(PiperMouth.load(tmp_path / "nothing.onnx", Sessions([]), 1))
