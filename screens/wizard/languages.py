"""The languages the wizard offers."""

from __future__ import annotations

LANGUAGES = (("English", "en"), ("German", "de"))
"""What the staff are told, and the file of words that goes with it."""
