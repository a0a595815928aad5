"""Archives of the whole box: made, verified by a restore into a scratch home, and restored."""
