"""Home Assistant's short keys in announcements, and "~", which stands for a base topic.

Most short keys are built alike: "bri_cmd_t" is "brightness_command_topic". So they are made here
from their parts; that gives a few that nobody uses, and those of tomorrow. The vocabulary is
documented under "Supported abbreviations in MQTT discovery messages" of its MQTT integration.
"""

from collections.abc import Mapping

_ENDINGS = {
    "t": "topic", "tpl": "template", "cmd_t": "command_topic", "cmd_tpl": "command_template",
    "stat_t": "state_topic", "stat_tpl": "state_template", "val_tpl": "value_template",
}  # fmt: skip

_STEMS = {
    "act": "action", "aux": "aux", "avty": "availability", "away_mode": "away_mode",
    "b": "blue", "bat_lev": "battery_level", "bri": "brightness", "chrg": "charging",
    "cln": "cleaning", "clr_temp": "color_temp", "clrm": "color_mode", "cmd_off": "command_off",
    "cmd_on": "command_on", "curr_hum": "current_humidity", "curr_temp": "current_temperature",
    "dir": "direction", "dock": "docked", "err": "error", "fan_mode": "fan_mode",
    "fanspd": "fan_speed", "fx": "effect", "g": "green", "hold": "hold", "hs": "hs",
    "hum": "target_humidity", "img": "image", "json_attr": "json_attributes",
    "l_ver": "latest_version", "lrst": "last_reset", "mode": "mode", "osc": "oscillation",
    "pct": "percentage", "pos": "position", "pow": "power", "pr_mode": "preset_mode", "r": "red",
    "rgb": "rgb", "rgbw": "rgbw", "rgbww": "rgbww", "send": "send", "set_fan_spd": "set_fan_speed",
    "set_pos": "set_position", "spd": "speed", "stat": "state", "strt_mw": "start_mowing",
    "swing_h_mode": "swing_horizontal_mode", "swing_mode": "swing_mode", "temp": "temperature",
    "temp_hi": "temperature_high", "temp_lo": "temperature_low", "tilt": "tilt",
    "tilt_status": "tilt_status", "url": "url", "whit": "white", "whit_val": "white_value",
    "xy": "xy",
}  # fmt: skip

_PAYLOADS = {
    "arm_away": "arm_away", "arm_custom_b": "arm_custom_bypass", "arm_home": "arm_home",
    "arm_nite": "arm_night", "arm_vacation": "arm_vacation", "avail": "available",
    "cln_sp": "clean_spot", "cls": "close", "dir_fwd": "direction_forward",
    "dir_rev": "direction_reverse", "disarm": "disarm", "home": "home", "inst": "install",
    "loc": "locate", "lock": "lock", "not_avail": "not_available", "not_home": "not_home",
    "off": "off", "on": "on", "open": "open", "osc_off": "oscillation_off",
    "osc_on": "oscillation_on", "paus": "pause", "prs": "press", "ret": "return_to_base",
    "rst": "reset", "rst_hum": "reset_humidity", "rst_mode": "reset_mode",
    "rst_pct": "reset_percentage", "rst_pr_mode": "reset_preset_mode", "stop": "stop",
    "stop_tilt": "stop_tilt", "stpa": "start_pause", "strt": "start", "toff": "turn_off",
    "ton": "turn_on", "trig": "trigger", "unlk": "unlock",
}  # fmt: skip

_STATES = {
    "cla": "class", "clsd": "closed", "closing": "closing", "jam": "jammed", "locked": "locked",
    "locking": "locking", "off": "off", "on": "on", "open": "open", "opening": "opening",
    "stopped": "stopped", "unlocked": "unlocked", "unlocking": "unlocking",
}  # fmt: skip

_OTHERS = {
    "t": "topic", "cmd_t": "command_topic", "cmd_tpl": "command_template", "stat_t": "state_topic",
    "stat_tpl": "state_template", "val_tpl": "value_template",
    "act_stat_t": "activity_state_topic", "act_val_tpl": "activity_value_template",
    "atype": "automation_type", "av_tones": "available_tones", "avty": "availability",
    "avty_mode": "availability_mode", "bri_scl": "brightness_scale",
    "clr_temp_k": "color_temp_kelvin", "clrm": "color_mode", "cmps": "components",
    "cod_arm_req": "code_arm_required", "cod_dis_req": "code_disarm_required",
    "cod_form": "code_format", "cod_trig_req": "code_trigger_required",
    "cont_type": "content_type", "def_ent_id": "default_entity_id", "dev": "device",
    "dev_cla": "device_class", "dock_cmd_t": "dock_command_topic",
    "dock_cmd_tpl": "dock_command_template", "dsp_prc": "display_precision", "e": "encoding",
    "en": "enabled_by_default", "ent_cat": "entity_category", "ent_pic": "entity_picture",
    "evt_typ": "event_types", "exp_aft": "expire_after", "fanspd_lst": "fan_speed_list",
    "flsh": "flash", "flsh_tlng": "flash_time_long", "flsh_tsht": "flash_time_short",
    "frc_upd": "force_update", "fx_list": "effect_list",
    "hum_state_tpl": "target_humidity_state_template", "ic": "icon", "img_e": "image_encoding",
    "init": "initial", "json_attr": "json_attributes", "max_hum": "max_humidity",
    "max_k": "max_kelvin", "max_mirs": "max_mireds", "migr_discvry": "migrate_discovery",
    "min_hum": "min_humidity", "min_k": "min_kelvin", "min_mirs": "min_mireds", "o": "origin",
    "obj_id": "object_id", "off_dly": "off_delay", "on_cmd_type": "on_command_type",
    "ops": "options", "opt": "optimistic", "p": "platform", "pause_mw_cmd_t": "pause_command_topic",
    "pause_cmd_t": "pause_command_topic", "pause_cmd_tpl": "pause_command_template",
    "pl": "payload", "pos": "reports_position", "pos_clsd": "position_closed",
    "pos_open": "position_open", "pr_modes": "preset_modes", "ptrn": "pattern",
    "rel_s": "release_summary", "rel_u": "release_url", "ret": "retain",
    "send_if_off": "send_if_off", "spd_rng_max": "speed_range_max",
    "spd_rng_min": "speed_range_min",
    "spds": "speeds", "src_type": "source_type", "stype": "subtype",
    "sug_dsp_prc": "suggested_display_precision", "sup_clrm": "supported_color_modes",
    "sup_dur": "support_duration", "sup_feat": "supported_features",
    "sup_vol": "support_volume_set",
    "temp_unit": "temperature_unit", "tilt_clsd_val": "tilt_closed_value",
    "tilt_inv_stat": "tilt_invert_state", "tilt_opnd_val": "tilt_opened_value",
    "tilt_opt": "tilt_optimistic", "tit": "title", "trns": "transition", "uniq_id": "unique_id",
    "unit_of_meas": "unit_of_measurement", "whit_scl": "white_scale",
    "whit_val_scl": "white_value_scale",
}  # fmt: skip

ABBREVIATIONS: Mapping[str, str] = {
    **{
        f"{short}_{end}": f"{long}_{ending}"
        for short, long in _STEMS.items()
        for end, ending in _ENDINGS.items()
    },
    **{f"pl_{short}": f"payload_{long}" for short, long in _PAYLOADS.items()},
    **{f"stat_{short}": f"state_{long}" for short, long in _STATES.items()},
    **_OTHERS,
}
"""The long key of each short one."""

_DEVICE = {
    "cns": "connections", "cu": "configuration_url", "hw": "hw_version", "ids": "identifiers",
    "mdl": "model", "mdl_id": "model_id", "mf": "manufacturer", "sa": "suggested_area",
    "sn": "serial_number", "sw": "sw_version",
}  # fmt: skip

Fields = Mapping[str, object]


def expanded(config: Fields, base: str = "") -> dict[str, object]:
    """An announcement with long keys and whole topics.

    Args:
        config: as announced; "components" are left as they are.
        base: what "~" stands for unless the announcement says so itself.
    """
    long = {ABBREVIATIONS.get(key, key): value for key, value in config.items()}
    own = long.pop("~", None)
    base = own if isinstance(own, str) else base
    device = long.get("device")
    if isinstance(device, Mapping):
        long["device"] = _renamed(device, _DEVICE)
    if "availability" in long:
        listed = long["availability"]
        sources = listed if isinstance(listed, list) else [listed]
        long["availability"] = [
            _based(_renamed(source, ABBREVIATIONS), base)
            for source in sources
            if isinstance(source, Mapping)
        ]
    return _based(long, base)


def base_of(config: Fields) -> str:
    """What "~" stands for in an announcement, "" when it does not say."""
    base = config.get("~")
    return base if isinstance(base, str) else ""


def _renamed(fields: Fields, names: Mapping[str, str]) -> dict[str, object]:
    return {names.get(key, key): value for key, value in fields.items()}


def _based(fields: dict[str, object], base: str) -> dict[str, object]:
    return {
        key: _whole(value, base) if key.endswith("topic") else value
        for key, value in fields.items()
    }


def _whole(topic: object, base: str) -> object:
    if not isinstance(topic, str) or not base:
        return topic
    if topic.startswith("~"):
        return base + topic[1:]
    return topic[:-1] + base if topic.endswith("~") else topic
