# SPDX-License-Identifier: Apache-2.0
"""Reads what core's contracts are written in: ACSL's expressions, as trees of tuples.

    ("num", n) ("name", x) ("result",) ("true",) ("false",) ("nothing",)
    ("op", o, a, b) ("not", a) ("minus", a) ("if", c, a, b) ("chain", a, [(o, b)...])
    ("all"|"any", [(type, name)...], body) ("at", e, label) ("call", f, [label...], [e...])
    ("cast", bits, e) ("deref", e) ("ref", e) ("arrow", e, field) ("dot", e, field) ("index", e, i)
    ("from", lo, hi), an index or what is added to a pointer: all from lo to hi
"""
import re

TOKEN = re.compile(r"\s+|//[^\n]*|(0[xX][0-9a-fA-F]+|\d+)[uUlL]*|(\\?[A-Za-z_]\w*)"
                   r"|(<==>|==>|\.\.|->|<=|>=|==|!=|&&|\|\||[-+*/%<>!&()\[\]{},:;?.=])")
CAST = {"unsigned": 32, "uint8_t": 8, "uint16_t": 16, "uint32_t": 32, "uint64_t": 64}
COMPARED = ("<", "<=", ">", ">=", "==", "!=")
LEVELS = (("<==>",), ("==>",), ("||",), ("&&",), COMPARED, ("+", "-"), ("*", "/", "%"))


class Unreadable(Exception):
    """Something that is none of this."""


def tokens(text):
    """(kind, text) of each word; @ at the beginning of a line means nothing."""
    text = re.sub(r"^[ \t]*@", " ", text, flags=re.M)
    at, found = 0, []
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise Unreadable(f"{text[at:at + 20]!r}")
        for kind, n in (("num", 1), ("word", 2), ("sign", 3)):
            if m[n]:
                found.append((kind, m[n]))
        at = m.end()
    return found + [("end", "")]


class Reader:
    """One text, from its first word to its last."""

    def __init__(self, text):
        self.words, self.at = tokens(text), 0

    def sees(self, *texts, ahead=0):
        return self.words[min(self.at + ahead, len(self.words) - 1)][1] in texts

    def next(self):
        self.at += 1
        return self.words[self.at - 1]

    def take(self, text):
        if not self.sees(text):
            raise Unreadable(f"{text!r} is missing before {' '.join(w for _, w in self.words[self.at:self.at + 4])!r}")
        return self.next()

    def over(self):
        return self.at >= len(self.words) - 1

    def list(self, what, end):
        """Some, with commas between; the end is taken too."""
        found = []
        while not self.sees(end):
            found.append(what())
            if not self.sees(end):
                self.take(",")
        self.take(end)
        return found

    def declared(self):
        """A type and a name: ("ptr", T), ("struct", name), or the type's word."""
        word = self.next()[1]
        kind = ("struct", self.next()[1]) if word == "struct" else word
        while self.sees("*"):
            self.next()
            kind = ("ptr", kind)
        return kind, self.next()[1]

    def expression(self):
        if self.sees("\\forall", "\\exists"):
            return self.bound()
        test = self.level(0)
        if not self.sees("?"):
            return test
        self.next()
        yes = self.expression()
        self.take(":")
        return ("if", test, yes, self.expression())

    def bound(self):
        which = "all" if self.next()[1] == "\\forall" else "any"
        kind, name = self.declared()
        names = [(kind, name)]
        while self.sees(","):
            self.next()
            names.append((kind, self.next()[1]) if self.sees(",", ";", ahead=1) else self.declared())
        self.take(";")
        return (which, names, self.expression())

    def level(self, n):
        if n == len(LEVELS):
            return self.prefix()
        left = self.level(n + 1)
        if LEVELS[n] == COMPARED:
            return self.chain(left)
        while self.sees(*LEVELS[n]):
            sign = self.next()[1]
            if self.sees("\\forall", "\\exists"):
                right = self.bound()
            else:
                right = self.level(n if sign == "==>" else n + 1)
            left = ("op", sign, left, right)
        return left

    def chain(self, left):
        more = []
        while self.sees(*COMPARED):
            more.append((self.next()[1], self.level(LEVELS.index(COMPARED) + 1)))
        return ("chain", left, more) if more else left

    def prefix(self):
        for sign, name in (("!", "not"), ("-", "minus"), ("*", "deref"), ("&", "ref")):
            if self.sees(sign):
                self.next()
                return (name, self.prefix())
        return self.suffix(self.primary())

    def suffix(self, e):
        while self.sees("->", ".", "["):
            sign = self.next()[1]
            if sign == "[":
                e = ("index", e, self.span())
                self.take("]")
            else:
                e = ("arrow" if sign == "->" else "dot", e, self.next()[1])
        return e

    def span(self):
        """An expression, or all from one to another."""
        low = self.expression()
        if not self.sees(".."):
            return low
        self.next()
        return ("from", low, self.expression())

    def primary(self):
        kind, text = self.next()
        if kind == "num":
            return ("num", int(text, 0))
        if text == "(" and self.sees(*CAST) and self.sees(")", ahead=1):
            self.at += 2
            return ("cast", CAST[self.words[self.at - 2][1]], self.prefix())
        if text == "(":
            e = self.span()
            self.take(")")
            return e
        if kind != "word":
            raise Unreadable(f"{text!r} where an expression begins")
        if text in ("\\result", "\\true", "\\false", "\\nothing"):
            return (text[1:],)
        if text in ("\\old", "\\at"):
            return self.at_label(text)
        labels = self.labels()
        if labels or self.sees("("):
            self.take("(")
            return ("call", text, labels, self.list(self.expression, ")"))
        return ("name", text)

    def at_label(self, text):
        self.take("(")
        e, label = self.expression(), "Pre"
        if text == "\\at":
            self.take(",")
            label = self.next()[1]
        self.take(")")
        return ("at", e, label)

    def labels(self):
        if not self.sees("{"):
            return []
        self.next()
        return self.list(lambda: self.next()[1], "}")
