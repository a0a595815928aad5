"""Why a provider did not answer, in plain words: one row a cause, never a word of what the provider sent."""

from __future__ import annotations

from appliance.values import dataclass


@dataclass(frozen=True)
class Cause:
    """One reason for a failure."""

    code: str
    """Stable, kebab-case."""
    words: str
    """What is wrong, one sentence."""
    hint: str
    """What to do about it, one sentence."""


CAUSES = {
    cause.code: cause
    for cause in (
        Cause(
            "dns",
            "The name of the provider's computer cannot be found.",
            "Check the address for a typing error, and the internet connection.",
        ),
        Cause(
            "refused",
            "Nothing is listening at this address.",
            "Start the program that serves the models, or correct the port.",
        ),
        Cause("network", "There is no way to this address.", "Check the internet connection and a VPN."),
        Cause(
            "connect-timeout",
            "The provider's computer did not pick up.",
            "Check the internet connection and a firewall in between.",
        ),
        Cause(
            "timeout",
            "The provider took the question and then said nothing in time.",
            "Try again; a local model may still be loading, a smaller one answers sooner.",
        ),
        Cause(
            "tls",
            "The encrypted connection could not be made safely.",
            "Check the address; on a company network ask for its certificate to be installed here.",
        ),
        Cause(
            "tls-clock",
            "The provider's certificate is outside its dates, as this machine counts them.",
            "Check the date and time of this machine.",
        ),
        Cause(
            "not-https",
            "The address answers, but not in an encrypted way.",
            "Try the address with http:// if it is in your own network.",
        ),
        Cause("proxy", "The proxy in between refused.", "Check the proxy settings (HTTPS_PROXY, NO_PROXY)."),
        Cause(
            "protocol",
            "What answers there does not speak HTTP as it should.",
            "Check the port: another program may be listening there.",
        ),
        Cause(
            "cut",
            "The answer broke off in the middle.",
            "Try again; if it keeps happening, look at the network or a proxy in between.",
        ),
        Cause("too-large", "The answer was far larger than it may be.", "Check the address."),
        Cause(
            "not-json",
            "What answers there is not a provider: the reply is not in the right form.",
            "Check the address; it often ends in /v1.",
        ),
        Cause(
            "redirect",
            "The address sends us on to another one, which is not followed with a key.",
            "Give the final address.",
        ),
        Cause(
            "provider-error",
            "The provider took the question and then reported an error.",
            "Try again, or choose another model.",
        ),
        Cause(
            "bad-request",
            "The provider did not accept the question in this form.",
            "Check that the kind of provider is right, or choose another model.",
        ),
        Cause("wrong-key", "The key was not accepted.", "Copy the key again, or make a new one."),
        Cause("key-missing", "The provider wants a key.", "Give one."),
        Cause(
            "bad-key",
            "The key holds signs that no key has.",
            "Copy the key again, all of it and nothing else.",
        ),
        Cause(
            "clock",
            "The key was not accepted, and this machine's clock is wrong by minutes or more.",
            "Set the date and time, then try again.",
        ),
        Cause(
            "no-credit",
            "The account has no credit left.",
            "Add credit or a payment method in the provider's account.",
        ),
        Cause(
            "not-allowed",
            "The key is known, but it may not do this (model, project, country).",
            "Look at the key's permissions in the provider's account.",
        ),
        Cause(
            "model-not-found",
            "The provider has no such model.",
            "Choose one from the list; for Ollama, pull it first.",
        ),
        Cause("no-model", "There is no model to ask.", "Name a model; for Ollama, pull one first."),
        Cause(
            "wrong-path",
            "The address answers, but there is no provider at this path.",
            "Check the address; it often ends in /v1.",
        ),
        Cause("provider-timeout", "The provider gave up on the question.", "Try again in a minute."),
        Cause(
            "rate-limit",
            "Too many questions at once: the provider asks to slow down.",
            "Wait a minute; if it stays so, look at the limits of the account.",
        ),
        Cause(
            "provider-down",
            "The provider has trouble of its own.",
            "Try again in a few minutes; its status page says more.",
        ),
        Cause(
            "unexpected-status",
            "The provider answered in a way nobody expects.",
            "Check the address and the kind of provider.",
        ),
        Cause(
            "no-tools",
            "This model cannot use tools, and an agent can do nothing without them.",
            "Choose a model that supports tools.",
        ),
        Cause(
            "tool-not-called",
            "The model was asked to use a tool and answered in words instead.",
            "It may work, but another model will be more reliable.",
        ),
        Cause(
            "small-context",
            "The model can keep too little in mind for an agent (16,000 tokens are the least).",
            "Choose a model with a larger context.",
        ),
    )
}

_BY_STATUS = {
    401: "wrong-key",
    402: "no-credit",
    403: "not-allowed",
    404: "model-not-found",
    405: "wrong-path",
    407: "proxy",
    408: "provider-timeout",
    410: "model-not-found",
    429: "rate-limit",
}
_NO_CREDIT = ("insufficient_quota", "credit balance", "billing", "insufficient credit", "payment")
_NO_MODEL = ("model_not_found", "does not exist", "no such model", "not found", "not a valid model")


def cause_of_status(status: int, body: bytes = b"") -> Cause:
    """The cause an HTTP status stands for; the body only decides between two meanings, it is not quoted."""
    said = body[:65_536].decode("utf-8", "replace").lower()
    if status in (400, 404, 422, 501) and "tool" in said and ("support" in said or "not allowed" in said):
        return CAUSES["no-tools"]
    if status in (400, 403, 429) and any(word in said for word in _NO_CREDIT):
        return CAUSES["no-credit"]
    if status in (400, 422):
        no_model = "model" in said and any(word in said for word in _NO_MODEL)
        return CAUSES["model-not-found" if no_model else "bad-request"]
    if 300 <= status < 400:
        return CAUSES["redirect"]
    if status >= 500:
        return CAUSES["provider-down"]
    return CAUSES[_BY_STATUS.get(status, "unexpected-status")]
