"""What people say, and the moment it stands for."""

import pytest

from daemon.timers.when import parse
from tests.daemon.timers.phrases import ALARMS, BERLIN, NOW, REPEATED


def told(moment: float) -> str:
    return BERLIN.at(moment).isoformat(" ").removesuffix(":00")


@pytest.mark.parametrize(("said", "meant"), ALARMS.items(), ids=ALARMS)
def test_a_phrase_means_a_moment(said: str, meant: str) -> None:
    assert told(parse(said, NOW, BERLIN).at) == meant


@pytest.mark.parametrize(("said", "meant"), REPEATED.items(), ids=REPEATED)
def test_a_phrase_means_a_rule(said: str, meant: tuple[str, str]) -> None:
    when = parse(said, NOW, BERLIN)
    assert (told(when.at), when.repeat) == meant
