"""With a vocabulary, what can't be meant is refused with the path."""

import pytest

from conditions import Attribute, ConditionInvalid, Vocabulary, parse
from conditions.parsing import MAX_CLAUSES, MAX_DEPTH, MAX_PATTERN

VOCABULARY = Vocabulary(
    [
        Attribute("country", "string", {"DE": "Germany", "AT": "Austria"}, required=True, label="Country"),
        Attribute("employees", "number", label="Employees"),
        Attribute("score", "number", required=True),
        Attribute("name", "string"),
        Attribute("vip", "boolean"),
        Attribute("tags", "list"),
    ]
)


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"contry": "DE"}, "contry"),
        ({"$xor": []}, "$xor"),
        ({"country": {"$near": "DE"}}, "country.$near"),
        ({"country": "FR"}, "country"),
        ({"country": {"$in": ["DE", "FR"]}}, "country.$in[1]"),
        ({"country": {"$in": "DE"}}, "country.$in"),
        ({"country": {"$eq": None}}, "country.$eq"),
        ({"score": "7"}, "score"),
        ({"score": True}, "score"),
        ({"vip": 1}, "vip"),
        ({"vip": {"$gt": False}}, "vip.$gt"),
        ({"name": {"$exists": "yes"}}, "name.$exists"),
        ({"name": {"$regex": "(?=x)"}}, "name.$regex"),
        ({"name": {"$regex": "\ud800"}}, "name.$regex"),
        ({"name": {"$regex": "x" * (MAX_PATTERN + 1)}}, "name.$regex"),
        ({"$and": [{"country": "DE"}, {"score": {"$gt": "x"}}]}, "$and[1].score.$gt"),
        ({"$not": {"contry": "DE"}}, "$not.contry"),
        ({"employees": {"$gte": 5}}, "employees.$gte"),
        ({"$or": [{"employees": {"$exists": True}}, {"employees": {"$gte": 5}}]}, "$or[1].employees.$gte"),
        ({"employees": {"$not": {"$lt": 5}}}, "employees.$not.$lt"),
        ({"tags": {"$regex": "x"}}, "tags.$regex"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_the_path(document, path):
    with pytest.raises(ConditionInvalid) as refused:
        parse(document, VOCABULARY)
    assert refused.value.path == path


@pytest.mark.parametrize(
    "document",
    [
        {"employees": {"$exists": True, "$gte": 5}},
        {"$and": [{"employees": {"$exists": True}}, {"employees": {"$gte": 5}}]},
        {"employees": {"$exists": True}, "$or": [{"employees": {"$lt": 5}}, {"employees": {"$gt": 50}}]},
        {"$not": {"employees": {"$exists": True, "$gte": 5}}},
        {"score": {"$gte": 5}},
    ],
)
def test_an_order_comparison_is_accepted_where_the_value_is_sure_to_be_there(document):
    parse(document, VOCABULARY)


def test_a_document_must_be_an_object():
    with pytest.raises(ConditionInvalid):
        parse([])


def nested(depth: int) -> dict:
    document: dict = {"a": 1}
    for _ in range(depth):
        document = {"$not": document}
    return document


@pytest.mark.parametrize(
    "document", [nested(MAX_DEPTH + 1), nested(50_000), {f"a{i}": 1 for i in range(MAX_CLAUSES + 1)}]
)
def test_what_is_too_deep_or_too_large_is_refused_even_without_a_vocabulary(document):
    with pytest.raises(ConditionInvalid):
        parse(document)


def test_the_error_says_path_and_reason():
    with pytest.raises(ConditionInvalid, match=r"^contry: there is no attribute named 'contry'$"):
        parse({"contry": "DE"}, VOCABULARY)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "always"),
        ({"country": "DE"}, "Country is Germany"),
        (
            {"country": {"$in": ["DE", "AT"]}, "score": {"$gte": 5}},
            "Country is Austria or Germany and score is at least 5",
        ),
        ({"$or": [{"vip": True}, {"score": {"$lt": 3}}]}, "vip is True or score is below 3"),
        ({"country": {"$nin": ["DE"]}}, "Country is none of Germany"),
        ({"$not": {"country": "DE"}}, "not (Country is Germany)"),
        ({"name": {"$exists": False}}, "name is unknown"),
        ({"score": {"$gte": 2000, "$lt": 3000.5}}, "score is at least 2,000 and is below 3,000.5"),
        ({"name": "2000"}, "name is 2000"),
    ],
)
def test_a_condition_says_itself_in_a_sentence(document, sentence):
    assert parse(document, VOCABULARY).describe() == sentence


def test_an_explanation_says_which_clause_failed_and_what_was_seen():
    results = parse({"country": "DE", "score": {"$gte": 5}}, VOCABULARY).explain({"country": "DE", "score": 3})
    assert [(result.held, result.seen) for result in results] == [(True, "DE"), (False, 3)]


def test_the_names_a_condition_reads_are_known():
    assert parse({"$or": [{"a.b": 1}, {"c": {"$gt": 1}}]}).attributes == {"a.b", "c"}


def test_a_long_list_is_counted_where_it_gets_too_long_to_read():
    sentence = parse({"city": {"$in": [f"c{number}" for number in range(30)]}}).describe()
    assert sentence.endswith("c18, c19 or 10 more")
