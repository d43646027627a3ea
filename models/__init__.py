"""Engines behind ports: ear, mind, mouth and embedder, their weights and the hardware they run on."""
