"""AI providers: the kinds we know, how their settings look in openclaw.json, and our own test of them."""
