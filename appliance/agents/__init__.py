"""The agents of one appliance: templates, texts, and the entries in openclaw.json that make them exist."""
