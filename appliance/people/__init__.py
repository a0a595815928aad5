"""Who may talk: people who write on a channel, and devices that reach the Gateway."""
