from statistics import mean

from localcloud.engine.vm_model import VmModel


def test_without_a_rate_no_machine_is_preempted() -> None:
    assert VmModel().seconds_to_preemption("j", 1) is None


def test_a_seed_decides_for_each_machine_of_each_job() -> None:
    model, again, other = (VmModel(preemptions_per_hour=1, seed=seed) for seed in (1, 1, 2))
    first = model.seconds_to_preemption("j", 1)
    assert first == again.seconds_to_preemption("j", 1)
    different = [
        other.seconds_to_preemption("j", 1),
        model.seconds_to_preemption("j", 2),
        model.seconds_to_preemption("k", 1),
    ]
    assert first not in different


def test_the_rate_is_the_mean_number_in_an_hour() -> None:
    model = VmModel(preemptions_per_hour=4)
    times = [model.seconds_to_preemption("j", machine) or 0 for machine in range(2000)]
    assert 850 < mean(times) < 950
