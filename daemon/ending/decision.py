"""How long a pause must last to be the end of what somebody says: words, sound and grammar in one.

Three witnesses are asked, and each is good at what the others are not. The grammar knows when a
command is whole, and then there is nothing to wait for. The words know when a sentence cannot be
over ("set a timer for"). The sound knows what a voice that goes on sounds like, in any language.
The numbers below were chosen on one half of recorded speech and hold on the other
(`daemon/bench/endings.py`).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from daemon.ending.sentence import Stop, stop, substance, words

QUICKEST_MS: Final = 200.0
LONGEST_MS: Final = 4000.0
"""Bounds of any patience, milliseconds of silence since the acoustic end."""

SHORT_ANSWER: Final = 4
"""Words of an answer to a question that somebody was asked: "yes", "the one in the kitchen"."""

FRAGMENT: Final = 2
"""Words of what is seldom a whole sentence unless the grammar understands it: "the second"."""

_WORTH_A_NUDGE: Final = 2
"""Words of an unfinished sentence about which it is worth asking: "um, the" is none."""


class _Patience(NamedTuple):
    """Milliseconds by what the sound says.

    Attributes:
        heard: for each of _COMPLETE; between two of them in proportion.
        unknown: when nobody judges the sound.
    """

    heard: tuple[float, ...]
    unknown: float

    def after(self, probability: float | None) -> float:
        if probability is None:
            return self.unknown
        return float(np.interp(probability, _COMPLETE, self.heard))


_COMPLETE: Final = (0.1, 0.5, 0.94, 0.965, 0.985)
"""Probabilities of completeness. Above the last but one are more than half of those who have
finished, and one in nine of those who go on."""

_UNDERSTOOD: Final = _Patience((1100, 600, 300, 250, 250), 300)
_ANSWER: Final = _Patience((1100, 700, 350, 300, 300), 400)
_HALF_UNDERSTOOD: Final = _Patience((1800, 1400, 1100, 900, 900), 1200)
_UNHEARD: Final = _Patience((2200, 1700, 1400, 1100, 900), 1500)
_STOPS: Final[Mapping[Stop, _Patience]] = {
    # Chosen by hand, above what the mind needs anyway: recorded questions of this kind are few.
    Stop.ASKED: _Patience((1400, 1000, 700, 550, 450), 700),
    Stop.OVER: _Patience((1900, 1450, 1300, 650, 450), 1000),
    Stop.OPEN: _Patience((2200, 1700, 1400, 1300, 1100), 1300),
    Stop.UNFINISHED: _Patience((3200, 2700, 2300, 2000, 2000), 2500),
    Stop.SILENT: _Patience((1200,) * len(_COMPLETE), 1200),
}


def patience_ms(
    heard: str | None,
    probability: float | None,
    *,
    understood: bool,
    asks: bool,
    patience: float = 1.0,
    language: str = "en",
) -> float:
    """How long this pause must last to be the end.

    Args:
        heard: the words so far as the ear wrote them, "" when there are none; None while they are
            not known yet.
        probability: of completeness by its sound, 0..1; None when nobody judges that.
        understood: whether the grammar understands the words completely.
        asks: whether the person was asked something, so that a short answer is one.
        patience: multiplies everything; 2 is for somebody who speaks slowly.
        language: ISO 639-1 code of the words.

    Returns:
        Milliseconds of silence since the acoustic end, QUICKEST_MS..LONGEST_MS.
    """
    row = _UNHEARD if heard is None else _row(heard, language, understood=understood, asks=asks)
    return min(max(patience * row.after(probability), QUICKEST_MS), LONGEST_MS)


def nudge(heard: str, language: str = "en") -> bool:
    """Whether somebody who ran out of patience's time should be asked to go on.

    Otherwise there is nothing to go on with, and the ear closes quietly; or the sentence can be
    over, and is answered.
    """
    unfinished = stop(heard, language) is Stop.UNFINISHED
    return unfinished and substance(heard, language) >= _WORTH_A_NUDGE


def _row(heard: str, language: str, *, understood: bool, asks: bool) -> _Patience:
    how = stop(heard, language)
    if understood:
        return _HALF_UNDERSTOOD if how is Stop.UNFINISHED else _UNDERSTOOD
    if asks and how in (Stop.ASKED, Stop.OVER, Stop.OPEN) and len(words(heard)) <= SHORT_ANSWER:
        return _ANSWER
    if how is Stop.OVER and len(words(heard)) <= FRAGMENT:
        how = Stop.OPEN
    return _STOPS[how]
