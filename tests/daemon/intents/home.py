"""A small house to talk about."""

from daemon.intents.names import Home
from sensors.areas import Area, Floor
from sensors.entities import Entity

ENTITIES = (
    Entity("light.kitchen_lamp", "Kitchen Lamp", "light", area="Kitchen"),
    Entity("light.kitchen_ceiling", "Kitchen Ceiling", "light", area="Kitchen"),
    Entity("light.standing", "Standing Light", "light", area="Living Room"),
    Entity("light.bedroom_lamp", "Bedroom Lamp", "light", area="Bedroom", aliases=("bedside",)),
    Entity("light.night_bedroom", "Night Light", "light", area="Bedroom"),
    Entity("light.night_hall", "Night Light", "light", area="Hall"),
    Entity("switch.heater_2", "Heater 2", "switch", area="Hall"),
    Entity("lock.front_door", "Front Door", "lock", area="Hall"),
    Entity("lock.back_door", "Back Door", "lock", area="Kitchen"),
    Entity("cover.curtain_left", "Curtain Left", "cover", "curtain", area="Living Room"),
    Entity("climate.ecobee", "EcoBee", "climate", area="Living Room"),
    Entity("media_player.tv", "TV", "media_player", area="Living Room"),
    Entity("binary_sensor.phone", "Phone", "binary_sensor", "battery"),
    Entity("scene.do_not_disturb", "Do Not Disturb", "scene"),
    Entity("fan.hall_a", "Breeze", "fan", area="Hall", aliases=("blower",)),
    Entity("fan.hall_b", "Draught", "fan", area="Hall", aliases=("blower",)),
)

HOME = Home(
    ENTITIES,
    [
        Area("Kitchen", ("cookhouse",), "Ground Floor"),
        Area("Living Room", (), "Ground Floor"),
        Area("Bedroom", (), "First Floor"),
    ],
    [Floor("Ground Floor", ("downstairs",)), Floor("First Floor", ("upstairs",))],
    ["good night", "leaving home"],
    ["packing"],
)
"""The hall is known from what is in it."""
