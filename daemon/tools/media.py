"""Music and television."""

from collections.abc import Callable, Collection
from typing import Annotated, Final, Literal

from pydantic import Field

from daemon.tools.home_action import Actions, Plan
from daemon.tools.states import word
from daemon.tools.targets import AreaName, FloorName, HouseView, Name, NoTarget, Wanted, resolve
from daemon.tools.tool import Occasion, Tool
from sensors.entities import Command, Entity
from sensors.events import Value

Volume = Annotated[int, Field(ge=0, le=100, description="Percent")]
Query = Annotated[str, Field(min_length=1, max_length=300, description="What to play")]
Step = Literal["up", "down"] | Annotated[int, Field(ge=-100, le=100)]
MediaClass = Annotated[str, Field(max_length=40, description="artist, album, track, movie")]

STEP: Final = 10.0
"""Percent that "louder" means, as in Home Assistant."""

_PLAYING: Final = frozenset({"playing"})
_PAUSED: Final = frozenset({"paused"})


def media_tools(house: HouseView, actions: Actions) -> list[Tool]:
    """The media player's intents."""

    def players(wanted: Wanted, occasion: Occasion, states: Collection[str]) -> list[Entity]:
        return _players(house, wanted, occasion, states)

    def transport(doc: str, service: str, states: Collection[str]) -> Callable[..., Plan]:
        def planner(
            occasion: Occasion, name: Name = "", area: AreaName = "", floor: FloorName = ""
        ) -> Plan:
            meant = players(Wanted(name, area, floor), occasion, states)
            return Plan(tuple(Command(one.id, service) for one in meant))

        planner.__doc__ = doc
        return planner

    def set_volume(
        occasion: Occasion,
        *,
        volume_level: Volume,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
    ) -> Plan:
        """Sets the volume of a media player, by name or room."""
        meant = players(Wanted(name, area, floor), occasion, _PLAYING)
        given = {"volume": float(volume_level)}
        return Plan(tuple(Command(one.id, "set_volume", given) for one in meant))

    def change_volume(
        occasion: Occasion,
        *,
        volume_step: Step,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
    ) -> Plan:
        """Makes a media player louder or quieter."""
        meant = players(Wanted(name, area, floor), occasion, _PLAYING)
        change = {"up": STEP, "down": -STEP}.get(str(volume_step))
        step = float(volume_step) if change is None else change
        return Plan(tuple(_louder(house, player, step) for player in meant))

    def play(
        occasion: Occasion,
        *,
        search_query: Query,
        name: Name = "",
        area: AreaName = "",
        media_class: MediaClass = "",
    ) -> Plan:
        """Plays music, a film or a podcast on a media player."""
        found = resolve(
            house, Wanted(name, area), occasion, domains={"media_player"}, feature=_searches,
            here=True, ask=True,
        )  # fmt: skip
        given: dict[str, Value] = {"query": search_query}
        if media_class:
            given["media_class"] = media_class
        slots = {"media": {"title": search_query}}
        return Plan((Command(found[0].id, "play_media", given),), slots=slots)

    transports = [
        actions.tool(
            transport(doc, service, states),
            name=name,
            offered=True,
            idempotent=service not in {"next", "previous"},
        )
        for name, doc, service, states in _TRANSPORTS
    ]
    return [
        *transports,
        actions.tool(set_volume, name="HassSetVolume", offered=True),
        actions.tool(change_volume, name="HassSetVolumeRelative", offered=True, idempotent=False),
        actions.tool(play, name="HassMediaSearchAndPlay", offered=True, idempotent=False),
    ]


_TRANSPORTS: Final = (
    ("HassMediaPause", "Pauses what is playing.", "pause", _PLAYING),
    ("HassMediaUnpause", "Resumes what was paused.", "play", _PAUSED),
    ("HassMediaNext", "Skips to the next track.", "next", _PLAYING),
    ("HassMediaPrevious", "Goes back to the track before.", "previous", _PLAYING),
    ("HassMediaPlayerMute", "Mutes a media player.", "mute", _PLAYING),
    ("HassMediaPlayerUnmute", "Ends the muting of a media player.", "unmute", _PLAYING),
)
"""Intent, description, service, and the states of the players that are meant before others."""


def _players(
    house: HouseView, wanted: Wanted, occasion: Occasion, states: Collection[str]
) -> list[Entity]:
    """The players that are meant: of several in a place, those that are in such a state.

    Raises:
        TargetError: none, or several of which none is in such a state.
    """
    found = resolve(house, wanted, occasion, domains={"media_player"}, here=True)
    likely = [one for one in found if word(house.state(one.id).value) in states]
    if wanted.name or len(found) == 1:
        return found
    if likely:
        return likely
    if wanted.placed:
        return found
    raise NoTarget("entity_wrong_state", state=min(states))


def _louder(house: HouseView, player: Entity, step: float) -> Command:
    volume = house.state(player.id).attributes.get("volume")
    if not isinstance(volume, int | float):
        raise NoTarget("feature_not_supported", entity=player.name)
    return Command(player.id, "set_volume", {"volume": min(100.0, max(0.0, volume + step))})


def _searches(player: Entity) -> bool:
    return "search" in player.features
