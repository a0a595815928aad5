"""Keys of every shape, made when a test runs: no file of ours ever holds a text that looks like one."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LETTERS = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
_SHAPES: tuple[tuple[str, str, str, int], ...] = (
    ("openai", "sk-" + "proj-", LETTERS, 40),
    ("openai-old", "sk-", LETTERS, 40),
    ("anthropic", "sk-" + "ant-api03-", LETTERS, 60),
    ("openrouter", "sk-" + "or-v1-", HEX, 64),
    ("service", "sk-" + "svcacct-", LETTERS, 40),
    ("admin", "sk-" + "admin-", LETTERS, 40),
    ("litellm", "sk-" + "litellm-", LETTERS, 30),
    ("slack-bot", "xox" + "b-", LETTERS, 40),
    ("slack-user", "xox" + "p-", LETTERS, 40),
    ("slack-app", "xapp" + "-1-", LETTERS, 50),
    ("github", "gh" + "p_", LETTERS, 36),
    ("github-app", "gh" + "s_", LETTERS, 36),
    ("github-fine", "github" + "_pat_", LETTERS, 60),
    ("gitlab", "gl" + "pat-", LETTERS, 20),
    ("aws", "AK" + "IA", string.ascii_uppercase + string.digits, 16),
    ("google", "AI" + "za", LETTERS, 35),
    ("google-secret", "GOC" + "SPX-", LETTERS, 28),
    ("google-token", "ya" + "29.", LETTERS, 60),
    ("groq", "gs" + "k_", LETTERS, 52),
    ("xai", "xa" + "i-", LETTERS, 60),
    ("perplexity", "ppl" + "x-", LETTERS, 48),
    ("nvidia", "nva" + "pi-", LETTERS, 60),
    ("tavily", "tv" + "ly-", LETTERS, 32),
    ("replicate", "r8" + "_", LETTERS, 37),
    ("hugging-face", "h" + "f_", LETTERS, 34),
    ("brave", "BS" + "A", LETTERS, 28),
    ("elevenlabs", "sk" + "_", HEX, 48),
    ("stripe", "sk" + "_live_", LETTERS, 24),
    ("stripe-hook", "wh" + "sec_", LETTERS, 32),
    ("mailgun", "ke" + "y-", HEX, 32),
    ("twilio", "S" + "K", HEX, 32),
    ("npm", "np" + "m_", LETTERS, 36),
    ("pypi", "py" + "pi-", LETTERS, 80),
    ("docker", "dckr" + "_pat_", LETTERS, 27),
    ("digitalocean", "do" + "p_v1_", HEX, 64),
    ("linear", "lin" + "_api_", LETTERS, 40),
    ("notion", "nt" + "n_", LETTERS, 46),
    ("figma", "fi" + "gd_", LETTERS, 40),
    ("shopify", "shp" + "at_", HEX, 32),
    ("vault", "hv" + "s.", LETTERS, 40),
    ("doppler", "dp" + ".pt.", LETTERS, 40),
    ("grafana", "gl" + "sa_", LETTERS, 40),
    ("new-relic", "NR" + "AK-", string.ascii_uppercase + string.digits, 27),
    ("databricks", "da" + "pi", HEX, 32),
    ("facebook", "EA" + "A", LETTERS, 120),
)


class Planted(NamedTuple):
    """A key and what it is called."""

    name: str
    text: str


def every_key(seed: int) -> Iterator[Planted]:
    """One of every shape we know, the compound ones too; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - replayable, worth nothing
    for name, prefix, alphabet, length in _SHAPES:
        yield Planted(name, prefix + _some(chance, alphabet, length))
    yield Planted("telegram", _some(chance, string.digits[1:], 10) + ":AA" + _some(chance, LETTERS, 33))
    yield Planted("discord", "M" + ".".join(_some(chance, LETTERS, n) for n in (23, 6, 38)))
    halves = (_some(chance, LETTERS, 43) + "=" for _ in range(3))
    yield Planted("whatsapp", f"2@{_some(chance, LETTERS, 96)}," + ",".join((*halves, "1")))
    yield Planted("sendgrid", "SG." + _some(chance, LETTERS, 22) + "." + _some(chance, LETTERS, 43))
    yield Planted("jwt", "eyJ" + ".".join(_some(chance, LETTERS, n) for n in (20, 40, 43)))


def shapeless(seed: int, length: int = 40) -> str:
    """A key without any shape: letters and digits only."""
    return "Q" + _some(random.Random(seed), LETTERS, length - 1)  # noqa: S311 - replayable


def _some(chance: random.Random, alphabet: str, length: int) -> str:
    return "".join(chance.choice(alphabet) for _ in range(length))
