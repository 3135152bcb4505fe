from hypothesis import given
from hypothesis import strategies as st

from mediation_server.media.embedded.sequence import extend, forward_distance

SEQUENCES = st.integers(0, 0xFFFF)


@given(SEQUENCES, st.integers(-70_000, 1 << 40))
def test_an_extended_number_keeps_its_low_bits_and_lies_nearest(sequence, reference):
    extended = extend(sequence, reference)
    assert extended & 0xFFFF == sequence
    assert -0x8000 < extended - reference <= 0x8000


@given(st.integers(0, 1 << 40), st.integers(-0x7FFF, 0x8000))
def test_what_was_wrapped_near_the_reference_is_found_again(reference, step):
    assert extend((reference + step) & 0xFFFF, reference) == reference + step


@given(SEQUENCES, SEQUENCES)
def test_the_forward_distance_leads_from_one_to_the_other(older, newer):
    assert (older + forward_distance(older, newer)) & 0xFFFF == newer
