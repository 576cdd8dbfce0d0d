import numpy as np
import pytest

from examples.sequencing.draws import Draws
from examples.sequencing.genome import BASES, make_foreign_genome
from examples.sequencing.reads import ADAPTERS, Fragments, draw_fragments, sequence_mate
from examples.sequencing.samples import KINDS, SampleKind

OWN = [BASES[Draws("own", number).integers(30_000, 4)] for number in (0, 1)]
FOREIGN = make_foreign_genome(Draws("foreign"))
STRANGER = [BASES[Draws("stranger", number).integers(30_000, 4)] for number in (0, 1)]
POOL = np.concatenate([*OWN, FOREIGN, *STRANGER])
OWN_LENGTH = 60_000
STRANGER_START = OWN_LENGTH + len(FOREIGN)


def drawn(kind: SampleKind, count: int = 4000) -> Fragments:
    return draw_fragments(Draws(1), kind, [*OWN, FOREIGN, *STRANGER], len(OWN), count)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.name))
def test_fragments_lie_within_one_sequence(kind: SampleKind) -> None:
    fragments = drawn(kind)
    assert len(fragments) == 4000
    ends = fragments.start + fragments.length
    for border in (30_000, OWN_LENGTH, STRANGER_START, STRANGER_START + 30_000):
        assert not np.any((fragments.start < border) & (ends > border))
    assert ends.max() <= len(POOL)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: str(kind.name))
def test_shares_of_copies_and_of_other_fragments_are_as_planted(kind: SampleKind) -> None:
    fragments = drawn(kind)
    rows = np.stack([fragments.start, fragments.length, fragments.reverse])
    copies = 1 - np.unique(rows, axis=1).shape[1] / len(fragments)
    assert copies == pytest.approx(kind.duplicate_share, abs=0.02)
    stranger = np.mean(fragments.start >= STRANGER_START)
    assert stranger == pytest.approx(kind.stranger_share, abs=0.05)
    foreign = np.mean(fragments.start >= OWN_LENGTH) - stranger
    assert foreign == pytest.approx(kind.foreign_share, abs=0.05)


def test_mates_read_the_two_strands_towards_each_other() -> None:
    fragments = Fragments(np.array([100]), np.array([400]), np.array([False]))
    perfect = SampleKind("x", "", KINDS["good"].verdict, quality_shift=100)
    first, _ = sequence_mate(Draws(1), perfect, POOL, fragments, 1)
    second, _ = sequence_mate(Draws(1), perfect, POOL, fragments, 2)
    assert np.mean(first[0] == POOL[100:250]) > 0.98
    complement = np.frombuffer(bytes.maketrans(b"ACGT", b"TGCA"), dtype=np.uint8)
    assert np.mean(second[0] == complement[POOL[350:500][::-1]]) > 0.98


@pytest.mark.parametrize("mate", [1, 2])
def test_a_short_fragment_is_read_through_into_adapter_and_darkness(mate: int) -> None:
    fragments = Fragments(np.array([100]), np.array([60]), np.array([False]))
    perfect = SampleKind("x", "", KINDS["good"].verdict, quality_shift=100)
    bases, _ = sequence_mate(Draws(2), perfect, POOL, fragments, mate)
    adapter = ADAPTERS[mate]
    assert np.mean(bases[0][60 : 60 + len(adapter)] == adapter) > 0.9
    assert np.mean(bases[0][60 + len(adapter) :] == ord("G")) > 0.9


def test_quality_decays_and_the_bad_sample_is_worse() -> None:
    good, bad = (
        sequence_mate(Draws(3), kind, POOL, drawn(kind, 1000), 2)[1]
        for kind in (KINDS["good"], KINDS["bad"])
    )
    assert good[:, 20:40].mean() > good[:, -20:].mean() + 1
    assert good.mean() > bad.mean() + 4
