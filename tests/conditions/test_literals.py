"""The values that a condition compares with."""

import pytest

from conditions import parse


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({}, ()),
        ({"country": "DE"}, (("country", "DE"),)),
        ({"employees": {"$gte": 10, "$lt": 20}}, (("employees", 10), ("employees", 20))),
        ({"country": {"$in": ["DE", "AT"]}}, (("country", "DE"), ("country", "AT"))),
        ({"$or": [{"a": 1}, {"$not": {"b": 2}}]}, (("a", 1), ("b", 2))),
        ({"needs": {"$all": ["crm", "ads"]}}, (("needs", "crm"), ("needs", "ads"))),
        ({"needs": {"$elemMatch": {"$eq": "crm"}}}, (("needs", "crm"),)),
        ({"size": {"$not": {"$gt": 5}}}, (("size", 5),)),
        ({"name": {"$regex": "^a"}, "version": {"$vgt": "1.0"}}, ()),
    ],
)
def test_literals_are_told_with_their_attribute_in_order(document, found):
    assert parse(document).literals() == found
