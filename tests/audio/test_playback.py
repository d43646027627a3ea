import asyncio
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.frames import FRAME, RATE, AudioFrame, Pcm
from audio.playback import NullSpeaker, WavMicrophone, WavSpeaker
from audio.ports import WavError
from audio.timeline import Timeline
from tests.audio.recordings import load, noise, save, tone
from tests.clock import run


def _now() -> float:
    return asyncio.get_running_loop().time()


def test_frames_come_when_their_last_sample_was_spoken(tmp_path: Path) -> None:
    pcm = noise(3 * FRAME + 100)
    path = save(tmp_path / "in.wav", pcm)

    async def scenario() -> None:
        await asyncio.sleep(7)
        microphone = WavMicrophone(path)
        heard: list[AudioFrame] = []
        async with aclosing(microphone.frames()) as frames:
            async for frame in frames:
                assert _now() == pytest.approx(7 + frame.end / RATE)
                assert microphone.time_of(frame.end) == pytest.approx(_now())
                assert microphone.ended == (frame.end >= len(pcm))
                heard.append(frame)
                if len(heard) == 6:
                    break
        assert [frame.start for frame in heard] == [k * FRAME for k in range(6)]
        sound = np.concatenate([frame.pcm for frame in heard])
        np.testing.assert_array_equal(sound[: len(pcm)], pcm)
        assert not sound[len(pcm) :].any()
        assert microphone.dropped == 0

    run(scenario())


def test_a_busy_listener_gets_everything_late_and_then_on_time(tmp_path: Path) -> None:
    pcm = noise(50 * FRAME)
    path = save(tmp_path / "in.wav", pcm)

    async def scenario() -> None:
        microphone = WavMicrophone(path)
        heard: list[AudioFrame] = []
        async with aclosing(microphone.frames()) as frames:
            async for frame in frames:
                heard.append(frame)
                if len(heard) == 5:
                    await asyncio.sleep(0.5)
                if len(heard) == 50:
                    break
        assert _now() == pytest.approx(1.0)
        np.testing.assert_array_equal(np.concatenate([f.pcm for f in heard]), pcm)

    run(scenario())


def test_a_bad_file_is_refused_before_anything_is_heard(tmp_path: Path) -> None:
    with pytest.raises(WavError):
        WavMicrophone(tmp_path / "missing.wav")


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_what_is_said_back_at_a_sample_stands_at_that_sample(tmp_path: Path, rate: int) -> None:
    """Input and output file show the same instant at the same index."""
    question = np.zeros(2 * rate, dtype=np.int16)
    question[rate : rate + 100] = 20_000
    answer = tone(0.2, rate=rate, loud=0.9)

    async def scenario() -> None:
        timeline = Timeline()
        await asyncio.sleep(3)
        microphone = WavMicrophone(save(tmp_path / "in.wav", question, rate), timeline)
        speaker = WavSpeaker(
            tmp_path / "out.wav", timeline, rate=rate, file_rate=microphone.file_rate
        )
        async with aclosing(microphone.frames()) as frames:
            async for frame in frames:
                if frame.start == RATE:
                    await speaker.play(AudioFrame(answer, 0, rate))
                if frame.end == 2 * RATE:
                    break
        await speaker.close()

    run(scenario())
    pcm, file_rate = load(tmp_path / "out.wav")
    assert file_rate == rate
    assert len(pcm) == 2 * rate
    heard_at = rate + round(rate * FRAME / RATE)
    assert not pcm[:heard_at].any()
    np.testing.assert_array_equal(pcm[heard_at : heard_at + len(answer)], answer)
    assert not pcm[heard_at + len(answer) :].any()


def test_a_voices_rate_is_brought_to_the_files(tmp_path: Path) -> None:
    async def scenario() -> None:
        speaker = WavSpeaker(tmp_path / "out.wav", Timeline(), rate=22_050, file_rate=RATE)
        for piece in np.split(tone(1.0, rate=22_050), 10):
            await speaker.play(AudioFrame(piece, 0, 22_050))
        await speaker.drain()
        assert _now() == pytest.approx(1.0)
        assert speaker.played == speaker.queued == 22_050
        await speaker.close()

    run(scenario())
    pcm, _ = load(tmp_path / "out.wav")
    assert len(pcm) == RATE
    middle = slice(RATE // 4, 3 * RATE // 4)
    assert np.abs(pcm[middle].astype(int) - tone(1.0)[middle]).max() < 40


def test_a_reply_right_after_a_flush_is_heard_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        speaker = WavSpeaker(tmp_path / "out.wav", Timeline(), rate=22_050, file_rate=RATE)
        await speaker.play(AudioFrame(tone(0.8, rate=22_050), 0, 22_050))
        await asyncio.sleep(0.25)
        speaker.flush()
        await speaker.play(AudioFrame(tone(0.5, rate=22_050, hertz=880), 0, 22_050))
        await speaker.drain()
        await speaker.close()

    run(scenario())
    pcm, _ = load(tmp_path / "out.wav")
    reply = pcm[RATE // 4 + 100 : RATE // 4 + RATE // 2 - 100].astype(int)
    expected = tone(0.5, hertz=880)[100 : 100 + len(reply)]
    assert np.abs(reply - expected).max() < 1000
    assert len(pcm) == pytest.approx(0.75 * RATE, abs=2)


def test_a_pause_in_a_file_is_exact_silence_and_costs_nothing_of_the_word(tmp_path: Path) -> None:
    async def scenario() -> None:
        speaker = WavSpeaker(tmp_path / "out.wav", Timeline(), rate=22_050, file_rate=RATE)
        await speaker.play(AudioFrame(tone(1.0, rate=22_050), 0, 22_050))
        for _ in range(3):
            await asyncio.sleep(0.2)
            speaker.pause()
            await asyncio.sleep(0.3)
            speaker.resume()
        await speaker.drain()
        assert _now() == pytest.approx(1.9)
        await speaker.close()

    run(scenario())
    pcm, _ = load(tmp_path / "out.wav")
    pieces, silences = [pcm[:3200]], []
    for start in (3200, 11_200, 19_200):
        silences.append(pcm[start : start + 4800])
        pieces.append(pcm[start + 4800 : start + 8000])
    pieces.append(pcm[27_200:])
    assert not np.concatenate(silences).any()
    whole = np.concatenate(pieces).astype(int)
    assert len(whole) == pytest.approx(RATE, abs=1)
    middle = slice(RATE // 10, 9 * RATE // 10)
    assert np.abs(whole[middle] - tone(1.0)[middle]).max() < 40


def test_a_pause_comes_behind_what_the_resampler_still_held(tmp_path: Path) -> None:
    async def scenario() -> None:
        speaker = WavSpeaker(tmp_path / "out.wav", Timeline(), rate=22_050, file_rate=RATE)
        await speaker.play(AudioFrame(tone(0.2, rate=22_050), 0, 22_050))
        await asyncio.sleep(0.195)
        speaker.pause()
        await asyncio.sleep(0.3)
        await speaker.play(AudioFrame(tone(0.2, rate=22_050), 0, 22_050))
        speaker.resume()
        await speaker.drain()
        assert _now() == pytest.approx(0.7)
        await speaker.close()

    run(scenario())
    pcm, _ = load(tmp_path / "out.wav")
    assert np.abs(pcm[1600:3000].astype(int) - tone(0.2)[1600:3000]).max() < 40
    assert pcm[3100:3120].any()
    assert not pcm[3121:7919].any()
    assert pcm[7920:8000].any()


def test_who_waits_for_the_end_of_a_pause_sleeps() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(1000)
        await speaker.play(AudioFrame(np.ones(900, dtype=np.int16), 0, 1000))
        speaker.pause()
        await speaker.drain()

    with pytest.raises(RuntimeError, match="can never happen"):
        run(scenario())


def test_play_waits_while_a_second_is_queued() -> None:
    async def scenario() -> list[float]:
        speaker = NullSpeaker(1000)
        accepted = []
        for _ in range(4):
            await speaker.play(AudioFrame(np.ones(600, dtype=np.int16), 0, 1000))
            accepted.append(_now())
        assert speaker.time_of(600) == pytest.approx(0.6)
        assert speaker.time_of(2400) is None
        return accepted

    assert run(scenario()) == pytest.approx([0.0, 0.0, 0.2, 0.8])


def test_flush_stops_at_once_wakes_who_waits_and_keeps_what_was_heard() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(1000)
        await speaker.play(AudioFrame(np.ones(900, dtype=np.int16), 0, 1000))
        draining = asyncio.create_task(speaker.drain())
        await asyncio.sleep(0.25)
        assert speaker.sounding
        speaker.flush()
        await draining
        assert _now() == pytest.approx(0.25)
        assert (speaker.played, speaker.queued, speaker.sounding) == (250, 250, False)
        assert speaker.time_of(250) is None
        await speaker.play(AudioFrame(np.ones(100, dtype=np.int16), 0, 1000))
        assert speaker.time_of(250) == pytest.approx(0.25)

    run(scenario())


def test_a_pause_is_silence_after_which_it_goes_on_with_the_next_sample() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(1000)
        await speaker.play(AudioFrame(np.ones(900, dtype=np.int16), 0, 1000))
        draining = asyncio.create_task(speaker.drain())
        await asyncio.sleep(0.25)
        speaker.pause()
        assert (speaker.paused, speaker.sounding, speaker.played) == (True, True, 250)
        assert speaker.time_of(249) == pytest.approx(0.249)
        assert speaker.time_of(250) is None
        await asyncio.sleep(2)
        assert (speaker.played, speaker.queued) == (250, 900)
        assert not draining.done()
        speaker.resume()
        assert not speaker.paused
        assert speaker.time_of(250) == pytest.approx(2.25)
        await draining
        assert _now() == pytest.approx(2.9)
        speaker.pause()
        await speaker.drain()
        assert _now() == pytest.approx(2.9)

    run(scenario())


def test_many_pauses_cost_no_fraction_of_a_sample() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(1000)
        await speaker.play(AudioFrame(np.ones(900, dtype=np.int16), 0, 1000))
        for _ in range(200):
            await asyncio.sleep(0.0013)
            speaker.pause()
            await asyncio.sleep(0.0071)
            speaker.resume()
        assert speaker.played == 260
        await speaker.drain()
        assert _now() == pytest.approx(0.9 + 200 * 0.0071)

    run(scenario())


def test_play_waits_for_room_while_paused_and_a_flush_ends_the_pause() -> None:
    async def scenario() -> None:
        speaker = NullSpeaker(1000)
        frame = AudioFrame(np.ones(700, dtype=np.int16), 0, 1000)
        speaker.pause()
        await speaker.play(frame)
        await speaker.play(frame)
        waiting = asyncio.create_task(speaker.play(frame))
        await asyncio.sleep(5)
        assert not waiting.done()
        speaker.resume()
        await waiting
        assert _now() == pytest.approx(5.4)
        speaker.pause()
        speaker.flush()
        assert (speaker.paused, speaker.played, speaker.queued) == (False, 400, 400)
        await speaker.play(frame)
        await speaker.drain()
        assert _now() == pytest.approx(6.1)

    run(scenario())


def test_a_frame_at_another_rate_is_refused() -> None:
    async def scenario() -> None:
        with pytest.raises(ValueError, match="16000 Hz for a speaker at 22050"):
            await NullSpeaker(22_050).play(AudioFrame(np.zeros(1, dtype=np.int16), 0))

    run(scenario())


def test_an_output_without_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WavError, match="no folder"):
        WavSpeaker(tmp_path / "missing" / "out.wav", Timeline(), rate=RATE)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.integers(1, 700)),
        st.tuples(st.just("sleep"), st.integers(0, 1500)),
        st.tuples(st.just("flush"), st.just(0)),
        st.tuples(st.just("drain"), st.just(0)),
        st.tuples(st.just("pause"), st.just(0)),
        st.tuples(st.just("resume"), st.just(0)),
    ),
    max_size=30,
)


class SampledSpeaker:
    """A loudspeaker at 1000 Hz, simulated one sample at a time."""

    def __init__(self) -> None:
        self.sounded: list[int] = []
        self.queue: list[int] = []
        self.given = 0
        self.paused = False

    def pass_time(self) -> None:
        while len(self.sounded) < round(_now() * 1000):
            self.sounded.append(self.queue.pop(0) if self.queue and not self.paused else 0)

    def flush(self) -> None:
        self.pass_time()
        self.given -= len(self.queue)
        self.queue.clear()
        self.paused = False

    def waits_for_ever(self, step: str) -> bool:
        return self.paused and (step == "drain" or (step == "play" and len(self.queue) > 1000))


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_the_file_holds_exactly_what_a_loudspeaker_would_have_played(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """At equal rates. What would wait for the end of a pause for ever ends it first."""
    path = tmp_path_factory.mktemp("track") / "out.wav"
    rate = 1000
    model = SampledSpeaker()

    async def scenario() -> None:
        timeline = Timeline()
        timeline.begin()
        speaker = WavSpeaker(path, timeline, rate=rate, file_rate=rate)
        for step, amount in steps:
            if step == "resume" or model.waits_for_ever(step):
                speaker.resume()
                model.paused = False
            if step == "play":
                pcm: Pcm = np.arange(model.given, model.given + amount).astype(np.int16) + 1
                await speaker.play(AudioFrame(pcm, 0, rate))
                model.pass_time()
                model.queue.extend(pcm.tolist())
                model.given += amount
            elif step == "sleep":
                await asyncio.sleep(amount / rate)
            elif step == "drain":
                await speaker.drain()
            elif step == "pause":
                speaker.pause()
                model.paused = True
            elif step == "flush":
                speaker.flush()
                model.flush()
            model.pass_time()
            assert speaker.queued == model.given
            assert speaker.played == model.given - len(model.queue)
            assert speaker.paused == model.paused
        await speaker.close()

    run(scenario())
    np.testing.assert_array_equal(load(path)[0], model.sounded)
