"""All the ways in which devices announce themselves.

ESPHome needs none of its own: over MQTT it announces its entities in Home Assistant's words, and
each of them names `<node>/status` as its availability.
"""

from collections.abc import Sequence

from sensors.discovery.homeassistant import HomeAssistant
from sensors.discovery.homie import Homie
from sensors.discovery.shelly import GREETINGS as SHELLY
from sensors.discovery.shelly import ShellyFirst, ShellyLater, remembered
from sensors.discovery.tasmota import GREETINGS as TASMOTA
from sensors.discovery.tasmota import Tasmota
from sensors.discovery.zigbee2mqtt import Zigbee2Mqtt
from sensors.entities import Dialect, Publication

__all__ = ["GREETINGS", "dialects", "remembered"]

GREETINGS: Sequence[Publication] = (*SHELLY, *TASMOTA)
"""To be published on connecting: what makes devices speak that do not retain what they say."""


def dialects(
    homeassistant: str = "homeassistant",
    zigbee2mqtt: Sequence[str] = ("zigbee2mqtt",),
    tasmota: str = "tasmota/discovery",
    homie: str = "homie",
) -> list[Dialect]:
    """One of each, and one for each zigbee2mqtt.

    Args:
        homeassistant: prefix of Home Assistant's discovery.
        zigbee2mqtt: base topics.
        tasmota: prefix of Tasmota's discovery.
        homie: first level of Homie's topics.
    """
    return [
        *(Zigbee2Mqtt(base) for base in zigbee2mqtt),
        Tasmota(tasmota),
        ShellyFirst(),
        ShellyLater(),
        Homie(homie),
        HomeAssistant(homeassistant),
    ]
