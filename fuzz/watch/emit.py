# SPDX-License-Identifier: Apache-2.0
"""Trees of ACSL as C: an expression at a state of memory becomes an expression that fuzz/watch/watch.h can run."""
import itertools

from acsl import Unreadable

ARITHMETIC = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}
STATES = {"pre": {"Pre": "pre", "Here": "pre"},
          "post": {"Pre": "before", "Old": "before", "Post": "post", "Here": "post"}}


def is_number(kind):
    return isinstance(kind, str) and kind != "bool"


def c_name(kind):
    """A type as C writes it."""
    if isinstance(kind, str):
        return "watch_int" if kind == "integer" else kind
    return f"struct {kind[1]}" if kind[0] == "struct" else f"{stored(kind[1])} const *"


def stored(kind):
    return kind if isinstance(kind, str) else c_name(kind)


def flat(e):
    """What all of a conjunction says."""
    return [*flat(e[2]), *flat(e[3])] if e[:2] == ("op", "&&") else [e]


def names_in(e):
    if isinstance(e, tuple) and e[:1] == ("name",):
        return {e[1]}
    return set().union(*map(names_in, e)) if isinstance(e, (tuple, list)) else set()


def put(e, name, value):
    """e with a value for a name."""
    if e == ("name", name):
        return value
    return type(e)(put(x, name, value) for x in e) if isinstance(e, (tuple, list)) else e


def sides(e):
    """A comparison's, or a chain's, pairs: each way round."""
    left = e[1]
    for sign, right in e[2]:
        yield left, sign, right
        yield right, {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(sign, sign), left
        left = right


def alone(name, a, b):
    """What name is compared with where a, a sum that it is in, is compared with b; None where it is in no such sum."""
    while a != ("name", name):
        if a[0] != "op" or a[1] not in "+-":
            return None
        if name in names_in(a[2]) and name not in names_in(a[3]):
            b, a = ("op", "-" if a[1] == "+" else "+", b, a[3]), a[2]
        elif a[1] == "+" and name in names_in(a[3]):
            b, a = ("op", "-", b, a[2]), a[3]
        else:
            return None
    return b


CHOICE = {"\\min": "<", "\\max": ">"}


class Writer:
    """Writes expressions. `env`: name -> type; `states`: label -> C's name of that state."""

    fresh = itertools.count()

    def __init__(self, headers, env, states, result=None):
        self.headers, self.env, self.states, self.result = headers, env, states, result

    # An expression is (type, C, is it in memory?): what is in memory is loaded when its value is wanted.

    def value(self, e, at):
        kind, code, there = self.any(e, at)
        if isinstance(kind, tuple) and kind[0] == "array":
            return ("ptr", kind[1]), f"(&{code}[0])"
        if there:
            if at is None:
                raise Unreadable("memory is read without a label")
            code = f"(*({stored(kind)} const *)watch_load({at}, &{code}, sizeof {code}))"
        return kind, f"((watch_int){code})" if is_number(kind) else code

    def number(self, e, at):
        kind, code = self.value(e, at)
        if kind == "bool":
            return f"((watch_int){code})"
        if not is_number(kind):
            raise Unreadable(f"{kind} is no number")
        return code

    def truth(self, e, at):
        kind, code = self.value(e, at)
        return code if kind == "bool" else f"({code} != 0)"

    def any(self, e, at):
        return getattr(self, "on_" + e[0])(e, at)

    def on_num(self, e, _):
        high, low = divmod(e[1], 1 << 64)
        return "integer", f"((watch_int){high} << 64 | {low}u)" if high else f"((watch_int){low}u)", False

    def on_true(self, *_):
        return "bool", "true", False

    def on_false(self, *_):
        return "bool", "false", False

    def on_result(self, *_):
        return self.result, "result", False

    def on_name(self, e, _):
        return self.env.get(e[1], "integer"), e[1], False  # what is not known is a constant of C

    def on_not(self, e, at):
        return "bool", f"(!{self.truth(e[1], at)})", False

    def on_minus(self, e, at):
        return "integer", f"watch_sub(0, {self.number(e[1], at)})", False

    def on_cast(self, e, at):
        return "integer", f"((watch_int)(uint{e[1]}_t){self.number(e[2], at)})", False

    def on_if(self, e, at):
        (kind, yes), (other, no) = self.value(e[2], at), self.value(e[3], at)
        if is_number(kind) or is_number(other):
            kind, yes, no = "integer", self.number(e[2], at), self.number(e[3], at)
        return kind, f"({self.truth(e[1], at)} ? {yes} : {no})", False

    def on_at(self, e, at):
        if e[2] not in self.states:
            raise Unreadable(f"the label {e[2]}")
        kind, code = self.value(e[1], self.states[e[2]])
        return kind, code, False

    def on_op(self, e, at):
        _, sign, a, b = e
        if sign in ARITHMETIC:
            kind, left = self.value(a, at)
            if isinstance(kind, tuple) and kind[0] == "ptr" and sign in "+-":
                by = self.number(b if sign == "+" else ("minus", b), at)
                return kind, self.step(kind, left, by), False
            return "integer", f"watch_{ARITHMETIC[sign]}({self.number(a, at)}, {self.number(b, at)})", False
        left, right = self.truth(a, at), self.truth(b, at)
        return "bool", {"==>": f"(!{left} || {right})", "<==>": f"({left} == {right})", "&&": f"({left} && {right})",
                        "||": f"({left} || {right})"}[sign], False

    def step(self, kind, pointer, by):
        return f"(({c_name(kind)})watch_step({pointer}, {by}, sizeof({stored(kind[1])})))"

    def on_chain(self, e, at):
        left, parts = e[1], []
        for sign, right in e[2]:
            parts.append(self.compared(left, sign, right, at))
            left = right
        return "bool", "(" + " && ".join(parts) + ")", False

    def compared(self, a, sign, b, at):
        (kind, left), (_, right) = self.value(a, at), self.value(b, at)
        if isinstance(kind, tuple) and kind[0] == "struct":
            return f"({'!' if sign == '!=' else ''}same_{kind[1]}({left}, {right}))"
        if isinstance(kind, tuple):
            return f"({left} {sign} {right})"
        return f"({self.number(a, at)} {sign} {self.number(b, at)})"

    # Places.

    def on_deref(self, e, at):
        kind, code = self.value(e[1], at)
        return kind[1], f"(*{code})", True

    def on_ref(self, e, at):
        kind, code, there = self.any(e[1], at)
        if not there:
            raise Unreadable("the address of what is not in memory")
        return ("ptr", kind), f"(&{code})", False

    def on_arrow(self, e, at):
        kind, code = self.value(e[1], at)
        return self.headers.fields[kind[1][1]][e[2]], f"({code}->{e[2]})", True

    def on_dot(self, e, at):
        kind, code, there = self.any(e[1], at)
        return self.headers.fields[kind[1]][e[2]], f"({code}.{e[2]})", there

    def on_index(self, e, at):
        kind, code, there = self.any(e[1], at)
        by = self.number(e[2], at)
        if kind[0] == "array":
            return kind[1], f"({code}[watch_index({by}, {kind[2]})])", there
        kind, code = self.value(e[1], at)
        return kind[1], f"(*{self.step(kind, code, by)})", True

    # Calls.

    def on_call(self, e, at):
        _, name, labels, args = e
        if name in ("\\valid", "\\valid_read"):
            parts = (self.span(a, at) for a in args)
            return "bool", " && ".join(f"watch_valid({at}, {p}, {n}, {size}, {str(name == chr(92) + 'valid').lower()})"
                                       for p, n, size in parts), False
        if name == "\\separated":
            spans = ", ".join(", ".join(self.span(a, at)) for a in args)
            return "bool", f"watch_apart({len(args)}, {spans})", False
        if name == "\\object_pointer":
            return "bool", "true", False
        if name in CHOICE:
            a, b = (self.number(a, at) for a in args)
            return "integer", f"({a} {CHOICE[name]} {b} ? {a} : {b})", False
        logic = self.headers.logic.get(name)
        if not logic:
            raise Unreadable(f"there is no logic {name}")
        if len(labels) not in (0, len(logic.labels)) or not labels and len(logic.labels) > 1:
            raise Unreadable(f"the labels of {name}")
        given = [self.states[x] for x in labels] or [at] * len(logic.labels)
        if None in given:
            raise Unreadable(f"{name} without a label")
        for (kind, _), a in zip(logic.formals, args, strict=True):
            given.append(self.number(a, at) if is_number(kind) else self.value(a, at)[1])
        return logic.result, f"logic_{name}({', '.join(given)})", False

    def span(self, e, at):
        """Elements in memory: where, how many, of what size."""
        if e[0] == "op" and e[1] == "+" and e[3][0] == "from":
            (kind, code), (_, low, high) = self.value(e[2], at), e[3]
        elif e[0] == "index" and e[2][0] == "from":
            (kind, code), (_, low, high) = self.value(e[1], at), e[2]
        else:
            kind, code = self.value(e, at)
            return code, "(watch_int)1", f"sizeof({stored(kind[1])})"
        low, high = self.number(low, at), self.number(high, at)
        return self.step(kind, code, low), f"watch_add(watch_sub({high}, {low}), 1)", f"sizeof({stored(kind[1])})"

    def place(self, e, at):
        """What is assigned: as span."""
        return self.span(e if e[0] == "index" and e[2][0] == "from" else ("ref", e), at)

    # Quantifiers: a loop over what their bounds allow.

    def on_all(self, e, at):
        return self.loop(e, at, True)

    def on_any(self, e, at):
        return self.loop(e, at, False)

    def loop(self, e, at, every):
        _, names, body = e
        (kind, name), rest = names[0], names[1:]
        if not is_number(kind):
            raise Unreadable(f"all of {kind}")
        low, high = self.bounds(name, body, every, {n for _, n in rest}, at)
        inner = Writer(self.headers, self.env | {name: "integer"}, self.states, self.result)
        said = inner.truth((e[0], rest, body) if rest else body, at)
        k = f"k{next(self.fresh)}"
        walk = f"watch_walk({low}, {high})" if high else f"watch_walk_from({low})"
        return "bool", (f"({{ struct watch_walk {k} = {walk}; bool {k}f = false; while (!{k}f && watch_next(&{k})) "
                        f"{{ const watch_int {name} = {k}.i; {k}f = {'!' if every else ''}{said}; }} "
                        f"watch_answer(&{k}, {k}f, {'!' if every else ''}{k}f); }})"), False

    def bounds(self, name, body, every, unknown, at):
        """What it is equal to, or the first lower and the first upper bound; 0 and none where there is none."""
        said = []
        if every:
            while body[:2] == ("op", "==>"):
                said += flat(body[2])
                body = body[3]
        else:
            said = flat(body)
        low = high = exact = None
        for e in itertools.chain.from_iterable(self.opened(s) for s in said):
            for a, sign, b in sides(e):
                b = alone(name, a, b)
                if not b or names_in(b) & (unknown | {name}):
                    continue
                if sign in (">", ">=") and low is None:
                    low = b if sign == ">=" else ("op", "+", b, ("num", 1))
                if sign in ("<", "<=") and high is None:
                    high = b if sign == "<" else ("op", "+", b, ("num", 1))
                exact = exact or (b if sign == "==" else None)
        if exact:
            low, high = exact, ("op", "+", exact, ("num", 1))
        return self.number(low or ("num", 0), at), high and self.number(high, at)

    def opened(self, e):
        """Comparisons that a part of a guard is: itself, or a predicate's of one number."""
        if e[0] == "chain":
            return [e]
        logic = self.headers.logic.get(e[1]) if e[0] == "call" else None
        if logic and not logic.labels and len(logic.formals) == 1 and logic.result == "bool":
            return [x for x in flat(put(logic.body, logic.formals[0][1], e[3][0])) if x[0] == "chain"]
        return []
