"""Where secrets lie about: key-shaped text, wide modes, and the chain of keys to the Gateway."""
