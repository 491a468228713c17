"""Walks through the tokens of an expression, and joins those that make one name."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

from engine.feel import syntax, types
from engine.feel.errors import FeelError
from engine.feel.lexer import Token, tokenize
from engine.feel.values import MAX_NESTING


class TokenReader:
    """Takes one token after the other, and knows which names were declared."""

    def __init__(self, text: str, names: Iterable[str], longest: int) -> None:
        if len(text) > longest:
            raise FeelError("too_long", f"An expression has at most {longest} characters.")
        self.tokens = tokenize(text)
        self.at = 0
        self.nesting = 0
        self.tested: list[bool] = []
        self.known: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.declare(name)

    # --- tokens ---

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """The next token, taken; the end stays where it is."""
        token = self.tokens[self.at]
        if token.kind != "end":
            self.at += 1
        return token

    def sees(self, *texts: str) -> bool:
        """Whether one of these words or signs comes next."""
        return self.token.text in texts and self.token.kind in ("symbol", "name")

    def accept(self, text: str) -> bool:
        """Take a word or sign if it comes next."""
        if not self.sees(text):
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        """Take a word or sign that has to come next."""
        if not self.accept(text):
            self.fail(f"{text!r} is expected here")

    def fail(self, message: str) -> NoReturn:
        """Refuse the text at the next token."""
        found = f", not {self.token.text[:40]!r}" if self.token.kind != "end" else ", at the end"
        raise FeelError("syntax", message + found + ".", position=self.token.position)

    def whole(self, read: Callable[[], syntax.Node]) -> syntax.Node:
        """What *read* makes of the text, all of it."""
        if self.token.kind == "end":
            raise FeelError("syntax", "The expression is empty.", position=0)
        node = read()
        if self.token.kind != "end":
            self.fail("The expression goes on where it should end")
        return node

    def deeper(self) -> None:
        """Count one level of nesting."""
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise FeelError(
                "too_deep", "The expression is nested too deeply.", position=self.token.position
            )

    # --- names ---

    def declare(self, name: str) -> None:
        """Let a name of several tokens be recognised from here on."""
        try:
            words = tuple(token.text for token in tokenize(name)[:-1])
        except FeelError:
            return
        if len(words) < 2:
            return
        entries = self.known.setdefault(words[0], [])
        if (words, name) not in entries:
            entries.append((words, name))
            entries.sort(key=lambda entry: -len(entry[0]))

    def known_name(self) -> str | None:
        """The longest known name of several tokens that begins here; it is taken."""
        for words, name in self.known.get(self.token.text, ()):
            if self.takes_words(words):
                return name
        return None

    def function_name(self) -> str | None:
        """The name of a built-in function that holds spaces, before its parenthesis."""
        for words, name in types.FUNCTIONS_WITH_SPACES.get(self.token.text, ()):
            after = min(self.at + len(words), len(self.tokens) - 1)
            if self.tokens[after].text == "(" and self.takes_words(words):
                return name
        return None

    def takes_words(self, words: tuple[str, ...]) -> bool:
        """Take the tokens that come next if they are these words."""
        ahead = self.tokens[self.at : self.at + len(words)]
        if tuple(token.text for token in ahead) != words:
            return False
        if any(token.kind == "string" for token in ahead):
            return False
        self.at += len(words)
        return True

    def name_until(self, *ends: str) -> str:
        """A name that is made here: everything up to one of *ends*."""
        words = []
        while not self.sees(*ends):
            if self.token.kind in ("end", "string") or self.sees("{", "}", "[", "]", "("):
                self.fail("A name is expected here")
            words.append(self.take().text)
        if not words:
            self.fail("A name is expected here")
        name = joined(words)
        self.declare(name)
        return name


def joined(words: Sequence[str]) -> str:
    """One name of its tokens: words by single spaces, signs as they stand."""
    name = ""
    for word in words:
        apart = re.match(r"\w.*\w$", name[-1:] + " " + word[0])
        name += (" " if apart else "") + word
    return name
