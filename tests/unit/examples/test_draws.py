import numpy as np

from examples.sequencing.draws import Draws


def test_one_key_always_gives_the_same_numbers() -> None:
    """Fixed values: reads made today must be made again in years."""
    assert Draws(7, "test").words(4).tolist() == [34011, 16974, 21423, 11243]
    assert Draws(7, "test").integers(4, 100).tolist() == [25, 17, 27, 80]


def test_other_keys_give_other_numbers() -> None:
    assert Draws(7, "a").words(8).tolist() != Draws(7, "b").words(8).tolist()


def test_integers_stay_below_their_bound_and_reach_every_value() -> None:
    values = Draws(1).integers(10_000, 7)
    assert set(values.tolist()) == set(range(7))


def test_uniform_numbers_lie_in_the_half_open_unit_interval() -> None:
    values = Draws(1).uniform(10_000)
    assert values.min() >= 0
    assert values.max() < 1
    assert abs(values.mean() - 1 / 2) < 0.02


def test_normal_numbers_have_mean_0_and_deviation_1() -> None:
    values = Draws(1).normal(100, 100)
    assert values.shape == (100, 100)
    assert abs(values.mean()) < 0.05
    assert abs(values.std() - 1) < 0.05


def test_a_shuffle_holds_every_number_once() -> None:
    order = Draws(1).shuffled(1000)
    assert np.array_equal(np.sort(order), np.arange(1000))
    assert not np.array_equal(order, np.arange(1000))
