"""Engines behind ports: ear, mind, mouth and embedder; their weights and their hardware."""
