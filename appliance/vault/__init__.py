"""Secrets at rest: encrypted values under a master key that a passphrase, a keychain or a code opens."""
