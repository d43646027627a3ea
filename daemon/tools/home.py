"""The tools of the home: what Home Assistant's intents name, done by this house."""

from collections.abc import Callable
from datetime import tzinfo

from daemon.tools.climate import climate_tools
from daemon.tools.clock import clock_tools
from daemon.tools.confirmation import Policy
from daemon.tools.covers import cover_tools
from daemon.tools.home_action import Actions, Performer
from daemon.tools.home_machines import machine_tools
from daemon.tools.home_queries import query_tools
from daemon.tools.home_speech import Say, speech_tools
from daemon.tools.home_switching import switching_tools
from daemon.tools.lights import light_tools
from daemon.tools.lists import list_tools
from daemon.tools.media import media_tools
from daemon.tools.targets import HouseView
from daemon.tools.tool import Tool
from memory.lists import Lists


def home_tools(
    house: HouseView,
    control: Performer,
    lists: Lists,
    now: Callable[[], float],
    *,
    policy: Policy | None = None,
    say: Say | None = None,
    zone: tzinfo | None = None,
) -> list[Tool]:
    """All tools of the home.

    Args:
        house: what there is; `sensors.registry.Registry`.
        control: gives commands; `sensors.control.Control`.
        lists: things to buy and to do.
        now: Unix seconds.
        policy: what is asked about first; None for what is dangerous by its kind.
        say: announces a sentence aloud; None where nothing can.
        zone: time zone of the house, None for the machine's.
    """
    actions = Actions(house, control, policy or Policy(), now)
    return [
        *switching_tools(house, actions),
        *light_tools(house, actions),
        *cover_tools(house, actions),
        *climate_tools(house, actions, now),
        *media_tools(house, actions),
        *machine_tools(house, actions),
        *query_tools(house, now),
        *list_tools(lists),
        *clock_tools(now, zone),
        *speech_tools(say),
    ]
