"""Written text as people say it: no markup, numbers, times and units in words."""

import re

from wetext import Normalizer

_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_MARKUP = re.compile(r"[*_`#>|~]+")
_LIST_ITEM = re.compile(r"(?m)^\s*(?:[-•*]|\d+[.)])\s+")
_PICTOGRAPHS = re.compile("[\U0001f000-\U0001faff☀-➿\ufe0f\u200d]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_UNITS = {
    "W": "watts",
    "Wh": "watt hours",
    "kWh": "kilowatt hours",
    "V": "volts",
    "A": "amperes",
    "hPa": "hectopascals",
    "lx": "lux",
    "ppm": "parts per million",
    "ppb": "parts per billion",
    "dB": "decibels",
    "µg/m³": "micrograms per cubic meter",
}
"""Units of sensors that WeTextProcessing's grammars leave as they are."""
_UNIT = re.compile(rf"(?<=\d)\s?({'|'.join(sorted(_UNITS, key=len, reverse=True))})(?![\w/²³])")
_SPELLED = re.compile(r"\b(?:(TV|LED|t?VOC|e?CO2?|NO2|SO2|O3)(s?)(?!\w)|PM(?=\d))")
"""Letters that are said one by one, where the grammars or the voice make a word of them ("vock" for
VOC, "numbertwo" for NO2, "television" for the TV): what sensors and appliances are called."""

_SPACE = re.compile(r"\s+")


class Spoken:
    """Text normalisation for a voice, by WeTextProcessing's English grammars (1-5 ms a clause).

    Sparrowhawk-style weighted transducers; see Zhang et al., "WeTextProcessing", and Ebden and
    Sproat, "The Kestrel TTS text normalization system", 2015.
    """

    def __init__(self) -> None:
        self._normalizer = Normalizer(lang="en", operator="tn")

    def __call__(self, text: str) -> str:
        """Return what a person would read aloud; "" when nothing can be said."""
        plain = _LINK.sub(r"\1", text)
        plain = _LIST_ITEM.sub("", plain)
        plain = _PICTOGRAPHS.sub("", _MARKUP.sub("", plain))
        plain = _UNIT.sub(lambda unit: f" {_UNITS[unit[1]]}", _THOUSANDS.sub("", plain))
        plain = _SPELLED.sub(_letters, plain)
        plain = _SPACE.sub(" ", plain).strip()
        if not any(character.isalnum() for character in plain):
            return ""
        try:
            return str(self._normalizer.normalize(plain)) or plain
        except (AssertionError, ValueError, IndexError, KeyError):
            # Its token parser asserts what its grammars do not guarantee. Piper reads figures, too.
            return plain


def _letters(name: re.Match[str]) -> str:
    if name[1] is None:
        return "P M "
    return " ".join(name[1]) + ("'s" if name[2] else "")
