"""Named accounts: by domain, parent domain, then the company's name; what settled it is in the trace."""

import pytest

from routing.accounts import normalised_company_name, parent_domains
from routing.contract import Inputs
from routing.engine import Chain, match
from routing.plan_document import parse_plan
from tests.routing.documents import CONTRACT, plan_document
from tests.routing.factories import NOW

NAME = {"key": "company_name", "type": "string"}


def accounts(key: str, **domains: dict) -> dict:
    """Domains are written with _ for the point."""
    named = {domain.replace("_", "."): account for domain, account in domains.items()}
    return {"key": key, "name": key.title(), "queue": "big", "accounts": named}


def decide(*lists: dict, **values: object) -> Chain:
    plan = parse_plan(plan_document(contract=[*CONTRACT, NAME], account_lists=list(lists)))
    return match(plan, Inputs({"country": "JP", **values}), NOW)


def note(chain: Chain) -> str:
    return next(entry.note for entry in chain.trace if entry.stage == "named_account")


STRATEGIC = accounts("strategic", acme_example={"name": "Acme Works, Inc.", "owner": "ben"})


def test_the_exact_domain_is_the_account():
    chain = decide(STRATEGIC, company_domain="acme.example")
    assert (chain.steps[0].key, chain.account_list, note(chain)) == ("ben", "strategic", "acme.example")


def test_a_domain_below_a_listed_one_belongs_to_it():
    chain = decide(STRATEGIC, company_domain="shop.eu.acme.example")
    assert note(chain) == "shop.eu.acme.example, by its parent domain acme.example"


def test_the_nearest_parent_is_taken():
    lists = accounts("all", acme_example={"owner": "ben"}, eu_acme_example={"owner": "ada"})
    assert decide(lists, company_domain="shop.eu.acme.example").steps[0].key == "ada"


def test_a_domain_that_merely_ends_alike_does_not_belong():
    assert decide(STRATEGIC, company_domain="notacme.example").reason == "no_match"


def test_a_top_level_domain_is_nobodys_parent():
    assert parent_domains("acme.example") == ()
    assert parent_domains("eu.shop.acme.example") == ("shop.acme.example", "acme.example")


def test_a_company_is_known_by_its_name_without_legal_form():
    chain = decide(STRATEGIC, company_name="ACME WORKS GmbH & Co. KG")
    assert (chain.steps[0].key, note(chain)) == ("ben", "acme.example, by the company's name")


def test_a_domain_comes_before_a_name():
    lists = accounts("all", acme_example={"name": "Acme"}, zeta_example={"owner": "ada"})
    assert decide(lists, company_domain="zeta.example", company_name="Acme").steps[0].key == "ada"


def test_of_several_accounts_of_one_name_the_first_list_is_taken_and_the_others_are_noted():
    first = accounts("first", b_example={"name": "Acme Ltd", "owner": "ben"})
    second = accounts("second", a_example={"name": "Acme Inc", "owner": "ada"}, c_example={"name": "Acme"})
    chain = decide(first, second, company_name="Acme AG")
    assert (chain.steps[0].key, chain.account_list) == ("ben", "first")
    assert note(chain) == "b.example, by the company's name (before a.example, c.example of the same name)"


def test_within_a_list_the_first_domain_by_alphabet_is_taken():
    lists = accounts("all", b_example={"name": "Acme", "owner": "ben"}, a_example={"name": "Acme", "owner": "ada"})
    assert decide(lists, company_name="Acme").steps[0].key == "ada"


@pytest.mark.parametrize("name", ["", "---", "Other Works", "Acme"])
def test_another_name_is_another_company(name):
    assert decide(STRATEGIC, company_name=name).reason == "no_match"


def test_accounts_without_a_name_are_no_company_of_every_name():
    assert decide(accounts("all", acme_example={"owner": "ben"}), company_name="").reason == "no_match"


def test_an_account_without_owner_goes_to_the_lists_target():
    chain = decide(accounts("all", acme_example={}), company_domain="acme.example")
    assert (chain.steps[0].kind, chain.steps[0].key) == ("queue", "big")


@pytest.mark.parametrize(
    "form",
    [
        *("Inc.", ", Inc", "Incorporated", "Corp.", "Corporation", "Co.", "Company", "LLC", ", L.L.C.", "LLP", "L.P."),
        *("Ltd", "Ltd.", "Limited", "PLC", "p.l.c.", "Co., Ltd.", "Pty Ltd", "Pte. Ltd.", "Pvt. Ltd."),
        *("GmbH", "mbH", "AG", "KG", "KGaA", "SE", "UG (haftungsbeschränkt)", "GmbH & Co. KG", "SE & Co. KGaA", "e.V."),
        *("S.A.", "S/A", "SA", "SAS", "S.A.S.", "SARL", "S.à r.l.", "S.L.", "S.L.U.", "S.p.A.", "S.r.l.", "s.r.o."),
        *("B.V.", "N.V.", "AB", "A/S", "AS", "ASA", "ApS", "Oy", "Oyj", "Sp. z o.o.", "d.o.o.", "Kft.", "Zrt."),
        "Private Limited",
        *("K.K.", "株式会社", "Sdn. Bhd.", "Ltda.", "S.A. de C.V.", "S. de R.L. de C.V.", "Holding", "Group plc"),
    ],
)  # fmt: skip
def test_a_legal_form_is_no_part_of_the_name(form):
    assert normalised_company_name(f"Tallyfern Works {form}") == "tallyfern works"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne", "MULLER UND SOHNE AG"),
        ("Straßen-Bau GmbH", "Strassen Bau"),
        ("The Ørsted Company", "Orsted A/S"),
        ("Łódź Works", "Lodz Works Sp. z o.o."),
        ("Smith and Jones", "Smith & Jones, LLP"),
        ("A.P. Møller - Mærsk A/S", "AP Moller Maersk"),
        ("株式会社トヨタ", "トヨタ"),
    ],
)
def test_accents_signs_and_small_words_make_no_difference(one, other):
    assert normalised_company_name(one) == normalised_company_name(other)


@pytest.mark.parametrize(
    ("name", "kept"), [("SE", "se"), ("Company", "company"), ("The Group", "group"), ("And", "and")]
)
def test_a_name_that_is_a_legal_form_as_a_whole_keeps_it(name, kept):
    assert normalised_company_name(name) == kept


def test_a_legal_form_in_the_middle_stays():
    assert normalised_company_name("Group Nine Media Inc") == "group nine media"
