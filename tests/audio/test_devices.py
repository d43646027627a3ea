import asyncio
import logging
import threading
from contextlib import aclosing
from types import SimpleNamespace

import numpy as np
import pytest

import audio.line
from audio.frames import FRAME, RATE, AudioFrame
from audio.loudspeaker import DeviceSpeaker
from audio.microphone import DeviceMicrophone
from audio.portaudio import PortAudio
from audio.ports import DeviceError
from audio.sound_system import Direction
from tests.audio.recordings import noise, tone
from tests.audio.scripted_sound import ScriptedSound, ScriptedStream
from tests.clock import run

BLOCK = 960
"""20 ms at the scripted card's 48 kHz."""


async def opened(sound: ScriptedSound, number: int = 1) -> ScriptedStream:
    while len(sound.streams) < number:  # noqa: ASYNC110 - virtual time
        await asyncio.sleep(0.01)
    return sound.streams[number - 1]


class Listener:
    """Collects a microphone's frames in a task of its own."""

    def __init__(self, microphone: DeviceMicrophone) -> None:
        self.frames: list[AudioFrame] = []
        self._microphone = microphone
        self.task = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async with aclosing(self._microphone.frames()) as frames:
            async for frame in frames:
                self.frames.append(frame)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


async def hear(stream: ScriptedStream, blocks: int, age: float = 0.02) -> None:
    """As the card does: a block every 20 ms."""
    for k in range(blocks):
        await asyncio.sleep(0.02)
        stream.hears(tone(0.02, hertz=50 * (1 + k % 2), rate=48_000), age)
    await asyncio.sleep(0)


def test_frames_of_the_ear_come_out_of_blocks_of_the_device() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        listener = Listener(microphone)
        stream = await opened(sound)
        began = asyncio.get_running_loop().time()
        await hear(stream, 50)
        await listener.stop()
        assert [frame.start for frame in listener.frames] == [
            k * FRAME for k in range(len(listener.frames))
        ]
        assert len(listener.frames) >= 47  # The resampler holds back up to 40 ms.
        assert {(len(f.pcm), f.pcm.dtype) for f in listener.frames} == {(FRAME, np.dtype("i2"))}
        assert microphone.time_of(RATE // 2) == pytest.approx(began + 0.5, abs=0.001)
        assert stream.closed

    run(scenario())


def test_a_device_that_falls_silent_is_opened_again_and_time_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        listener = Listener(DeviceMicrophone(system=sound))
        now = asyncio.get_running_loop().time
        first = await opened(sound)
        await hear(first, 10)
        fell_silent = now()
        sound.refusals = 3
        while not caplog.records:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0.1)
        assert now() - fell_silent < 2
        second = await opened(sound, 2)
        assert first.closed
        assert sound.refreshed == 4
        away = now() - fell_silent
        await hear(second, 10)
        await listener.stop()
        jump = np.diff([frame.start for frame in listener.frames]).max() - FRAME
        assert jump / RATE == pytest.approx(away, abs=0.05)

    with caplog.at_level(logging.WARNING):
        run(scenario())
    lost, back = caplog.messages
    assert "microphone is lost" in lost
    assert "microphone is back" in back


def test_a_stream_that_stops_by_itself_is_noticed_at_once() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        listener = Listener(DeviceMicrophone(system=sound))
        first = await opened(sound)
        await hear(first, 5)
        stopped = asyncio.get_running_loop().time()
        first.ended()
        await opened(sound, 2)
        assert asyncio.get_running_loop().time() - stopped < 0.1
        await listener.stop()

    run(scenario())


def test_a_listener_that_sleeps_too_long_costs_the_newest_frames_and_they_are_counted() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        async with aclosing(microphone.frames()) as frames:
            first = asyncio.ensure_future(anext(frames))
            stream = await opened(sound)
            for _ in range(2):
                stream.hears(noise(BLOCK))
            await first
            for _ in range(300):
                stream.hears(noise(BLOCK))
            assert microphone.dropped == 300 - 250
            starts = [(await anext(frames)).start for _ in range(249)]
            assert set(np.diff(starts)) == {FRAME}
            for _ in range(3):
                stream.hears(noise(BLOCK))
            after = await anext(frames)
            while after.start < 290 * FRAME:
                after = await anext(frames)
            assert after.start == 302 * FRAME

    run(scenario())


def test_a_device_that_cannot_be_closed_ends_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio.line, "_CLOSES_WITHIN", 0.05)
    release = threading.Event()

    async def scenario() -> ScriptedSound:
        sound = ScriptedSound()
        listener = Listener(DeviceMicrophone(system=sound))
        stream = await opened(sound)
        stream.hang = release
        stream.ended()
        with pytest.raises(DeviceError, match="frozen"):
            await listener.task
        return sound

    sound = asyncio.run(scenario())
    release.set()
    assert sound.abandoned


def test_an_unknown_device_is_refused_at_once() -> None:
    with pytest.raises(DeviceError, match="Nothing Like It"):
        DeviceMicrophone("Nothing Like It", system=ScriptedSound())
    assert DeviceMicrophone("scripted", system=ScriptedSound()).name == "Scripted Card"


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise OSError(f"{name}: PortAudio library not found")

    monkeypatch.setattr("audio.portaudio.importlib.import_module", missing)
    told = r"apt install libportaudio2.*--input FILE\.wav.*--output FILE\.wav"
    with pytest.raises(DeviceError, match=told):
        PortAudio()


@pytest.mark.parametrize(
    ("direction", "told", "not_told"),
    [
        ("input", r'no microphone.*--input FILE\.wav.*auricle ask "', "--output"),
        ("output", r"no loudspeaker.*--output FILE\.wav.*--output null", "--input"),
    ],
)
def test_a_missing_device_says_how_to_do_without(
    monkeypatch: pytest.MonkeyPatch, direction: Direction, told: str, not_told: str
) -> None:
    def no_devices(kind: Direction | None = None) -> list[dict[str, object]]:
        if kind:
            raise ValueError(kind)
        return []

    silent = SimpleNamespace(query_devices=no_devices, PortAudioError=OSError)
    monkeypatch.setattr("audio.portaudio.importlib.import_module", lambda _: silent)
    with pytest.raises(DeviceError, match=told) as caught:
        PortAudio().find(direction, None)
    assert not_told not in str(caught.value)


async def play_on(stream: ScriptedStream, seconds: float, sounds_in: float = 0.03) -> np.ndarray:
    blocks = []
    for _ in range(round(seconds * 50)):
        blocks.append(stream.plays(BLOCK, sounds_in))
        await asyncio.sleep(0.02)
    return np.concatenate(blocks)


async def speaking(
    sound: ScriptedSound,
) -> tuple[DeviceSpeaker, ScriptedStream, asyncio.Task[None]]:
    speaker = DeviceSpeaker(22_050, system=sound)
    running = asyncio.create_task(speaker.run())
    stream = await opened(sound)
    await asyncio.sleep(0.01)
    return speaker, stream, running


def test_what_is_said_is_played_at_the_devices_rate_and_counted_when_heard() -> None:
    async def scenario() -> None:
        speaker, stream, running = await speaking(ScriptedSound())
        said = tone(0.5, rate=22_050)
        for piece in np.split(said, 5):
            await speaker.play(AudioFrame(piece, 0, 22_050))
        now = asyncio.get_running_loop().time
        assert speaker.time_of(0) is None
        began = now() + 0.03
        draining = asyncio.create_task(speaker.drain())
        played = await play_on(stream, 0.4)
        assert speaker.time_of(0) == pytest.approx(began)
        assert speaker.time_of(2205) == pytest.approx(began + 0.1, abs=0.001)
        assert speaker.played == pytest.approx((now() - began) * 22_050, abs=2)
        played = np.concatenate((played, await play_on(stream, 0.3)))
        assert draining.done()
        assert speaker.played == speaker.queued == len(said)
        assert not speaker.sounding
        middle = slice(4800, 19_200)
        expected = tone(0.5, rate=48_000).astype(int)
        assert np.abs(played[: len(expected)][middle] - expected[middle]).max() < 60
        assert not played[25_000:].any()
        await speaker.close()
        assert running.done()
        assert stream.closed

    run(scenario())


def test_flush_forgets_what_the_device_has_not_taken() -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        await speaker.play(AudioFrame(tone(0.5, rate=22_050), 0, 22_050))
        await play_on(stream, 0.2)
        speaker.flush()
        assert speaker.queued == pytest.approx(0.2 * 22_050, abs=1)
        assert speaker.sounding  # The last 10 ms are on their way through the device.
        assert not (await play_on(stream, 0.1)).any()
        assert speaker.played == speaker.queued
        assert speaker.time_of(speaker.queued) is None
        before = speaker.queued
        await speaker.play(AudioFrame(tone(0.1, rate=22_050), 0, 22_050))
        assert (await play_on(stream, 0.2)).any()
        assert speaker.played == speaker.queued == before + 2205
        await speaker.close()

    run(scenario())


def test_a_pause_silences_the_device_and_forgets_nothing() -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        said = tone(0.5, rate=22_050)
        await speaker.play(AudioFrame(said, 0, 22_050))
        draining = asyncio.create_task(speaker.drain())
        before = await play_on(stream, 0.2)
        speaker.pause()
        assert (speaker.paused, speaker.sounding) == (True, True)
        silence = await play_on(stream, 3.0)
        assert not silence[300:].any()
        assert speaker.played == pytest.approx(0.205 * 22_050, abs=1)
        assert speaker.queued == len(said)
        assert not draining.done()
        speaker.resume()
        after = await play_on(stream, 0.4)
        assert draining.done()
        assert not speaker.paused
        assert speaker.played == speaker.queued == len(said)
        played = np.concatenate((before, silence[:240], after)).astype(int)
        middle = np.r_[4800:9500, 10_100:19_200]
        assert np.abs(played[middle] - tone(0.5, rate=48_000)[middle]).max() < 60
        await speaker.close()

    run(scenario())


def test_a_paused_loudspeaker_that_is_lost_comes_back_unpaused() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        speaker, stream, _ = await speaking(sound)
        await speaker.play(AudioFrame(tone(1.0, rate=22_050), 0, 22_050))
        await play_on(stream, 0.5)
        speaker.pause()
        await play_on(stream, 0.1)
        await speaker.drain()
        assert not speaker.paused
        assert not speaker.sounding
        heard = speaker.played
        assert heard == pytest.approx(0.505 * 22_050, abs=1)
        second = await opened(sound, 2)
        await asyncio.sleep(0.01)
        speaker.resume()
        await speaker.play(AudioFrame(tone(0.1, rate=22_050), 0, 22_050))
        assert (await play_on(second, 0.3)).any()
        assert speaker.played == heard + 2205
        await speaker.close()

    run(scenario())


def test_a_word_ends_after_a_pause_in_its_last_moment() -> None:
    """The resampler's last samples are not asked for while nothing plays, but afterwards."""

    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        await speaker.play(AudioFrame(tone(0.3, rate=22_050), 0, 22_050))
        await play_on(stream, 0.2)
        speaker.pause()
        await play_on(stream, 0.5)
        speaker.resume()
        await play_on(stream, 0.4)
        assert not speaker.sounding
        assert speaker.played == 6615
        await speaker.close()

    run(scenario())


def test_what_is_given_in_a_pause_joins_without_a_seam() -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        said = np.split(tone(0.6, rate=22_050), 3)
        await speaker.play(AudioFrame(said[0], 0, 22_050))
        await play_on(stream, 0.1)
        speaker.pause()
        for piece in said[1:]:
            await speaker.play(AudioFrame(piece, 0, 22_050))
            await play_on(stream, 0.5)
        speaker.resume()
        after = (await play_on(stream, 0.6)).astype(int)
        rest = tone(0.6, rate=48_000)[4800 + 240 :].astype(int)
        assert np.abs(after[300:23_000] - rest[300:23_000]).max() < 60
        await speaker.close()

    run(scenario())


def test_who_waits_for_the_end_of_a_pause_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        await speaker.play(AudioFrame(tone(0.5, rate=22_050), 0, 22_050))
        speaker.pause()
        draining = asyncio.create_task(speaker.drain())
        await asyncio.sleep(0)
        looks: list[float] = []
        monkeypatch.setattr(speaker._pump, "ahead", looks.append)
        await play_on(stream, 2.0)
        assert not looks
        monkeypatch.undo()
        speaker.flush()
        await draining
        await speaker.close()

    run(scenario())


def test_the_monitor_has_what_the_device_was_given() -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        began = asyncio.get_running_loop().time() + 0.03
        assert speaker.monitor.between(began, began + 0.02) is None
        await speaker.play(AudioFrame(tone(0.5, rate=22_050), 0, 22_050))
        await play_on(stream, 0.2)
        speaker.pause()
        await play_on(stream, 0.2)
        reference = speaker.monitor.between(began + 0.05, began + 0.15)
        assert reference is not None
        expected = tone(0.5)[800:2400].astype(int)
        assert np.abs(reference - expected).max() < 200
        assert speaker.monitor.between(began + 0.21, began + 0.4) is None
        await speaker.close()

    run(scenario())


def test_play_waits_while_a_second_is_queued() -> None:
    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        await speaker.play(AudioFrame(tone(1.5, rate=22_050), 0, 22_050))
        waiting = asyncio.create_task(speaker.play(AudioFrame(tone(0.1, rate=22_050), 0, 22_050)))
        await play_on(stream, 0.4)
        assert not waiting.done()
        await play_on(stream, 0.2)
        assert waiting.done()
        await speaker.close()

    run(scenario())


def test_a_word_does_not_wait_for_the_next_one_to_end() -> None:
    """Without drain: the resampler's last samples are played before the queue is dry."""

    async def scenario() -> None:
        speaker, stream, _ = await speaking(ScriptedSound())
        await speaker.play(AudioFrame(tone(0.3, rate=22_050), 0, 22_050))
        played = await play_on(stream, 0.5)
        assert np.flatnonzero(played)[-1] == pytest.approx(0.3 * 48_000, abs=100)
        assert not speaker.sounding
        await speaker.close()

    run(scenario())


def test_a_lost_loudspeaker_lets_the_turn_go_on_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        speaker, stream, _ = await speaking(sound)
        await speaker.play(AudioFrame(tone(1.0, rate=22_050), 0, 22_050))
        await play_on(stream, 0.5)
        silent_since = asyncio.get_running_loop().time()
        sound.refusals = 2
        await speaker.drain()
        assert asyncio.get_running_loop().time() - silent_since < 2
        heard = speaker.played
        assert heard == speaker.queued == pytest.approx(0.5 * 22_050, abs=1)
        await speaker.play(AudioFrame(tone(1.0, rate=22_050), 0, 22_050))
        assert speaker.queued == heard
        second = await opened(sound, 2)
        await asyncio.sleep(0.01)
        await speaker.play(AudioFrame(tone(0.1, rate=22_050), 0, 22_050))
        assert (await play_on(second, 0.3)).any()
        assert speaker.played == heard + 2205
        await speaker.close()

    with caplog.at_level(logging.WARNING):
        run(scenario())
    assert [message.split(";")[0].split(" after")[0] for message in caplog.messages] == [
        "the loudspeaker is lost",
        "the loudspeaker is back",
    ]


def test_a_speaker_without_its_device_discards() -> None:
    async def scenario() -> None:
        speaker = DeviceSpeaker(RATE, system=ScriptedSound())
        await speaker.play(AudioFrame(tone(3), 0))
        await speaker.drain()
        assert (speaker.queued, speaker.played) == (0, 0)
        with pytest.raises(ValueError, match="22050"):
            await speaker.play(AudioFrame(tone(1), 0, 22_050))

    run(scenario())


def test_a_muted_microphone_is_closed_and_time_goes_on() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        listener = Listener(microphone)
        first = await opened(sound)
        await hear(first, 10)
        first.hears(tone(0.02, rate=48_000))
        microphone.mute(True)
        heard = len(listener.frames)
        await asyncio.sleep(60)
        assert first.closed
        assert len(sound.streams) == 1, "nothing is opened meanwhile"
        assert len(listener.frames) == heard, "nor is told what was captured before"
        assert not microphone.lost
        microphone.mute(False)
        second = await opened(sound, 2)
        await hear(second, 10)
        await listener.stop()
        jump = np.diff([frame.start for frame in listener.frames]).max() - FRAME
        assert jump / RATE == pytest.approx(60, abs=0.1)
        assert second.closed

    run(scenario())


def test_a_microphone_that_is_muted_from_the_start_is_never_opened() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        microphone.mute(True)
        listener = Listener(microphone)
        await asyncio.sleep(60)
        assert sound.streams == []
        microphone.mute(False)
        await hear(await opened(sound), 10)
        assert listener.frames[0].start == 0
        await listener.stop()

    run(scenario())


def test_a_lost_microphone_is_not_looked_for_while_it_is_muted() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        listener = Listener(microphone)
        first = await opened(sound)
        await hear(first, 5)
        sound.refusals = 10_000
        first.ended()
        await asyncio.sleep(30)
        assert microphone.lost
        microphone.mute(True)
        await asyncio.sleep(0.1)
        tried = sound.refusals
        await asyncio.sleep(100)
        assert sound.refusals == tried
        assert not microphone.lost
        sound.refusals = 0
        microphone.mute(False)
        await hear(await opened(sound, 2), 5)
        await listener.stop()

    run(scenario())


def test_muted_and_opened_within_a_moment_it_still_hears() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(system=sound)
        listener = Listener(microphone)
        stream = await opened(sound)
        await hear(stream, 5)
        microphone.mute(True)
        microphone.mute(False)
        await asyncio.sleep(0.05)
        await hear(sound.streams[-1], 10)
        assert not sound.streams[-1].closed
        assert len(listener.frames) > 8
        await listener.stop()

    run(scenario())


def test_who_is_in_no_hurry_gets_five_blocks_at_once_and_loses_none() -> None:
    async def scenario() -> None:
        sound = ScriptedSound()
        microphone = DeviceMicrophone(rate=RATE, system=sound)
        listener = Listener(microphone)
        stream = await opened(sound)
        counts: list[int] = []

        async def come(blocks: int) -> list[int]:
            counts.clear()
            for _ in range(blocks):
                stream.hears(noise(FRAME))
                await asyncio.sleep(0.02)
                counts.append(len(listener.frames))
            return counts

        assert await come(3) == [1, 2, 3]
        microphone.relax(True)
        assert await come(11) == [3, 3, 3, 3, 8, 8, 8, 8, 8, 13, 13]
        microphone.relax(False)
        assert await come(2) == [15, 16]
        assert [frame.start for frame in listener.frames] == [k * FRAME for k in range(16)]
        await listener.stop()

    run(scenario())
