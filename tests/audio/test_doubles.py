"""The doubles are only worth something if they refuse what the ports forbid."""

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from audio.frames import RATE, AudioFrame
from audio.ports import DeviceError, Microphone, Speaker
from tests.audio.recordings import tone
from tests.clock import run
from tests.doubles.audio import RecordingSpeaker, ScriptedMicrophone


def test_a_scripted_microphone_speaks_in_virtual_time() -> None:
    async def scenario() -> None:
        scripted = ScriptedMicrophone.saying(0.5, tone(0.1), 0.4)
        microphone: Microphone = scripted
        async with aclosing(microphone.frames()) as frames:
            async for frame in frames:
                assert asyncio.get_running_loop().time() == pytest.approx(frame.end / RATE)
                if frame.pcm.any():
                    assert RATE // 2 <= frame.start < 0.6 * RATE
                if microphone.ended:
                    break
            with pytest.raises(AssertionError, match="still open"):
                await anext(microphone.frames())
        assert frame.end == RATE

    run(scenario())


def test_a_scripted_microphone_can_freeze() -> None:
    async def scenario() -> None:
        async with aclosing(ScriptedMicrophone(fails_at=0.1).frames()) as frames:
            with pytest.raises(DeviceError):
                async for _ in frames:
                    pass
        assert asyncio.get_running_loop().time() == pytest.approx(0.12)

    run(scenario())


def test_a_recording_speaker_knows_what_was_heard_and_refuses_disorder() -> None:
    async def scenario() -> None:
        recording = RecordingSpeaker(1000)
        speaker: Speaker = recording
        await speaker.play(AudioFrame(np.arange(1200, dtype=np.int16), 0, 1000))
        await asyncio.sleep(0.1)
        np.testing.assert_array_equal(recording.heard, np.arange(100))
        waiting = asyncio.create_task(speaker.play(AudioFrame(np.ones(1, dtype=np.int16), 0, 1000)))
        await asyncio.sleep(0)
        with pytest.raises(AssertionError, match="still waits"):
            await speaker.play(AudioFrame(np.ones(1, dtype=np.int16), 0, 1000))
        await waiting
        speaker.pause()
        await asyncio.sleep(1)
        speaker.resume()
        await speaker.drain()
        assert recording.resumed_at[0] - recording.paused_at[0] == 1
        assert len(recording.heard) == 1201
        speaker.flush()
        await speaker.close()
        with pytest.raises(AssertionError, match="after close"):
            speaker.flush()
        assert recording.calls == [
            *["play"] * 3, "pause", "resume", "drain", "flush", "close",
        ]  # fmt: skip

    run(scenario())
