"""Words for people, in the caller's language: symbolic keys and facts in, a sentence out.

Rules of this file:
- Code holds keys such as ``order.none_waiting``; the sentences live in the gettext catalogues under ``locale/``.
- A key is looked for in the face's own domain, then in those all share: ``fleet`` (states, acts, refusals),
  ``rules`` (cases and settings of the regulation), ``authority`` and ``alarms`` (with the places they speak of).
- Nothing here reads the environment or a request: the caller hands in what it found there.
- A missing key or fact never breaks a face: the key, or ``{fact}``, is shown as it stands; the tests fail on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from gettext import GNUTranslations, NullTranslations, translation
from pathlib import Path
from typing import Literal, get_args

Language = Literal["zh_CN", "en"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT_LANGUAGE: Language = "zh_CN"
SHARED_DOMAIN = "fleet"
SHARED_DOMAINS = (SHARED_DOMAIN, "rules", "authority", "alarms", "secrecy")
LOCALE_DIR = Path(__file__).parent / "locale"

# Asked in this order; the first that names a language spoken here decides. "C" and "POSIX" name none.
LANGUAGE_VARIABLES = ("ORTOO_LANG", "LC_ALL", "LC_MESSAGES", "LANG")

# A fact whose value is a code (or several, spaced) -> the family of keys that word it.
CODED_FACTS = {
    "state": "state",
    "act": "act",
    "needed": "role",
    "field": "field",
    "reason": "unfit",
    "because": "driver_unfit",
    "stage": "stage",
    "was": "stage",
    "will": "stage",
    "class": "class",
    "item": "check_item",
    "case_kind": "case",
    "case_state": "case_state",
    "case_act": "act",
    "setting": "setting",
    "measure": "measure",
    "shape": "shape",
    "source": "setting_source",
    "cause": "untaken",
    "record": "act",
}
LOCAL_TIME = timezone(timedelta(hours=8))  # one zone for the whole region, without daylight saving

MONEY = "_fen"
BOUNDS = frozenset({"value", "least", "most"})
"""What a refusal of an amount says in fen, and people read in yuan."""

_SPOKEN: dict[str, Language] = {"zh": "zh_CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A refusal as a person reads it: what happened, why, and what to do next. `why` and `next` may be empty."""

    what: str
    why: str
    next: str


class Words:
    """One language and one domain; call it with a key and its facts: ``words("order.late", days=3)``."""

    def __init__(self, language: Language, domain: str = SHARED_DOMAIN, *, locale_dir: Path = LOCALE_DIR) -> None:
        """Load the compiled catalogues; one that is not there counts as empty."""
        self.language: Language = language
        self._catalogues = [
            translation(name, locale_dir, languages=[language], fallback=True)
            for name in dict.fromkeys((domain, *SHARED_DOMAINS))
        ]

    @property
    def tag(self) -> str:
        """The language as pages name it in ``lang`` and ``Accept-Language``: ``zh-CN`` or ``en``."""
        return self.language.replace("_", "-")

    def __call__(self, key: str, /, **facts: object) -> str:
        """Answer the sentence of `key` with `facts` put in by ``str.format``; an unknown key is answered itself."""
        sentence = self._find(key)
        return key if sentence is None else sentence.format_map(_Facts(facts))

    def variant(self, key: str, which: object, /, **facts: object) -> str:
        """The sentence of `key` that `which` asks for (``KEY.WHICH``), or that of `key` where there is no such."""
        return self(chosen if which and (chosen := f"{key}.{which}") in self else key, **facts)

    def __contains__(self, key: str) -> bool:
        """Answer whether either domain has a sentence for `key`."""
        return self._find(key) is not None

    def explain(self, code: str, facts: Mapping[str, object]) -> Explanation:
        """Word the refusal `code` from ``refusal.<code>.what``, ``.why`` and ``.next``; `what` is never empty.

        Facts that are codes themselves (a state, an act, a role, a field) are put in as their words, times as the
        unit's local time.
        """
        told = self.told(facts)
        what, why, following = (
            self(key, **told) if (key := f"refusal.{code}.{part}") in self else "" for part in ("what", "why", "next")
        )
        return Explanation(what or code, why, following)

    def told(self, facts: Mapping[str, object]) -> dict[str, object]:
        """The facts as a sentence takes them: codes as their words, times as local time, amounts in yuan."""
        if str(facts.get("field", "")).endswith(MONEY):
            facts = {name: _yuan(value) if name in BOUNDS else value for name, value in facts.items()}
        plain = {name: self._told(name, value, {}) for name, value in facts.items()}
        return {name: self._told(name, value, plain) for name, value in facts.items()}

    def _told(self, name: str, value: object, facts: Mapping[str, object]) -> object:
        if name.endswith("_ms") and isinstance(value, int):
            return datetime.fromtimestamp(value / 1000, LOCAL_TIME).strftime("%m-%d %H:%M")
        family = CODED_FACTS.get(name)
        if family is None or not isinstance(value, str):
            return value
        known = [(code, f"{family}.{code}") for code in value.split()]
        return ", ".join(self(key, **facts) if key in self else code for code, key in known) or value

    def _find(self, key: str) -> str | None:
        if not key:  # gettext keeps a catalogue's header under the empty key
            return None
        return next((found for each in self._catalogues if (found := _sentence(each, key)) is not None), None)


def language_from_environment(environment: Mapping[str, str]) -> Language:
    """Choose by the variables of LANGUAGE_VARIABLES, such as ``en_US.UTF-8``; Chinese where none names a language."""
    spoken = (_spoken(environment.get(name, "")) for name in LANGUAGE_VARIABLES)
    return next((language for language in spoken if language), DEFAULT_LANGUAGE)


def language_from_header(accept_language: str | None) -> Language:
    """Choose by an ``Accept-Language`` header (RFC 9110, 12.5.4): the greatest weight wins, the earlier of equals."""
    best, best_weight = DEFAULT_LANGUAGE, 0.0
    for choice in (accept_language or "").split(","):
        name, _, parameter = choice.partition(";")
        language = _spoken(name.strip())
        weight = _weight(parameter)
        if language and weight > best_weight:
            best, best_weight = language, weight
    return best


class _Unfilled(str):
    """The placeholder of a fact that was not given; shows itself under any format specification."""

    __slots__ = ()

    def __format__(self, specification: str) -> str:
        return "{" + self + "}"


class _Facts(dict[str, object]):
    """Facts for ``str.format_map``; one that was not given shows as its own placeholder."""

    def __missing__(self, name: str) -> _Unfilled:
        return _Unfilled(name)


def _yuan(fen: object) -> object:
    return f"{fen / 100:.2f}" if isinstance(fen, int) else fen


def _sentence(catalogue: NullTranslations, key: str) -> str | None:
    if not isinstance(catalogue, GNUTranslations):
        return None
    sentence = catalogue.gettext(key)
    return sentence if sentence != key else None


def _spoken(name: str) -> Language | None:
    return _SPOKEN.get(name.replace("_", "-").partition("-")[0].partition(".")[0].lower())


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
