import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.sequencing.draws import Draws
from examples.sequencing.genome import (
    CONTIG_LENGTHS,
    Reference,
    Variant,
    haplotype,
    make_reference,
    plant_variants,
)


@pytest.fixture(name="reference", scope="module")
def _reference() -> Reference:
    return make_reference(Draws(7, "reference"))


def test_contigs_have_their_lengths_and_only_bases(reference: Reference) -> None:
    assert {name: len(sequence) for name, sequence in reference.items()} == CONTIG_LENGTHS
    for sequence in reference.values():
        assert set(sequence.tobytes().decode()) == set("ACGT")


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000))
def test_variants_are_true_of_the_reference_and_apart(reference: Reference, seed: int) -> None:
    variants = plant_variants(Draws(seed), reference, 100)
    assert len(variants) == 100
    for variant in variants:
        end = variant.position + len(variant.reference)
        stretch = reference[variant.contig][variant.position : end]
        assert stretch.tobytes().decode() == variant.reference
        assert variant.reference != variant.alternative
    for contig in reference:
        places = [variant.position for variant in variants if variant.contig == contig]
        assert min(np.diff(places)) >= 40


def test_new_variants_keep_clear_of_old_ones(reference: Reference) -> None:
    old = plant_variants(Draws(1), reference, 100)
    new = plant_variants(Draws(2), reference, 50, beside=old)
    for variant in new:
        same = [other.position for other in old if other.contig == variant.contig]
        assert min(abs(variant.position - place) for place in same) >= 40


def test_a_haplotype_carries_its_alleles_only() -> None:
    reference = {"c": np.frombuffer(b"AACCGGTT", dtype=np.uint8)}
    variants = [
        Variant("c", 1, "A", "G", "1|0"),
        Variant("c", 3, "CG", "C", "1|1"),
        Variant("c", 6, "T", "TAA", "0|1"),
    ]
    first, second = (haplotype(reference, variants, number)[0].tobytes() for number in (0, 1))
    assert first == b"AGCCGTT"
    assert second == b"AACCGTAAT"
