"""Service supervision: keeps one program running, knows nothing of what the program is."""
