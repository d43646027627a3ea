"""What an answer says was measured here, and whether the notes hold such a value."""

import re

_UNIT = r"(?:°|%|degrees?\b|percent\b|watts?\b|lux\b|lx\b|W\b|kWh\b|ppm\b|hPa\b)"
_DIGITS = re.compile(rf"(-?\d+(?:[.,]\d+)?)(?=\s?{_UNIT})", re.IGNORECASE)
_ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SPELT = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[- ](?P<one>{'|'.join(_ONES[1:10])}))?"
    rf"|(?P<ones>{'|'.join(_ONES)}))(?=\s{_UNIT})",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_ROOM = (
    r"bedroom|kitchen|living room|bathroom|garage|cellar|basement|attic|office|study|hall|hallway|"
    r"corridor|nursery|balcony|terrace|greenhouse|porch|laundry|loft|shed"
)
_PLACE = (
    rf"{_ROOM}|garden|outside|outdoors?|indoors?|inside|house|home|(?:this|the|your|my) room|"
    r"in there|in here|here"
)
_HERE = re.compile(
    rf"^(?:yes, |no, |currently,? |right now,? )?(?:it's|it is|it was|that's)\b"
    rf"|^the (?:[\w']+ ){{0,3}}(?:temperature|humidity|power|battery|brightness)\b.{{0,40}}\bis\b"
    r"|\b(?:thermostat|heating|heater|radiators?|volume|brightness|blinds?|shutters?|curtains?)\b"
    r".{0,40}\b(?:is|are)\b"
    rf"|\b(?:{_PLACE})\b[^.]{{0,30}}\b(?:is|are|was|at)\b|\b(?:is|are|was)\b.*\b(?:{_PLACE})\b",
    re.IGNORECASE,
)
_IN_GENERAL = re.compile(
    r"\b(?:ideal|ideally|recommended|recommend|should|best|typical|typically|usual|usually|average|"
    r"normal|normally|comfortable|boils?|boiling|melts?|melting|freezes|freezing point|absolute|"
    r"sun|moon|mars|venus|jupiter|earth|stars?|planets?|space|lava|body|blood|fever|celsius|"
    r"fahrenheit|kelvin|convert|cook|cooked|bake|roast|chicken|beef|pork|bread|wine|tea|record|"
    r"water|ice|steel|iron|gold|of \d+)\b",
    re.IGNORECASE,
)
"""In a question: it is about the world. In the answer: its value is nobody's measurement."""
_WEATHER = (
    r"sunny|rain\w*|cloud\w*|snow\w*|wind\w*|storm\w*|overcast|clear sk\w+|drizzl\w+|forecast"
)
_ASKS_WEATHER = re.compile(
    rf"\b(?:weather|umbrella|jacket|coat|{_WEATHER})\b.*"
    r"|\bwill it be\b",
    re.IGNORECASE,
)
_TELLS_WEATHER = re.compile(
    rf"\b(?:it's|it is|it will|it'll|it looks|today|tomorrow|tonight|outside|the weather)\b.*"
    rf"\b(?:{_WEATHER}|warm|cold|hot|mild|nice|fine|clear)\b|\b(?:expect|chance of)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"^(?:yes, |no, )?(?:nobody|no one|somebody|someone|everybody|everyone)(?: else)? (?:is|was) "
    r"(?:at home|home|here|there|at the door|outside|inside)\b",
    re.IGNORECASE,
)
_PRESENCE = r"\b(?:occupancy|motion|presence|movement|home|person)\b"
_ASKS_WHERE = re.compile(r"^(?:and |so )?where(?:'s| is| are| did| was| were)\b", re.IGNORECASE)
_OWN = re.compile(r"\b(?:my|our|i|we)\b", re.IGNORECASE)
_NOT_KNOWN = re.compile(r"\b(?:don't|do not|can't|cannot|no)\b", re.IGNORECASE)


def invents_measurement(clause: str, evidence: str, asked: str) -> bool:
    """Whether a clause tells a value of the here and now that nobody measured.

    A whole number may be a rounded one. Water boils at 100 °C whatever the notes say.
    """
    if not _HERE.search(clause) or _IN_GENERAL.search(asked) or _IN_GENERAL.search(clause):
        return False
    known = _values(_about_the_room(clause, evidence, asked)) | {
        _float(number) for number in _NUMBER.findall(asked)
    }
    return any(not _is_known(value, known) for value in _values(clause))


def _about_the_room(clause: str, evidence: str, asked: str) -> str:
    """The lines of the evidence that can vouch for a value: those of the room, if one is named."""
    rooms = re.findall(rf"\b(?:{_ROOM})\b", clause, re.IGNORECASE) or re.findall(
        rf"\b(?:{_ROOM})\b", asked, re.IGNORECASE
    )
    lines = evidence.splitlines()
    return "\n".join(
        line for line in lines if not rooms or any(room.lower() in line.lower() for room in rooms)
    )


def invents_weather(clause: str, evidence: str, asked: str) -> bool:
    """Whether a clause answers a question for the weather that the evidence says nothing about."""
    if not (_ASKS_WEATHER.search(asked) and _TELLS_WEATHER.search(clause)):
        return False
    return not (_NOT_KNOWN.search(clause) or re.search(_WEATHER, evidence, re.IGNORECASE))


def invents_whereabouts(clause: str, evidence: str, asked: str) -> bool:
    """Whether a clause tells where somebody or something of theirs is, and no note names the place.

    Places that are no room are only looked at when the question is for what belongs to the asker.
    """
    if _SOMEBODY.search(clause):
        return re.search(_PRESENCE, evidence, re.IGNORECASE) is None
    if not _ASKS_WHERE.search(asked) or _NOT_KNOWN.search(clause):
        return False
    places = re.findall(rf"\b(?:in|at) the ({_ROOM})\b", clause, re.IGNORECASE)
    if _OWN.search(asked):
        places += re.findall(r"\b(?:in|on|under|at|behind|near) (?:the|your) (\w+)", clause)
    return any(place.lower() not in evidence.lower() for place in places)


def _values(text: str) -> set[float]:
    spelt = {
        (_TENS.index(tens.lower()) + 2) * 10 + (_ONES.index(one.lower()) if one else 0)
        if tens
        else _ONES.index(ones.lower())
        for tens, one, ones in (m.group("tens", "one", "ones") for m in _SPELT.finditer(text))
    }
    return {_float(number) for number in _DIGITS.findall(text)} | {float(n) for n in spelt}


def _is_known(value: float, known: set[float]) -> bool:
    return any(value == one or (value.is_integer() and abs(value - one) <= 0.5) for one in known)


def _float(number: str) -> float:
    return float(number.replace(",", "."))
