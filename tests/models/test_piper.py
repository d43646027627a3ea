import asyncio
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest

from audio.frames import AudioFrame
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


def test_a_description_that_is_not_pipers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "voice.onnx.json").write_text("[1, 2")
    with pytest.raises(EngineFailed, match=r"voice\.onnx"):
        asyncio.run(PiperMouth.load(tmp_path / "voice.onnx", Sessions([]), 1))
    with pytest.raises(EngineFailed, match=r"nothing\.onnx"):
        asyncio.run(PiperMouth.load(tmp_path / "nothing.onnx", Sessions([]), 1))
