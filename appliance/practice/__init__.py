"""The practice model: a scripted, clearly labelled stand-in for an AI provider on this machine only."""
