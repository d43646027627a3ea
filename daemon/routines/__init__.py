"""Habits of the house that are done by themselves, once somebody has agreed."""
