"""The browser's proof of work, held to SHA-256 itself and to altcha's own package."""

import hashlib

import pytest
from altcha.v1 import ChallengeOptions, create_challenge, verify_solution

KEY = "a key for tests"


@pytest.mark.parametrize("length", [0, 1, 3, 54, 55, 56, 63, 64, 65, 119, 120, 200])
def test_digest_is_sha_256(browser, length: int) -> None:
    text = ("0123456789abcdef?&=" * 11)[:length]

    assert browser.call("digest", text) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("number", [0, 1, 2999, 3000])
def test_altcha_accepts_what_the_browser_finds(browser, number: int) -> None:
    challenge = create_challenge(ChallengeOptions(max_number=3000, hmac_key=KEY, number=number))

    payload = browser.call("solve", challenge_for_page(challenge))

    assert verify_solution(payload, KEY, check_expires=False) == (True, None)


def test_nothing_is_found_where_no_number_fits(browser) -> None:
    challenge = create_challenge(ChallengeOptions(max_number=50, hmac_key=KEY, number=51))

    assert browser.call("solve", challenge_for_page(challenge)) == ""


def challenge_for_page(challenge) -> dict[str, object]:
    """As our API gives it."""
    return {
        "algorithm": challenge.algorithm,
        "challenge": challenge.challenge,
        "maxnumber": challenge.max_number,
        "salt": challenge.salt,
        "signature": challenge.signature,
    }
