"""What a person in a terminal sees."""

import pytest

from daemon.controls import Controls
from daemon.hearing import Partial
from daemon.terminal import Terminal
from memory.records import Turn


def test_a_terminal_says_how_to_speak_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal(["okay_nabu", "alexa"]).attach(Controls())
    assert capsys.readouterr().out == 'Say "okay nabu" or "alexa", and then what you want.\n'
    Terminal().attach(Controls())
    assert capsys.readouterr().out == ""


def test_the_finished_words_take_the_line_of_the_unfinished(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal = Terminal()
    terminal.overheard(Partial("turn on", "the lamb"))
    terminal.overheard(Partial("word " * 100, "end"))
    shown = capsys.readouterr().out
    first, second = shown.split("\r")[1:]
    assert first.endswith("    you: turn on the lamb ...")
    assert second.endswith("word end ...")
    assert len(second) < 100
    terminal.finished(Turn("t", "s", 0.0, "mic", asked="turn on the lamp", heard="Done."))
    last = capsys.readouterr().out
    assert last.startswith("\r")
    assert last.endswith("    you: turn on the lamp\nauricle: Done.\n")
