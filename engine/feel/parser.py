"""Reads the text of a FEEL expression into its tree.

A Pratt parser written by hand: names may hold spaces and operators, and where one ends depends on
which names are known, so no grammar without that knowledge can cut the text (decision 0003).

Source: DMN 1.5 (OMG formal/2024-01-01), 10.3.1.2 Grammar rules.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, DecimalException

from engine.feel import syntax, types
from engine.feel.errors import FeelError
from engine.feel.lexer import Token
from engine.feel.temporal import parse_at_literal
from engine.feel.tokens import TokenReader
from engine.feel.values import NUMBERS

LONGEST_SOURCE = 2_000
_CLAUSES = ("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "function")
_OPERATORS = ("and", "or", "between", "instance", "of", "external", "true", "false", "null")
KEYWORDS = frozenset([*_CLAUSES, *_OPERATORS])
COMPARISONS = frozenset(["=", "!=", "<", "<=", ">", ">="])
MEMBERS_WITH_SPACES = ("time offset", "start included", "end included")

_OR, _AND, _COMPARE, _ADD, _MULTIPLY, _POWER, _NEGATE, _POSTFIX = 1, 2, 3, 4, 5, 6, 7, 8
_SUMS = {"+": _ADD, "-": _ADD, "*": _MULTIPLY, "/": _MULTIPLY, "**": _POWER}
_CONSTANTS = {"true": True, "false": False, "null": None}


def read_expression(text: str, names: Iterable[str], longest: int) -> syntax.Node:
    """The tree of an expression; *names* are known names, needed where they hold spaces."""
    parser = _Parser(text, names, longest)
    return parser.whole(parser.expression)


def read_unary_tests(text: str, names: Iterable[str], longest: int) -> syntax.Tests:
    """The tree of a cell of a decision table."""
    return _Parser(text, names, longest).unary_tests()


class _Parser(TokenReader):
    # --- expressions ---

    def expression(self) -> syntax.Node:
        return self.operators(0)

    def operators(self, power: int, *, filters: bool = True) -> syntax.Node:
        """An expression whose operators all bind stronger than *power*."""
        self.deeper()
        depth = self.nesting
        node = self.prefix()
        while True:
            joined = self.infix(node, power, filters=filters)
            if joined is None:
                break
            node = joined
        self.nesting = depth - 1
        return node

    def infix(self, left: syntax.Node, power: int, *, filters: bool) -> syntax.Node | None:
        token = self.token
        if token.kind not in ("symbol", "name"):
            return None
        if power < _POSTFIX and token.text in (".", "(", "[", "instance"):
            if token.text == "[" and not filters:
                return None
            self.deeper()
            return self.postfix(left)
        if token.text in _SUMS and power < _SUMS[token.text]:
            return self.sum(left, _SUMS[token.text])
        if power < _COMPARE and (token.text in COMPARISONS or token.text in ("between", "in")):
            self.deeper()
            return self.comparison(left)
        if token.text in ("and", "or") and power < (level := _AND if token.text == "and" else _OR):
            return self.both(left, level)
        return None

    def sum(self, first: syntax.Node, level: int) -> syntax.Node:
        rest = []
        while self.token.kind == "symbol" and _SUMS.get(self.token.text) == level:
            operator = self.take().text
            rest.append((operator, self.operators(level)))
        return syntax.Sum(first, tuple(rest))

    def both(self, first: syntax.Node, level: int) -> syntax.Node:
        word = self.token.text
        operands = [first]
        while self.accept(word):
            operands.append(self.operators(level))
        return syntax.Both(word, tuple(operands))

    def comparison(self, left: syntax.Node) -> syntax.Node:
        operator = self.take().text
        if operator == "between":
            low = self.operators(_COMPARE)
            self.expect("and")
            return syntax.Between(left, low, self.operators(_COMPARE))
        if operator == "in":
            return syntax.In(left, self.tests_after_in())
        return syntax.Compare(operator, left, self.operators(_COMPARE))

    def tests_after_in(self) -> tuple[syntax.Node, ...]:
        if not self.accept("("):
            return (self.test(_COMPARE),)
        tests = [self.test(0)]
        if tests[0].operator is None and self.accept(".."):
            return (syntax.Test(None, self.range_from(tests[0].operand, start_included=False)),)
        while self.accept(","):
            tests.append(self.test(0))
        self.expect(")")
        if len(tests) > 1 or tests[0].operator is not None:
            return tuple(tests)
        node = tests[0].operand  # only a parenthesis: x in (list)[1]
        while (joined := self.infix(node, _COMPARE, filters=True)) is not None:
            node = joined
        return (syntax.Test(None, node, uses_input=tests[0].uses_input),)

    def postfix(self, base: syntax.Node) -> syntax.Node:
        token = self.take()
        if token.text == ".":
            return syntax.Path(base, self.member())
        if token.text == "[":
            predicate = self.expression()
            self.expect("]")
            return syntax.Filter(base, predicate)
        if token.text == "(":
            return self.call(base, token.position)
        self.expect("of")
        return syntax.InstanceOf(base, self.type())

    def member(self) -> str:
        for name in MEMBERS_WITH_SPACES:
            first, second = name.split()
            if self.sees(first) and self.tokens[self.at + 1].text == second:
                self.at += 2
                return name
        known = self.known_name()
        if known is not None:
            return known
        if self.token.kind != "name":
            self.fail("A name is expected after the dot")
        return self.take().text

    def call(self, target: syntax.Node, position: int) -> syntax.Node:
        arguments: list[syntax.Node] = []
        names: list[str] = []
        while not self.sees(")"):
            if self.argument_is_named():
                names.append(self.name_until(":"))
                self.expect(":")
            arguments.append(self.expression())
            if not self.accept(","):
                break
        self.expect(")")
        if names and len(names) != len(arguments):
            raise FeelError(
                "syntax", "Either all arguments have a name or none has.", position=position
            )
        return syntax.Call(target, tuple(arguments), tuple(names) or None, position)

    def argument_is_named(self) -> bool:
        ahead = self.at
        while self.tokens[ahead].kind == "name":
            ahead += 1
        return (
            ahead > self.at
            and self.tokens[ahead].text == ":"
            and (self.tokens[ahead].kind == "symbol")
        )

    # --- what an expression can begin with ---

    def prefix(self) -> syntax.Node:
        token = self.token
        if token.kind == "number":
            self.take()
            return syntax.Literal(_number(token))
        if token.kind == "string":
            self.take()
            return syntax.Literal(token.text)
        if token.kind == "name":
            return self.word()
        if token.kind == "symbol" and token.text in _SYMBOLS:
            self.take()
            return _SYMBOLS[token.text](self)
        return self.fail("A value is expected here")

    def word(self) -> syntax.Node:
        position = self.token.position
        known = self.known_name() or self.function_name()
        if known is not None:
            return self.name(known, position)
        token = self.take()
        if token.text in _CONSTANTS:
            return syntax.Literal(_CONSTANTS[token.text])
        if token.text in _WORDS:
            return _WORDS[token.text](self)
        if token.text in KEYWORDS:
            self.at -= 1
            self.fail("A value is expected here")
        return self.name(token.text, position)

    def name(self, name: str, position: int) -> syntax.Node:
        if name == "?" and self.tested:
            self.tested[-1] = True
        if self.accept("("):
            return self.call(syntax.Name(name), position)
        return syntax.Name(name)

    def negation(self) -> syntax.Node:
        operand = self.operators(_NEGATE)
        if isinstance(operand, syntax.Literal) and isinstance(operand.value, Decimal):
            return syntax.Literal(NUMBERS.minus(operand.value))
        return syntax.Negate(operand)

    def at_literal(self) -> syntax.Node:
        if self.token.kind != "string":
            self.fail('A text is expected after "@"')
        value = parse_at_literal(self.token.text)
        if value is None:
            self.fail("This is no date, time or duration")
        self.take()
        return syntax.Literal(value)

    def parenthesis(self) -> syntax.Node:
        if self.token.text in COMPARISONS and self.token.kind == "symbol":
            span = self.half_range()
            self.expect(")")
            return span
        node = self.expression()
        if self.accept(".."):
            return self.range_from(node, start_included=False)
        self.expect(")")
        return node

    def half_range(self) -> syntax.Node:
        operator = self.take().text
        end = self.operators(_COMPARE)
        included = operator in ("=", "<=", ">=")
        if operator == "!=":
            self.fail("A range cannot be made of !=")
        if operator == "=":
            return syntax.RangeNode(end, end, start_included=True, end_included=True)
        if operator in ("<", "<="):
            return syntax.RangeNode(None, end, start_included=False, end_included=included)
        return syntax.RangeNode(end, None, start_included=included, end_included=False)

    def bracket(self) -> syntax.Node:
        if self.accept("]"):
            return syntax.ListNode(())
        first = self.expression()
        if self.accept(".."):
            return self.range_from(first, start_included=True)
        items = [first]
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return syntax.ListNode(tuple(items))

    def open_bracket(self) -> syntax.Node:
        start = self.operators(_COMPARE)
        self.expect("..")
        return self.range_from(start, start_included=False)

    def range_from(self, start: syntax.Node, *, start_included: bool) -> syntax.Node:
        end = self.operators(_COMPARE, filters=False)
        if not self.sees("]", ")", "["):
            self.fail("A range ends with ], ) or [")
        closing = self.take().text
        return syntax.RangeNode(
            start, end, start_included=start_included, end_included=closing == "]"
        )

    def context(self) -> syntax.Node:
        entries: list[tuple[str, syntax.Node]] = []
        while not self.sees("}"):
            if self.token.kind == "string":
                key = self.take().text
                self.declare(key)
            else:
                key = self.name_until(":")
            self.expect(":")
            if any(key == earlier for earlier, _ in entries):
                raise FeelError(
                    "syntax", "Two entries have the same key.", position=self.token.position
                )
            entries.append((key, self.expression()))
            if not self.accept(","):
                break
        self.expect("}")
        return syntax.ContextNode(tuple(entries))

    def conditional(self) -> syntax.Node:
        branches = []
        while True:
            condition = self.expression()
            self.expect("then")
            branches.append((condition, self.expression()))
            self.expect("else")
            if not self.accept("if"):
                return syntax.If(tuple(branches), self.expression())

    def loop(self) -> syntax.Node:
        iterators = self.iterators()
        self.expect("return")
        return syntax.For(iterators, self.expression())

    def some(self) -> syntax.Node:
        return self.quantified("some")

    def every(self) -> syntax.Node:
        return self.quantified("every")

    def quantified(self, word: str) -> syntax.Node:
        iterators = self.iterators()
        self.expect("satisfies")
        return syntax.Quantified(word, iterators, self.expression())

    def iterators(self) -> tuple[tuple[str, syntax.Node], ...]:
        iterators = []
        while True:
            name = self.name_until("in")
            self.expect("in")
            domain = self.expression()
            if self.accept(".."):
                end = self.expression()
                domain = syntax.RangeNode(domain, end, start_included=True, end_included=True)
            iterators.append((name, domain))
            if not self.accept(","):
                return tuple(iterators)

    def function(self) -> syntax.Node:
        if not self.sees("("):  # a variable that is called "function"
            self.fail("Parameters are expected here")
        self.expect("(")
        parameters = []
        while not self.sees(")"):
            name = self.name_until(":", ",", ")")
            parameters.append((name, self.type() if self.accept(":") else None))
            if not self.accept(","):
                break
        self.expect(")")
        if self.sees("external"):
            raise FeelError(
                "external_function",
                "Functions of another language are not run here.",
                position=self.token.position,
            )
        return syntax.FunctionNode(tuple(parameters), self.expression())

    # --- unary tests ---

    def unary_tests(self) -> syntax.Tests:
        if self.token.kind == "end" or (self.sees("-") and self.tokens[1].kind == "end"):
            return syntax.Tests((), negated=False)
        if self.sees("not") and self.tokens[1].text == "(":
            negated = self.negated_tests()
            if negated is not None:
                return negated
        tests = self.test_list()
        if self.token.kind != "end":
            self.fail("The test goes on where it should end")
        return syntax.Tests(tests, negated=False)

    def negated_tests(self) -> syntax.Tests | None:
        """`not(..)` around the whole cell; None when it is only the beginning of an expression."""
        self.at = 2
        try:
            tests = self.test_list()
            self.expect(")")
        except FeelError as error:
            if error.code != "syntax":
                raise
            self.at = 0
            return None
        if self.token.kind != "end":
            self.at = 0
            return None
        return syntax.Tests(tests, negated=True)

    def test_list(self) -> tuple[syntax.Test, ...]:
        tests = [self.test(0)]
        while self.accept(","):
            tests.append(self.test(0))
        return tuple(tests)

    def test(self, power: int) -> syntax.Test:
        nesting = self.nesting
        self.tested.append(False)
        try:
            if self.token.kind == "symbol" and self.token.text in COMPARISONS:
                operator: str | None = self.take().text
                operand = self.operators(_COMPARE)
            else:
                operator = None
                operand = self.operators(power)
            return syntax.Test(operator, operand, uses_input=self.tested[-1])
        finally:
            self.nesting = nesting
            self.tested.pop()

    # --- types ---

    def type(self) -> syntax.FeelType:
        self.deeper()
        depth = self.nesting
        read = self.type_body()
        self.nesting = depth - 1
        return read

    def type_body(self) -> syntax.FeelType:
        for words, name in types.TYPES_WITH_SPACES:
            if self.takes_words(words):
                return syntax.FeelType(name)
        name = self.type_name()
        if name in ("list", "range") and self.accept("<"):
            of = self.type()
            self.expect(">")
            return syntax.FeelType(name, of=of)
        if name == "context" and self.accept("<"):
            return syntax.FeelType(name, members=self.member_types())
        if name == "function" and self.accept("<"):
            return self.function_type()
        return syntax.FeelType(name)

    def type_name(self) -> str:
        known = self.known_name()
        if known is not None:
            return known
        if self.token.kind != "name":
            self.fail("A type is expected here")
        words = [self.take().text]
        while self.sees(".") and self.tokens[self.at + 1].kind == "name":
            self.take()
            words.append(self.take().text)
        return ".".join(words)

    def member_types(self) -> tuple[tuple[str, syntax.FeelType], ...]:
        members = []
        while not self.sees(">"):
            name = self.name_until(":")
            self.expect(":")
            members.append((name, self.type()))
            if not self.accept(","):
                break
        self.expect(">")
        return tuple(members)

    def function_type(self) -> syntax.FeelType:
        parameters = []
        while not self.sees(">"):
            parameters.append(("", self.type()))
            if not self.accept(","):
                break
        self.expect(">")
        self.expect("->")
        return syntax.FeelType("function", of=self.type(), members=tuple(parameters))


_SYMBOLS: Mapping[str, Callable[[_Parser], syntax.Node]] = {
    "-": _Parser.negation,
    "@": _Parser.at_literal,
    "(": _Parser.parenthesis,
    "[": _Parser.bracket,
    "]": _Parser.open_bracket,
    "{": _Parser.context,
}
_WORDS: Mapping[str, Callable[[_Parser], syntax.Node]] = {
    "if": _Parser.conditional,
    "for": _Parser.loop,
    "some": _Parser.some,
    "every": _Parser.every,
    "function": _Parser.function,
}


def _number(token: Token) -> object:
    try:
        return NUMBERS.create_decimal(token.text)
    except DecimalException:
        raise FeelError("syntax", "The number is too large.", position=token.position) from None
