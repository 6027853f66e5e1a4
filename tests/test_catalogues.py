"""The words of every face are complete in both languages, and no sentence hides in the code.

A key may be written out, ``words("order.late")``, or end in what only run time knows, ``words(f"state.{state}")``:
of such a family at least one key must exist.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2 import nodes

from fleet.words import LANGUAGES, LOCALE_DIR, SHARED_DOMAINS

ROOT = LOCALE_DIR.parent.parent
DOMAINS = ("fleet", "rules", "authority", "alarms", "secrecy", "node", "console", "central", "command", "bundle")

# Who asks for words -> the domains a key of theirs may live in, besides the shared one.
DOMAINS_OF_ROOM = {
    "ortoo.py": {"command"},
    "fleet": set[str](),
    "edge": {"node", "command"},
    "central": {"central", "command"},
    "tui": {"console", "command"},
    "demo": {"command"},
    "bench": {"command"},
    "courier": {"bundle"},
    "cable": set[str](),
    "machine": set[str](),
}
ASKING = {"words", "w", "t"}

# Chinese that is data and not a sentence of the program: names and places of the demonstration.
CHINESE_DATA: set[str] = set()

Catalogue = dict[str, str]


def catalogue_path(language: str, domain: str) -> Path:
    return LOCALE_DIR / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(language: str, domain: str) -> Catalogue:
    with catalogue_path(language, domain).open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return {str(message.id): str(message.string) for message in catalogue if message.id}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def python_files() -> list[Path]:
    return [
        path for room in DOMAINS_OF_ROOM for path in ([ROOT / room] if room.endswith(".py") else source(room, "py"))
    ]


def source(room: str, suffix: str) -> list[Path]:
    return sorted((ROOT / room).rglob(f"*.{suffix}"))


def keys_in_python(text: str) -> Iterator[str]:
    """Every key a Python source asks words for; one that ends in ``*`` is a family."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args:
            asked = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if asked in ASKING:
                yield from python_key(node.args[0])


def python_key(argument: ast.expr) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(key)):
            yield key
        case ast.JoinedStr(values=[ast.Constant(value=str(prefix)), *_]):
            yield f"{prefix}*"
        case ast.IfExp(body=one, orelse=other):
            yield from python_key(one)
            yield from python_key(other)


def keys_in_template(text: str) -> Iterator[str]:
    """Every key a Jinja template asks words for; one that ends in ``*`` is a family."""
    for call in jinja2.Environment(autoescape=True).parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in ASKING and call.args:
            yield from template_key(call.args[0])


def template_key(argument: nodes.Expr) -> Iterator[str]:
    match argument:
        case nodes.Const(value=str(key)):
            yield key
        case nodes.Concat(nodes=[nodes.Const(value=str(prefix)), *_]) | nodes.Add(left=nodes.Const(value=str(prefix))):
            yield f"{prefix}*"
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from template_key(one)
            if other is not None:
                yield from template_key(other)


def missing_keys(asked: Iterator[str], room: str) -> set[str]:
    """The keys asked for in `room` that neither its domains nor the shared one hold."""
    domains = DOMAINS_OF_ROOM[room] | {*SHARED_DOMAINS}
    known = {key for domain in domains for key in read_catalogue(LANGUAGES[0], domain)}
    return {
        key
        for key in asked
        if (not any(each.startswith(key[:-1]) for each in known) if key.endswith("*") else key not in known)
    }


@cache
def texts_in_code() -> tuple[frozenset[str], re.Pattern[str]]:
    """Every whole text that code and pages write out, and the pattern of those they put together around a dot."""
    texts, built = set[str](), set[str]()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(text)):
                    texts.add(text)
                case ast.JoinedStr(values=values):
                    parts = [str(part.value) if isinstance(part, ast.Constant) else "" for part in values]
                    if re.fullmatch(r"[a-z_]*[a-z_]\.[a-z_.]*|[a-z_.]*\.[a-z_]+", "".join(parts)):
                        built.add("".join(re.escape(part) or ".+" for part in parts))
                case ast.BinOp(left=ast.Constant(value=str(prefix)), op=ast.Add()) if prefix.endswith("."):
                    built.add(f"{re.escape(prefix)}.+")
    for room in DOMAINS_OF_ROOM:
        for path in (*source(room, "html"), *source(room, "js")):
            text = path.read_text(encoding="utf-8")
            texts.update(re.findall(r"[\"'`]([a-z0-9_.]+)[\"'`]", text))
            built.update(
                f"{re.escape(prefix)}.+" for prefix in re.findall(r"[\"'`]([a-z0-9_.]+\.)(?:[\"'] *[~+]|\$)", text)
            )
    return frozenset(texts), re.compile("|".join(sorted(built)))


def is_used(key: str) -> bool:
    """Does anything write the key out, put it together, or name its family and its last part?"""
    texts, built = texts_in_code()
    if key in texts or built.fullmatch(key):
        return True
    dots = [place for place, sign in enumerate(key) if sign == "."]
    return any(key[:dot] in texts and key[dot + 1 :] in texts for dot in dots)


def chinese_literals(text: str) -> list[tuple[int, str]]:
    """The line and text of each string literal with a Chinese character in it; docstrings may quote the regulation."""
    tree = ast.parse(text)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
        if any("\u3400" <= character <= "\u9fff" for character in node.value)
    ]


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_of_a_domain_have_exactly_the_same_keys(domain: str) -> None:
    chinese, english = (set(read_catalogue(language, domain)) for language in LANGUAGES)

    assert chinese == english


@pytest.mark.parametrize("domain", DOMAINS)
def test_both_languages_put_the_same_facts_into_each_sentence(domain: str) -> None:
    chinese, english = (read_catalogue(language, domain) for language in LANGUAGES)

    assert {key: placeholders(sentence) for key, sentence in chinese.items()} == {
        key: placeholders(sentence) for key, sentence in english.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_no_sentence_is_empty_and_no_key_is_written_twice(domain: str, language: str) -> None:
    lines = catalogue_path(language, domain).read_text(encoding="utf-8").splitlines()
    written = Counter(line for line in lines if line.startswith("msgid ") and line != 'msgid ""')

    assert [key for key, sentence in read_catalogue(language, domain).items() if not sentence.strip()] == []
    assert [line for line, times in written.items() if times > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_stands_in_two_catalogues_that_every_room_reads(language: str) -> None:
    written = Counter(key for domain in SHARED_DOMAINS for key in read_catalogue(language, domain))

    assert [key for key, times in written.items() if times > 1] == []  # the second would never be read


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_fact_is_always_named_so_that_every_language_may_place_it_freely(domain: str, language: str) -> None:
    unnamed = [key for key, sentence in read_catalogue(language, domain).items() if "" in placeholders(sentence)]

    assert unnamed == []


@pytest.mark.parametrize("room", DOMAINS_OF_ROOM)
def test_every_key_the_code_and_the_templates_ask_for_exists(room: str) -> None:
    python = [ROOT / room] if room.endswith(".py") else source(room, "py")
    missing = {
        str(path.relative_to(ROOT)): keys
        for paths, asked in ((python, keys_in_python), (source(room, "html"), keys_in_template))
        for path in paths
        if (keys := missing_keys(asked(path.read_text(encoding="utf-8")), room))
    }

    assert missing == {}


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_key_is_used_by_something(domain: str) -> None:
    assert [key for key in read_catalogue(LANGUAGES[0], domain) if not is_used(key)] == []


def test_a_key_nothing_uses_is_seen() -> None:
    assert not is_used("status.nobody_asks_for_this")


def test_no_sentence_for_people_is_written_in_the_code() -> None:
    found = {
        name: literals
        for path in python_files()
        if (name := str(path.relative_to(ROOT))) not in CHINESE_DATA
        if (literals := chinese_literals(path.read_text(encoding="utf-8")))
    }

    assert found == {}


def test_every_file_excepted_for_its_chinese_data_is_there_and_needs_it() -> None:
    assert [name for name in sorted(CHINESE_DATA) if not chinese_literals((ROOT / name).read_text("utf-8"))] == []


def test_the_search_sees_keys_written_out_chosen_and_built_in_python() -> None:
    text = (
        'words("a.b", n=1); self.words(f"state.{state}"); t("yes" if ok else "no"); words(variable); print("not.a.key")'
    )

    assert set(keys_in_python(text)) == {"a.b", "state.*", "yes", "no"}


def test_the_search_sees_keys_written_out_chosen_and_built_in_templates() -> None:
    text = """{{ t("a.b", n=1) }}{{ words('state.' ~ state) }}{{ t("yes" if ok else "no") }}{{ t(variable) }}"""

    assert set(keys_in_template(text)) == {"a.b", "state.*", "yes", "no"}


def test_the_search_sees_chinese_in_literals_and_formatted_literals_but_not_in_docstrings() -> None:
    text = '"""条例第十三条"""\nname = "车辆"\nsentence = f"共{n}辆"\n# 注释\n'

    assert [line for line, _ in chinese_literals(text)] == [2, 3, 3]


def test_a_key_or_a_family_that_no_catalogue_holds_is_named() -> None:
    asked = iter(["language.name", "language.*", "no.such.key", "no_family.*"])

    assert missing_keys(asked, "tui") == {"no.such.key", "no_family.*"}
