"""Dialects in which devices announce themselves over MQTT."""
