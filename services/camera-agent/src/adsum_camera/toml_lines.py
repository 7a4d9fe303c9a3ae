"""Where in a TOML document each value stands, which `tomllib` (like every parser we know) keeps to itself.

The document was parsed before, so it is valid: this reads only what it takes to follow its structure.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

Place = tuple[str | int, ...]
"""How a value is reached: `("camera", 1, "zones", 0, "kind")`."""

TOKEN: Final = re.compile(
    r'''(?P<text>"""(?:[^\\]|\\.)*?"""["]{0,2} | \'\'\'.*?\'\'\'[']{0,2} | "(?:[^"\\]|\\.)*" | '[^']*')
    | (?P<newline>\n) | (?P<mark>[\[\]{}=,]) | (?P<bare>[^\s\[\]{}=,#"']+) | \#[^\n]* | \s''',
    re.VERBOSE | re.DOTALL,
)


def lines_of(document: str) -> dict[Place, int]:
    """Return the line, counted from 1, of every table, key and element of a valid TOML document."""
    walk = _Walk(_tokens(document.replace("\r\n", "\n")))
    walk.document()
    return walk.lines


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(document: str) -> list[_Token]:
    """Return what counts, last first, without blanks and comments."""
    tokens, line = [], 1
    for found in TOKEN.finditer(document):
        if found.lastgroup is not None:
            tokens.append(_Token(found.lastgroup, found.group(), line))
        line += found.group().count("\n")
    return tokens[::-1]


@dataclass(slots=True)
class _Walk:
    """Goes through the tokens once; `left` holds those still ahead, the next one last."""

    left: list[_Token]
    lines: dict[Place, int] = field(default_factory=dict)
    _tables: Counter[Place] = field(default_factory=Counter)

    def document(self) -> None:
        table: Place = ()
        while self._skip_newlines():
            table = self._header() if self._is_next("[") else self._pair(table)

    def _header(self) -> Place:
        """Read `[a.b]` or `[[a.b]]` and return the path of what follows."""
        line = self.left.pop().line
        is_element = self._is_next("[")
        if is_element:
            self.left.pop()
        path = self._through_arrays(self._key("]"))
        if is_element:
            self.left.pop()
            self.lines.setdefault(path, line)
            self._tables[path] += 1
            path = (*path, self._tables[path] - 1)
        self.lines.setdefault(path, line)
        return path

    def _through_arrays(self, key: Place) -> Place:
        """Follow a header's key into the newest element of every array of tables above it."""
        path: Place = ()
        for part in key:
            newest = (self._tables[path] - 1,) if path in self._tables else ()
            path = (*path, *newest, part)
        return path

    def _pair(self, table: Place) -> Place:
        """Read `key = value` inside `table`, and return the table again."""
        line = self.left[-1].line
        path = table
        for part in self._key("="):
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._value(path)
        return table

    def _key(self, end: str) -> Place:
        """Read a key, dotted or quoted or both, and the mark that ends it."""
        parts: list[str] = []
        while not self._is_next(end):
            token = self.left.pop()
            if token.kind == "text":
                parts.append(str(tomllib.loads(f"key = {token.text}")["key"]))
            else:
                parts += [part for part in token.text.split(".") if part]
        self.left.pop()
        return tuple(parts)

    def _value(self, path: Place) -> None:
        token = self.left.pop()
        self.lines.setdefault(path, token.line)
        if token.text == "[":
            self._array(path)
        elif token.text == "{":
            while self._skip_newlines() and not self._is_next("}"):
                self._pair(path)
                self._skip_comma()
            self.left.pop()
        while self.left and self.left[-1].kind == "bare":
            self.left.pop()  # the hour, after a date and a blank

    def _array(self, path: Place) -> None:
        index = 0
        while self._skip_newlines() and not self._is_next("]"):
            self._value((*path, index))
            self._skip_comma()
            index += 1
        self.left.pop()

    def _skip_comma(self) -> None:
        self._skip_newlines()
        if self._is_next(","):
            self.left.pop()

    def _skip_newlines(self) -> bool:
        """Go to the next token that is not the end of a line, and say whether there is one."""
        while self.left and self.left[-1].kind == "newline":
            self.left.pop()
        return bool(self.left)

    def _is_next(self, mark: str) -> bool:
        return bool(self.left) and self.left[-1].kind == "mark" and self.left[-1].text == mark
