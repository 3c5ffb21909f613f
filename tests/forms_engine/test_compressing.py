import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms_engine.rendering.compressing import Compressed


@given(st.lists(st.binary(), min_size=2, max_size=4), st.data())
def test_what_is_unpacked_is_what_was_put_in(pieces: list[bytes], data: st.DataObject) -> None:
    texts = data.draw(st.lists(st.binary(), min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    page = Compressed(*pieces)

    assert gzip.decompress(page.gzip(*texts)) == page.plain(*texts)


def test_pieces_and_texts_stand_in_turn() -> None:
    assert Compressed(b"<a>", b"</a><b>", b"</b>").plain(b"1", b"2") == b"<a>1</a><b>2</b>"


def test_it_is_one_gzip_member() -> None:
    unpacking = zlib.decompressobj(wbits=31)
    unpacking.decompress(Compressed(b"a" * 1000, b"b" * 1000).gzip(b"token"))

    assert unpacking.eof
    assert not unpacking.unused_data


def test_a_text_longer_than_a_stored_block_is_kept_whole() -> None:
    text = b"x" * 200_000

    assert gzip.decompress(Compressed(b"<", b">").gzip(text)) == b"<" + text + b">"


def test_the_length_tells_nothing_about_what_differs_per_visitor() -> None:
    page = Compressed(b'<input value="', b'"> secret-token secret-token')

    assert len(page.gzip(b"secret-token")) == len(page.gzip(b"4bf92f3577b3"))


def test_a_missing_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        Compressed(b"a", b"b", b"c").plain(b"1")
