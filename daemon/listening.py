"""How this daemon listens: its ear, its wake words, its patience, as the settings want them."""

from collections.abc import Callable
from pathlib import Path

from audio.attention import Mode
from audio.detector import Detector, Judge
from audio.echo import Doubting, EchoCanceller
from audio.endpointer import Endpointer
from audio.endpointer import Patience as Silences
from audio.gate import Gate
from audio.listening import Ear
from audio.ports import Speaker, WakeModelError
from audio.wake import Phrase, WakeWords
from daemon.config import ConfigError
from daemon.ending import nudge, patience_ms
from daemon.floor import Manners
from daemon.foresight import Patience
from daemon.settings import Audio, Listening, Settings
from daemon.soundcard import Output, Source
from daemon.turn import Acts
from models.ports import Transcript

_UNSETTLED_MS = 4000
"""Silence, in milliseconds, that ends an utterance whose pause nobody could weigh."""


def phrases(settings: Listening) -> list[Phrase]:
    """The wake words that are wanted."""
    return [
        Phrase(one.phrase, one.threshold, Path(one.model) if one.model else None)
        for one in settings.wake
    ]


def check(settings: Listening) -> None:
    """Refuse wake words that cannot be listened for, before anything is loaded.

    Raises:
        ConfigError: a phrase is not known, or its model cannot be used.
    """
    try:
        WakeWords(phrases(settings))
    except WakeModelError as error:
        raise ConfigError(f"listening.wake: {error}") from error


def mode(settings: Listening, source: Source, *, wake: bool = False) -> Mode:
    """When what is said is meant for us. A recording is, unless its wake words shall be heard."""
    if source.channel == "wav":
        return "wake" if wake else "open"
    return settings.mode


def echoes(settings: Audio, source: Source, output: Output) -> bool:
    """Whether our own voice can come back to the microphone and is to be taken out."""
    if settings.echo == "auto":
        return source.channel == "mic" and output == "speaker"
    return settings.echo == "on"


def manners(settings: Settings, source: Source, output: Output) -> Manners:
    """Whoever cannot tell our own voice from others does not listen while it sounds."""
    choice = settings.audio.barge_in
    alone = source.channel == "wav" or output != "speaker"
    safe = alone or echoes(settings.audio, source, output)
    barge_in = choice == "on" or (choice == "auto" and safe)
    return Manners(source.channel, barge_in, settings.listening.follow_up_s)


def open_ear(
    settings: Settings,
    source: Source,
    output: Output,
    speaker: Speaker,
    judge: Judge,
    *,
    wake: bool,
) -> tuple[Ear, WakeWords]:
    """The ear, and its wake words, which also silence an answer where none is needed.

    Raises:
        AudioError: a wake word's model or the echo canceller cannot be used.
    """
    microphone = source.microphone
    echo = None
    if echoes(settings.audio, source, output):
        echo = EchoCanceller(speaker.monitor, microphone.time_of)
        judge = Doubting(judge, echo)
    patience = Endpointer(Silences(silence_ms=_UNSETTLED_MS))
    words = WakeWords(phrases(settings.listening))
    how = mode(settings.listening, source, wake=wake)
    detector = Detector(Gate(), judge, patience)
    return Ear(microphone, detector, echo=echo, wake=words, mode=how), words


def patience(acts: Acts, settings: Settings) -> Patience:
    """How long a pause must last, by what the grammar, the words and the sound say."""

    def decide(heard: Transcript, probability: float | None) -> float:
        # Words that are not believed may still be half a sentence.
        return patience_ms(
            None if heard.rejected and not heard.text else heard.text,
            probability,
            understood=acts.follows(heard.text),
            asks=acts.asks,
            patience=settings.listening.patience,
            language=settings.home.language,
        )

    return decide


def is_half(acts: Acts, language: str) -> Callable[[str], bool]:
    """Whether words want to be gone on with: nothing that can be done, and no answer."""

    def half(asked: str) -> bool:
        return not acts.understands(asked) and nudge(asked, language)

    return half
