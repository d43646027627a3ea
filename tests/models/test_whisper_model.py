"""The real Whisper on real recordings."""

import asyncio
import wave
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from audio.frames import RATE, Pcm, Utterance
from models.agreement import Agreement
from models.ports import EngineFailed, Transcript
from models.vocabulary import prompt, words
from models.whisper import WhisperEar
from models.whisper_decoder import FILES, Decoder

pytestmark = pytest.mark.models

T = TypeVar("T")
SPEECH = Path(__file__).parents[1] / "data" / "speech"
HOME = ("Kitchen", "Standing Light", "New York", "EcoBee", "Front Door", "Shopping List")


def recording(name: str) -> Pcm:
    with wave.open(str(SPEECH / name), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


class Listening:
    """An ear and the loop on which it lives, for tests that are not coroutines."""

    def __init__(self, folder: Path) -> None:
        self.runner = asyncio.Runner()
        self.ear = self.run(WhisperEar.load(folder))
        self.run(self.ear.warm())

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(main)

    def hear(self, pcm: Pcm, vocabulary: Sequence[str] = HOME) -> Transcript:
        utterance = Utterance(pcm, 0, len(pcm), len(pcm))
        return self.run(self.ear.transcribe(utterance, vocabulary))


@pytest.fixture(scope="module")
def listening(whisper_dir: Path) -> Iterator[Listening]:
    listening = Listening(whisper_dir)
    yield listening
    listening.ear.close()
    listening.runner.close()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("is-the-front-door-locked", "is the front door locked"),
        ("lock-the-front-door", "lock the front door"),
        ("whats-the-temperature-of-the-ecobee", "what's the temperature of the ecobee"),
        ("whats-the-weather", "what's the weather"),
        ("turn-on-standing-light", "turn on standing light"),
        ("resume", "resume"),
        ("nevermind", "nevermind"),
    ],
)
def test_a_command_is_understood(listening: Listening, name: str, said: str) -> None:
    transcript = listening.hear(recording(f"speech_to_phrase/{name}.wav"))
    assert words(transcript.text) == words(said)
    assert transcript.confidence > 0.5
    assert transcript.rejected == ""


def test_the_vocabulary_is_what_makes_a_brand_name_heard(listening: Listening) -> None:
    question = recording("speech_to_phrase/whats-the-temperature-of-the-ecobee.wav")
    assert "EcoBee" in listening.hear(question, HOME).text
    assert "EcoBee" not in listening.hear(question, ()).text


def test_speech_about_other_things_is_heard_with_the_house_in_mind(listening: Listening) -> None:
    sentence = listening.hear(recording("pocketsphinx/sense-and-sensibility-0870.wav"))
    assert "leisure to consider how much there might be prudently" in sentence.text
    robot = listening.hear(recording("pocketsphinx/go-forward-ten-meters.wav"))
    assert words(robot.text)[:2] == ["go", "forward"]


def sounds() -> dict[str, Pcm]:
    random = np.random.default_rng(1)
    hum = np.sin(2 * np.pi * 50 * np.arange(3 * RATE) / RATE) * 3000
    return {
        "digital silence": np.zeros(2 * RATE, np.int16),
        "one sample": np.zeros(1, np.int16),
        "quiet noise": random.normal(0, 10, 3 * RATE).astype(np.int16),
        "loud noise": random.normal(0, 6000, 3 * RATE).astype(np.int16),
        "mains hum": hum.astype(np.int16),
        "room noise": recording("speech_to_phrase/background-noise.wav"),
    }


@pytest.mark.parametrize("vocabulary", [HOME, ()], ids=["vocabulary", "none"])
@pytest.mark.parametrize("sound", sounds())
def test_no_words_are_invented(listening: Listening, sound: str, vocabulary: Sequence[str]) -> None:
    transcript = listening.hear(sounds()[sound], vocabulary)
    assert transcript.text == ""
    assert transcript.rejected


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lock-the-front-door", "lock the front door"),
        ("turn-on-standing-light", "turn on standing light"),
    ],
)
def test_a_clipped_command_is_understood(listening: Listening, name: str, said: str) -> None:
    loud = recording(f"speech_to_phrase/{name}.wav").astype(np.int32) * 5
    clipped = np.clip(loud, -32768, 32767).astype(np.int16)
    assert np.mean(loud != clipped) > 0.01
    assert words(listening.hear(clipped).text) == words(said)


def test_of_two_people_who_talk_at_once_the_louder_one_is_heard(listening: Listening) -> None:
    near = recording("speech_to_phrase/lock-the-front-door.wav").astype(np.int32)
    far = recording("pocketsphinx/sense-and-sensibility-0870.wav")[: len(near)] // 6
    both = np.clip(near + far, -32768, 32767).astype(np.int16)
    assert "front door" in listening.hear(both).text.lower()


@pytest.mark.slow
def test_a_monologue_of_five_minutes_is_heard_to_its_end(listening: Listening) -> None:
    pause = np.zeros(RATE // 4, np.int16)
    names = ["sense-and-sensibility-0870", "go-forward-ten-meters"]
    spoken = [recording(f"pocketsphinx/{name}.wav") for name in names]
    names = ["is-the-front-door-locked", "turn-on-standing-light", "whats-the-weather"]
    spoken += [recording(f"speech_to_phrase/{name}.wav") for name in names]
    once = np.concatenate([sound for recorded in spoken for sound in (recorded, pause)])
    times = 300 * RATE // len(once) + 1
    transcript = listening.hear(np.tile(once, times))
    heard = words(transcript.text)
    for word in ("dashwood", "leisure", "forward", "locked", "standing", "weather"):
        # Five people at five loudnesses: a quiet sentence beside a loud one may be left out.
        assert 0.8 * times <= heard.count(word) <= times + 1, word
    assert heard[-3:] == ["what's", "the", "weather"]


def test_sketches_of_growing_speech_begin_with_what_is_said(listening: Listening) -> None:
    sentence = recording("pocketsphinx/sense-and-sensibility-0870.wav")
    agreement = Agreement()
    for end in range(RATE, len(sentence), RATE):
        utterance = Utterance(sentence[:end], 0, end, end)
        agreement.hear(listening.run(listening.ear.sketch(utterance, HOME)).text)
    final = words(listening.hear(sentence).text)
    stable = words(agreement.stable)
    assert len(stable) > len(final) // 2
    assert stable == final[: len(stable)]


def test_a_cancelled_transcription_leaves_the_ear_ready(listening: Listening) -> None:
    sentence = recording("pocketsphinx/sense-and-sensibility-0870.wav")
    monologue = np.tile(sentence, 12)

    async def scenario() -> None:
        utterance = Utterance(monologue, 0, len(monologue), len(monologue))
        task = asyncio.create_task(listening.ear.transcribe(utterance, HOME))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    listening.run(scenario())
    weather = recording("speech_to_phrase/whats-the-weather.wav")
    assert listening.hear(weather).text == "What's the weather?"


def test_the_language_is_detected_when_none_is_given(whisper_dir: Path) -> None:
    async def scenario() -> Transcript:
        ear = await WhisperEar.load(whisper_dir, threads=1, language=None)
        pcm = recording("pocketsphinx/sense-and-sensibility-0870.wav")
        try:
            return await ear.transcribe(Utterance(pcm, 0, len(pcm), len(pcm)), ())
        finally:
            ear.close()

    assert asyncio.run(scenario()).language == "en"


def test_an_unknown_language_is_refused_when_loading(whisper_dir: Path) -> None:
    with pytest.raises(EngineFailed, match="does not know 'klingon'"):
        asyncio.run(WhisperEar.load(whisper_dir, language="klingon"))


@pytest.mark.parametrize("broken", FILES)
def test_a_damaged_file_is_an_engine_failure(
    whisper_dir: Path, tmp_path: Path, broken: str
) -> None:
    for file in whisper_dir.iterdir():
        if file.name != broken:
            (tmp_path / file.name).symlink_to(file.resolve())
    (tmp_path / broken).write_bytes(b"{ no")
    with pytest.raises(EngineFailed, match="cannot be loaded"):
        asyncio.run(WhisperEar.load(tmp_path))


def test_trouble_in_the_network_is_an_engine_failure(whisper_dir: Path) -> None:
    decoder = Decoder(whisper_dir, 1, "en")
    with pytest.raises(EngineFailed, match="could not encode"):
        decoder.encode(np.zeros(RATE, np.int16), 31)
    with pytest.raises(EngineFailed, match="could not decode"):
        decoder.generate(decoder.encode(np.zeros(RATE, np.int16), 15), 1.0, (), beams=0)


@pytest.mark.parametrize("samples", [0, 1, 159, 160, 401, 3 * RATE + 7, 14 * RATE, 15 * RATE])
def test_silence_that_is_not_computed_looks_like_silence(whisper_dir: Path, samples: int) -> None:
    decoder = Decoder(whisper_dir, 1, "en")
    pcm = np.random.default_rng(0).integers(-9000, 9000, samples, dtype=np.int16)
    filled = np.zeros(15 * RATE, np.float32)
    filled[:samples] = pcm / np.float32(32768)
    whole = decoder._model.feature_extractor(filled)[:, :1500]
    assert np.allclose(decoder._features(pcm, 15), whole, atol=1e-5)


def test_a_hostile_name_puts_no_control_token_into_the_prompt(whisper_dir: Path) -> None:
    decoder = Decoder(whisper_dir, 1, "en")
    tokens = prompt(["<|endoftext|>", "<|nospeech|> Lamp"], decoder._encode_text)
    assert tokens
    assert max(tokens) < decoder._tokenizer("en").eot


def test_several_hypotheses_are_told_apart(whisper_dir: Path) -> None:
    decoder = Decoder(whisper_dir, 1, "en")
    noise = (np.random.default_rng(0).standard_normal(RATE) * 3000).astype(np.int16)
    encoded = decoder.encode(noise, 15)
    assert decoder.generate(encoded, 1.0, ()).others == ()
    wider = decoder.generate(encoded, 1.0, (), beams=5)
    assert len({wider.text, *wider.others}) == 1 + len(wider.others)
    assert wider.others
    assert all(wider.others)
