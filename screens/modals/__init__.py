"""Dialogs: they ask or explain one thing and go away."""
