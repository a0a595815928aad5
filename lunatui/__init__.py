"""lunatui: the terminal control panel of an AI-workforce appliance."""

__version__ = "0.1.0"
