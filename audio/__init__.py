"""Frames, microphone, loudspeaker, WAV, speech detection and the end of an utterance."""
