import hashlib

from hypothesis import given
from hypothesis import strategies as st

from mediation_server.domain.tokens import hash_of, is_token, new_token


def test_tokens_are_256_bits_all_different_and_kept_as_sha256():
    made = {new_token() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_token(each) for each in made)
    token = made.pop()
    assert hash_of(token) == hashlib.sha256(token.encode()).hexdigest()


@given(st.text(max_size=60) | st.binary() | st.none() | st.integers())
def test_other_things_are_no_tokens(thing):
    assert not is_token(thing)


def test_a_token_with_anything_around_it_is_none():
    token = new_token()
    for bad in (token[:-1], token + "A", token + "\n", " " + token[1:], token[:-1] + "=", token[:-1] + "é"):
        assert not is_token(bad)
