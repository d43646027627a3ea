"""The SQLite store: journal of turns, passages and recall, last known state of the house."""
