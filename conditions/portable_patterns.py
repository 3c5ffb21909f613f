r"""Which patterns mean the same to RE2, here, and to a browser's RegExp.

`is_portable(pattern)` answers for patterns that RE2 compiles. Portable are: literal characters, `.`, classes, `^` `$`
`\b`, groups `( )` and `(?: )`, alternatives, the quantifiers `* + ? {n} {n,} {n,m}` (also lazy), `\d \D \w \W \s \S`,
`\t \n \r \f \v`, and any ASCII sign but `_` escaped. frontend/src/conditions.ts translates what is written alike and
meant otherwise: `.` and `\s`.

A browser searches by trying one way after the other, so that what can match the same text in several ways must not be
repeated: `(a+)+` would hang the visitor's page. That guards against accidents; who writes forms is trusted.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# No \S (its complement can't be written within a class) and no bare [ (another meaning in each: [[:alpha:]], [[a]]).
_ONE_OF_CLASS = r"(?:[^\\\[\]\-]|\\[ !-/:-@\[-^`{-~]|\\[tnrfv])"
_CLASS = rf"\[\^?-?(?:{_ONE_OF_CLASS}-{_ONE_OF_CLASS}|{_ONE_OF_CLASS}|\\[dDwWs])+-?\]"
# No \B: RE2 finds one inside a character of several bytes.
_TOKEN = re.compile(
    rf"""
    (?P<set>       \. | \\[dDwWsS] | {_CLASS} )
  | (?P<assertion> [\^$] | \\b )
  | (?P<literal>   [^\\\[\](){{}}*+?|^$.] | \\[\x20!-/:-@\[-^`{{-~] | \\[tnrfv] )
  | (?P<quantifier> (?: [*+?] | \{{ (?P<least>[0-9]+) (?P<range> , (?P<most>[0-9]*) )? \}} ) \?? )
  | (?P<open>      \( (?: \?: | (?!\?) ) )
  | (?P<close>     \) )
  | (?P<or>        \| )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = ("set", "assertion", "literal", "quantifier", "open", "close", "or")
_CONTROLS = frozenset({r"\t", r"\n", r"\r", r"\f", r"\v"})
MAX_GROUPS_WITHIN = 20
# So many times an ambiguous part may be repeated, as in (\d{1,3}\.?){4}.
_FEW_TIMES = 4
# Each `*` or `+` beside others can multiply a backtracking browser's work by the length of the text.
_MOST_ENDLESS = 6


def is_portable(pattern: str) -> bool:
    """Whether RE2 and RegExp agree on the pattern, and neither takes long over it. False where it is no pattern."""
    try:
        _Reader(list(_tokens(pattern))).read()
    except _NotPortable:
        return False
    return True


class _NotPortable(Exception):
    pass


@dataclass(frozen=True)
class _Part:
    """Of a pattern. `start`: the character it begins with, where that is sure. `ambiguous`: repeated, it could match
    the same text in several ways. `counted`: a quantifier may follow."""

    start: str | None = None
    ambiguous: bool = False
    counted: bool = True


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    least: int = 0
    most: int | None = None


def _tokens(pattern: str) -> Iterator[_Token]:
    position = 0
    while position < len(pattern):
        match = _TOKEN.match(pattern, position)
        if match is None:
            raise _NotPortable
        kind = next(name for name in _KINDS if match[name] is not None)
        yield _Token(kind, match[0], *(_counts(match) if kind == "quantifier" else ()))
        position = match.end()
    yield _Token("end", "")


def _counts(match: re.Match[str]) -> tuple[int, int | None]:
    """The least and the most repetitions; no most where there is no bound."""
    if match["least"] is None:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[match[0][0]]
    least = int(match["least"])
    if match["range"] is None:
        return least, least
    return least, int(match["most"]) if match["most"] else None


class _Reader:
    """Reads tokens by recursive descent: alternatives of sequences of counted atoms."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._groups = 0
        self._endless = 0

    def read(self) -> None:
        self._alternatives()
        if self._peek() != "end":
            raise _NotPortable

    def _peek(self) -> str:
        return self._tokens[self._next].kind

    def _take(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _alternatives(self) -> _Part:
        parts = [self._sequence()]
        while self._peek() == "or":
            self._take()
            parts.append(self._sequence())
        if len(parts) == 1:
            return parts[0]
        starts = {part.start for part in parts}
        overlapping = None in starts or len(starts) < len(parts)
        return _Part(ambiguous=overlapping or any(part.ambiguous for part in parts))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._peek() not in ("or", "close", "end"):
            parts.append(self._counted())
        return _Part(start=parts[0].start if parts else None, ambiguous=any(part.ambiguous for part in parts))

    def _counted(self) -> _Part:
        part = self._atom()
        if self._peek() != "quantifier":
            return part
        count = self._take()
        self._endless += count.most is None
        if self._endless > _MOST_ENDLESS:
            raise _NotPortable
        often = count.most is None or count.most > _FEW_TIMES
        if not part.counted or (often and part.ambiguous):
            raise _NotPortable
        return _Part(
            start=part.start if count.least else None,
            ambiguous=part.ambiguous or count.least != count.most,
        )

    def _atom(self) -> _Part:
        token = self._take()
        match token.kind:
            case "literal":
                return _Part(start=token.text if token.text in _CONTROLS else token.text[-1].lower())
            case "set":
                return _Part()
            case "assertion":
                return _Part(counted=False)
            case "open":
                return self._group()
        raise _NotPortable

    def _group(self) -> _Part:
        self._groups += 1
        if self._groups > MAX_GROUPS_WITHIN:
            raise _NotPortable
        part = self._alternatives()
        if self._take().kind != "close":
            raise _NotPortable
        self._groups -= 1
        return part
