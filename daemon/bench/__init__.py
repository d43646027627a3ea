"""`auricle bench`: what the daemon does in how many milliseconds, measured from outside.

One module per measurement, each with `measure(...) -> dict[str, Any]`: figures that JSON can hold,
what they were measured on, and the machine's load meanwhile. Recordings go through the daemon as
a user runs it, `auricle run --input IN.wav --output OUT.wav`; the two files have one origin, so
what is counted on them needs nobody's word.
"""
