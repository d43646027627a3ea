"""The whole of it, on real models: as a person would use it, measured from outside."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from audio.frames import Utterance
from audio.wav import read_wav
from models.store import ModelStore
from models.whisper import WhisperEar
from tests.audio.recordings import load
from tests.broker import Mosquitto, needs_mosquitto
from tests.daemon.house import House, first_sound, in_a_row, last_loud, speech
from tests.pulse import VirtualSoundCard, needs_sound

pytestmark = [pytest.mark.models, pytest.mark.slow, pytest.mark.usefixtures("model_store")]


OPEN = '[mqtt]\nenabled = false\n[listening]\nmode = "open"\n'
"""Nobody needs a wake word."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_a_recorded_question_is_answered_aloud_and_noise_is_not(house: House) -> None:
    question = speech("speech_to_phrase/whats-the-weather")
    noise = speech("speech_to_phrase/background-noise")
    path = in_a_row(house.folder / "in.wav", noise, 1.0, question)
    out = house.folder / "out.wav"
    house.call("run", "--input", path, "--output", out)

    (turn,) = house.turns()
    assert "weather" in turn.asked.lower()
    assert turn.channel == "wav"
    assert turn.heard == turn.answered != ""
    assert not turn.interrupted
    assert not turn.error
    assert not any(tool["ok"] for tool in turn.tools), "there is no weather in this house"

    spoken, rate = load(out)
    assert rate == 16_000
    ended = len(noise) / rate + 1.0 + last_loud(question)
    measured_ms = 1000 * (first_sound(spoken, rate) - ended)
    assert measured_ms == pytest.approx(turn.latency_ms["first_audio"], abs=60)
    assert len(spoken) / rate > ended + turn.latency_ms["total"] / 1000 - 0.1
    # A second of speech or more, and not a click.
    assert np.count_nonzero(np.abs(spoken.astype(int)) > 500) > rate / 4


@needs_mosquitto
@pytest.mark.broker
def test_what_a_sensor_said_a_moment_ago_is_in_the_answer(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker:
        settings = f"[mqtt]\nport = {broker.port}\n"
        house = House(tmp_path, settings)
        try:
            _sensors_are_asked(house, broker)
        finally:
            house.close()


def _sensors_are_asked(house: House, broker: Mosquitto) -> None:
    quiet = in_a_row(house.folder / "quiet.wav", 600.0)
    daemon = house.start("run", "--input", quiet, "--output", "null")
    house.ready(daemon)
    house.until(lambda: "Connected to the MQTT broker" in house.log(daemon), daemon)
    broker.publish("home/bedroom/sensor", json.dumps({"temperature": 21.5}))
    for state in ("idle", "running", "finished"):
        broker.publish("zigbee2mqtt/washing machine", json.dumps({"state": state}))
    house.until(lambda: "finished" in house.call("memory", "list", "--json"), daemon, 30)
    house.until(lambda: "21.5" in house.call("home", "--json"), daemon, 30)

    warm = json.loads(house.call("ask", "--json", "How warm is the bedroom?"))
    assert "21.5" in warm["heard"]
    assert "mqtt:home/bedroom/sensor" in [source["origin"] for source in warm["sources"]]

    done = json.loads(house.call("ask", "--json", "When did the washing machine finish?"))
    assert "mqtt:zigbee2mqtt/washing machine" in [source["origin"] for source in done["sources"]]
    now = time.localtime()
    times = {
        f"{(now.tm_hour - 1) % 12 + 1}:{minute % 60:02}"
        for minute in range(now.tm_min - 4, now.tm_min + 1)
    }
    recently = any(time in done["heard"] for time in times) or "ago" in done["heard"]
    assert recently, done["heard"]
    assert daemon.poll() is None, "asking must not disturb the daemon"
    assert house.stop(daemon) < 10


def heard_words(ear_dir: Path, path: Path) -> str:
    async def main() -> str:
        ear = await WhisperEar.load(ear_dir)
        try:
            pcm = read_wav(path).pcm
            transcript = await ear.transcribe(Utterance(pcm, 0, len(pcm), len(pcm)), ())
            return transcript.text.lower()
        finally:
            ear.close()

    return asyncio.run(main())


@needs_sound
@pytest.mark.sound
def test_a_question_to_the_microphone_is_answered_by_the_loudspeaker(
    tmp_path: Path, model_store: ModelStore, whisper_dir: Path
) -> None:
    (tmp_path / "card").mkdir()
    with VirtualSoundCard(tmp_path / "card") as card:
        house = House(tmp_path, OPEN, env=card.env)
        try:
            _talk(house, card, whisper_dir)
        finally:
            house.close()


def _talk(house: House, card: VirtualSoundCard, whisper_dir: Path) -> None:
    question = in_a_row(
        house.folder / "q.wav", 0.5, speech("speech_to_phrase/set-a-timer-for-5-minutes"), 0.5
    )
    daemon = house.start("run")
    house.ready(daemon)
    tape = card.record()
    card.speak(question)
    house.until(house.turns, daemon, 30)
    recorded = tape.stop()

    (turn,) = house.turns()
    assert turn.channel == "mic"
    assert "timer" in turn.asked.lower()
    assert turn.heard == turn.answered
    answer = heard_words(whisper_dir, recorded)
    words = [word for word in turn.heard.lower().strip(".").split() if len(word) > 3]
    assert words
    assert sum(word in answer for word in words) >= len(words) / 2, (answer, turn.heard)

    # In the middle of the next answer: everything stops in order, and the record is kept.
    tape = card.record()
    card.speak(question)
    house.until(lambda: _sounds(tape.path), daemon, 30)
    assert house.stop(daemon) < 10
    tape.stop()
    first, second = house.turns()
    assert first.id == turn.id
    assert second.interrupted
    assert second.answered.startswith(second.heard)
    assert len(second.heard) < len(second.answered)


def _sounds(path: Path) -> bool:
    raw = path.read_bytes()[44:]
    return bool(np.any(np.abs(np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")) > 500))


def test_a_kill_in_the_middle_of_an_answer_loses_no_finished_turn(house: House) -> None:
    question = speech("speech_to_phrase/whats-the-weather")
    other = speech("speech_to_phrase/set-a-timer-for-5-minutes")
    path = in_a_row(house.folder / "in.wav", 0.5, question, 8.0, other, 60.0)
    out = house.folder / "out.wav"
    daemon = house.start("run", "--input", path, "--output", out)
    house.until(out.exists, daemon)
    asked_again = 0.5 + len(question) / 16_000 + 8.0 + len(other) / 16_000
    # The file grows while speech is played; silence is written with the next sound.
    house.until(lambda: len(load(out)[0]) / 16_000 > asked_again, daemon, 60)
    daemon.send_signal(signal.SIGKILL)
    daemon.wait()

    (turn,) = house.turns()
    assert "weather" in turn.asked.lower()
    assert turn.heard
    spoken, _ = load(out)
    assert len(spoken) / 16_000 > asked_again, "what was played before the kill can be listened to"
    # The next one begins where this one was killed.
    assert json.loads(house.call("ask", "--json", "What can you do?"))["heard"]
    assert [t.asked for t in house.turns()] == [turn.asked, "What can you do?"]
