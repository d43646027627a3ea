"""What of a transcript will stay, while somebody is still speaking.

LocalAgreement-2 of Macháček, Dabre and Bojar, "Turning Whisper into Real-Time Transcription System"
(2023): words with which two successive decodes of a growing sound begin are stable.
"""

from models.vocabulary import words


class Agreement:
    """Compares successive sketches of one utterance.

    Words are compared without case and punctuation, and told as they were last written. What is
    stable is given up only for other words that two sketches agree on: one that suddenly says
    something else is a slip of the decoder.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin with a new utterance."""
        self._stable: list[str] = []
        self._last: list[str] = []

    @property
    def stable(self) -> str:
        """The words that two sketches have agreed on."""
        return " ".join(self._stable)

    @property
    def unstable(self) -> str:
        """What the last sketch has behind the stable words; may still change."""
        return " ".join(self._last[len(self._stable) :])

    def hear(self, text: str) -> str:
        """Take the next sketch: everything that was heard of this utterance so far.

        Returns:
            The stable words so far.
        """
        said = text.split()
        agreed = said[: _alike(said, self._last)]
        self._last = said
        same = _alike(agreed, self._stable)
        if same < len(agreed):
            self._stable = agreed
        else:
            self._stable[:same] = agreed
        return self.stable


def _alike(one: list[str], other: list[str]) -> int:
    """How many words two texts have in common at their beginnings."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if words(mine) != words(theirs):
            break
        count += 1
    return count
