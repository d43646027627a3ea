"""Whether what Whisper wrote was said by anybody: it writes something for every noise.

Only figures decide, never a list of phrases: what is invented on noise today is said tomorrow.
"""

import math
from dataclasses import dataclass

from models.vocabulary import words

COMPRESSION = 2.4
"""Text that zlib shrinks further than this repeats itself (openai/whisper, transcribe.py)."""

BELIEF = 0.4
"""Least probability that there was speech and that it was heard right, token by token.

Chosen as a round number in the gap between what 250 minutes of music, effects and noises came out
as, behind the voice detector, and 302 recordings of speech, 82 of them laid over noise at 3 to 15
dB. Of 98 noises 20 came out as words at 0.3, among them growls, sneezes and a song, and 4 do at
0.4: people crying out. Of the speech it refuses 6 more, 5 of them misheard. Both halves of the
material, by a hash of the name, say the same. OpenAI's pair (average log
probability below -1 and no-speech above 0.6) is meant for choosing among retries on long recordings
and lets through most of what is written for noise when the decoder is given names."""

SILENT = 0.6
"""Probability of no speech above which the reason is silence rather than doubt (openai/whisper)."""

SHORTEST = 0.1
"""Seconds of voice that the shortest word needs; a "no" has about 0.2."""

PACE = 8.0
AT_ONCE = 3
"""Words per second of voice that nobody exceeds, and words granted on top for a strict detector."""


@dataclass(frozen=True, slots=True)
class Decode:
    """What the decoder wrote for one piece of sound.

    Attributes:
        text: the words, stripped.
        language: ISO 639-1 code.
        tokens: how many were written.
        logprob: mean natural logarithm of the tokens' probabilities, end of text included.
        no_speech: probability that there is no speech, 0..1.
        compression: bytes of the text divided by its bytes after zlib; 0 without text.
        ended: False when the limit of tokens stopped it.
        others: nearly as likely texts, the likeliest first.
    """

    text: str
    language: str
    tokens: int
    logprob: float
    no_speech: float
    compression: float
    ended: bool
    others: tuple[str, ...] = ()

    @property
    def confidence(self) -> float:
        """Geometric mean of the token probabilities, 0..1."""
        return math.exp(min(self.logprob, 0.0))

    @property
    def belief(self) -> float:
        """Probability that there was speech and that it was heard right, token by token."""
        return self.confidence * (1.0 - self.no_speech)


def refusal(decode: Decode, voiced: float) -> str:
    """Say why a decode is not to be believed, "" when it is.

    Args:
        decode: what the decoder wrote.
        voiced: seconds of the sound that hold voice.
    """
    said = words(decode.text)
    doubts = {
        "no words": not said,
        "hardly any voice": voiced < SHORTEST,
        "repetition": decode.compression > COMPRESSION,
        "never ended": not decode.ended,
        "more words than voice": len(said) > AT_ONCE + PACE * voiced,
        "no speech": decode.belief < BELIEF and decode.no_speech > SILENT,
        "uncertain": decode.belief < BELIEF,
    }
    return next((reason for reason, true in doubts.items() if true), "")
