"""Questions about the house: what is known of it, and how well."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field

from daemon.tools.home_choice import which
from daemon.tools.home_names import described
from daemon.tools.states import ENOUGH, is_certain, is_state, records
from daemon.tools.targets import (
    AreaName,
    DeviceClass,
    FloorName,
    HouseView,
    Name,
    NoTarget,
    Several,
    Wanted,
    resolve,
)
from daemon.tools.tool import Occasion, Tool, ToolResult
from daemon.tools.typed import tool
from sensors.entities import Entity, EntityState

Domain = Annotated[
    Literal[
        "", "light", "switch", "fan", "cover", "lock", "sensor", "binary_sensor", "climate",
        "media_player", "scene", "script", "vacuum", "valve", "person", "weather", "lawn_mower",
        "siren", "humidifier", "water_heater", "number", "select", "button", "camera", "todo",
        "alarm_control_panel", "input_boolean", "automation",
    ],
    Field(description="Kind of device"),
]  # fmt: skip
State = Annotated[
    str, Field(description="To ask which are in it: on, off, open, locked", max_length=60)
]


def query_tools(house: HouseView, now: Callable[[], float]) -> list[Tool]:
    """HassGetState and HassGetWeather."""

    async def get_state(
        occasion: Occasion,
        *,
        name: Name = "",
        area: AreaName = "",
        floor: FloorName = "",
        domain: Domain = "",
        device_class: DeviceClass = "",
        state: State = "",
    ) -> ToolResult:
        """Tells the state of devices and sensors, by name, or by room and kind."""
        wanted = Wanted(name, area, floor, domain, device_class)
        if wanted == Wanted():
            return unanswerable(NoTarget("no_target"))
        try:
            return answer(house, _asked(house, wanted, occasion), now(), state)
        except Several as several:
            given = {
                "area": area, "floor": floor, "domain": domain,
                "device_class": device_class, "state": state,
            }  # fmt: skip
            return which(
                several, {key: value for key, value in given.items() if value}, occasion.language
            )
        except NoTarget as none:
            return unanswerable(none)

    async def get_weather(occasion: Occasion, name: Name = "") -> ToolResult:
        """Tells the weather outside."""
        try:
            found = resolve(
                house, Wanted(name), occasion, domains={"weather"}, here=True, ask=False
            )
        except Several as several:
            return which(several, {}, occasion.language)
        except NoTarget as none:
            return unanswerable(none)
        return answer(house, found[:1], now())

    return [
        tool(
            get_state,
            name="HassGetState",
            effect="read",
            offered=True,
            mend=partial(described, house),
        ),
        tool(get_weather, name="HassGetWeather", effect="read", offered=True),
    ]


def answer(house: HouseView, asked: Sequence[Entity], now: float, wanted: str = "") -> ToolResult:
    """What is known of some entities.

    Args:
        house: they are in.
        asked: the entities.
        now: Unix seconds.
        wanted: a state; "" for none in particular, then all match.

    Returns:
        "matched" and "unmatched" by the last that was heard, at most `ENOUGH` records each, how
        many there are of both, and as "uncertain" the ids of those that may be otherwise by now:
        no answer may be given about them without saying so. Of what nothing was ever heard, no
        state is claimed: it is unmatched.
    """
    told = [(entity, house.state(entity.id)) for entity in asked]
    matched = [one for one in told if not wanted or is_state(one[1], wanted)]
    unmatched = [one for one in told if wanted and not is_state(one[1], wanted)]
    value: dict[str, Any] = {
        "matched": records(matched, now),
        "unmatched": records(unmatched, now),
        "counted": {"matched": len(matched), "unmatched": len(unmatched)},
        "uncertain": [entity.id for entity, state in told if not is_certain(state)][:ENOUGH],
    }
    return ToolResult("done", value)


def unanswerable(none: NoTarget) -> ToolResult:
    """That nothing of what was asked for is known to exist."""
    details: Mapping[str, Any] = none.details
    return ToolResult("failed", {"error": none.error, **details})


def _asked(house: HouseView, wanted: Wanted, occasion: Occasion) -> Sequence[Entity]:
    try:
        return resolve(house, wanted, occasion)
    except Several as several:
        # A sensor and a lamp of one name: the sentence said which states it is about elsewhere.
        telling = [one for one in several.candidates if _tells(house.state(one.id))]
        if len(telling) == 1:
            return telling
        raise


def _tells(state: EntityState) -> bool:
    return state.value is not None
