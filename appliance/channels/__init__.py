"""Channels: the lines people write on, who gets an answer there, and how WhatsApp is linked."""
