"""Search a whole database for words that should be gone, whatever table or column they might hide in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Leftover:
    """Where a word was found. `row` is the row's first column, as text."""

    table: str
    column: str
    row: str
    word: str


def leftovers(*words: str) -> list[Leftover]:
    """Every cell that contains one of the words, upper or lower case alike.

    Looks at all tables of the connected database, Django's own and unmanaged ones included, and at every column as
    text: JSON also with its escapes undone, bytes as UTF-8. Encrypted columns can't be searched.
    """
    wanted = {word.casefold(): word for word in words if word}
    return [
        Leftover(table, column, row, word)
        for table, column, row, text in _cells()
        for folded, word in wanted.items()
        if folded in text
    ]


def _cells() -> Iterator[tuple[str, str, str, str]]:
    """(table, column, first column of the row, folded text) of everything stored."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {quote(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, cell in zip(columns, row, strict=True):
                    if cell is not None:
                        yield table, column, str(row[0]), _text(cell).casefold()


def _text(cell: object) -> str:
    if isinstance(cell, (bytes, memoryview)):
        cell = bytes(cell).decode("utf-8", errors="replace")
    if isinstance(cell, (dict, list)):
        return json.dumps(cell, ensure_ascii=False)
    text = str(cell)
    return f"{text}\n{_unescaped(text)}"


def _unescaped(text: str) -> str:
    """JSON kept as text spells `ü` as `\\u00fc`; a search must find it all the same."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return ""
