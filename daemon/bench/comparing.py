"""Our waits beside those of the plain pipeline, and beside our own with other settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from daemon.bench.bench import Figures, Variant
from daemon.bench.figures import lengths, middle, share, spread, waterfall
from daemon.bench.judging import right, rightly_heard
from daemon.bench.pairing import Answered
from daemon.bench.playing import Played
from daemon.bench.serial import STAGES, Waited

_SYNTHETIC: Final = "synthetic"


@dataclass(frozen=True, slots=True)
class Round:
    """What came of some recordings, in their order.

    Attributes:
        ours: of the daemon, by variant; "" is the daemon as it is configured.
        played: what else the daemon told, likewise.
        plain: of the plain pipeline.
        kinder: of the plain pipeline with our grammar.
        load: of the machine at the end.
    """

    ours: Mapping[str, Sequence[Answered]]
    played: Mapping[str, Played]
    plain: Sequence[Waited]
    kinder: Sequence[Waited]
    load: Sequence[float]


def groups(ours: Sequence[Answered]) -> dict[str, list[int]]:
    """Positions of the answers of each group."""
    found: dict[str, list[int]] = {}
    for n, answer in enumerate(ours):
        if answer.group != "none":
            name = f"{answer.group}, {_SYNTHETIC}" if answer.item.synthetic else answer.group
            found.setdefault(name, []).append(n)
    return dict(sorted(found.items()))


def compared(
    ours: Sequence[Answered], plain: Sequence[Waited], kinder: Sequence[Waited], of: Sequence[int]
) -> Figures:
    """One group's waits, ours and theirs; only recordings whose wait can be told count."""
    counted = [n for n in of if ours[n].first_audio_ms is not None]
    waits = [ours[n].first_audio_ms for n in counted]
    first = spread(waits)
    return {
        "first_audio_ms": first,
        "first_sound_ms": spread(ours[n].sound_ms for n in counted),
        "by_the_record_ms": spread(ours[n].record_ms for n in counted),
        "stages_ms": lengths([ours[n].turn for n in counted]),
        "waterfall_ms": waterfall([ours[n].turn for n in counted]),
        "waits_ms": waits,
        "serial": _theirs([plain[n] for n in counted], first),
        "serial_with_grammar": _theirs([kinder[n] for n in counted], first),
    }


def _theirs(answers: Sequence[Waited], ours: Mapping[str, float]) -> Figures:
    first = spread(one.first_audio_ms for one in answers)
    return {
        "first_audio_ms": first,
        "stages_ms": {stage: spread(getattr(one, stage) for one in answers) for stage in STAGES},
        "waits_ms": [round(one.first_audio_ms) for one in answers],
        "ratio": {name: round(ours[name] / first[name], 3) for name in first if name != "n"},
    }


def told(ours: Sequence[Answered]) -> Figures:
    """How many were answered, and how many rightly."""
    known = [one for one in ours if one.item.text and one.turn]
    checked = [one for one in ours if one.item.tool or one.item.answer]
    waited = [one.wav_ms for one in ours if one.wav_ms is not None]
    return {
        "played": len(ours),
        "answered": len(waited),
        "cut_in_two": sum(one.turns > 1 for one in ours),
        "answered_too_soon": sum(wait <= 0 for wait in waited),
        "bridged": sum(one.sound_ms != one.wav_ms for one in ours),
        "talked_over": sum(one.overlapped for one in ours),
        "interrupted": sum(bool(one.turn.get("interrupted")) for one in ours),
        "failed": sum(bool(one.turn.get("error")) for one in ours),
        "rightly_heard": sum(map(rightly_heard, known)),
        "text_known": len(known),
        "right": sum(map(right, checked)),
        "checked": len(checked),
    }


def cached(ours: Sequence[Answered]) -> Figures:
    """Share of the prompt that had been read before, of answers that a mind found words for."""
    shares = [
        share(one.turn["kv_reused"], one.turn["prompt_tokens"])
        for one in ours
        if one.turn.get("prompt_tokens")
    ]
    there = [one for one in shares if one is not None]
    return {"n": len(there), "p50": middle(there), "least": min(there, default=None)}


def ablated(rounds: Sequence[Round], variants: Sequence[Variant]) -> Figures:
    """Waits with other settings, and against those with our own, by group."""
    if not variants:
        return {}
    base = [answer for one in rounds for answer in one.ours[""]]
    figures: Figures = {}
    for variant in variants:
        other = [answer for one in rounds for answer in one.ours[variant.name]]
        figures[variant.name] = {
            "environment": dict(variant.environment),
            "answers": told(other),
            "groups": {
                name: _against([base[n] for n in of], [other[n] for n in of])
                for name, of in groups(base).items()
            },
        }
    return figures


def _against(base: Sequence[Answered], other: Sequence[Answered]) -> Figures:
    both = [
        (ours.first_audio_ms, theirs.first_audio_ms)
        for ours, theirs in zip(base, other, strict=True)
        if ours.first_audio_ms is not None and theirs.first_audio_ms is not None
    ]
    return {
        "first_audio_ms": spread(theirs for _, theirs in both),
        "longer_by_ms": middle(theirs - ours for ours, theirs in both),
    }
