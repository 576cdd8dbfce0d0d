"""A service that does not answer."""

from snakemake_executor_plugin_lifesciences.silence import Silence


def test_silence_is_borne_up_to_the_limit_and_counted_from_its_beginning() -> None:
    silence = Silence(patience=60)
    assert not silence.too_long(now=1000)
    silence.begin("No answer.", now=100)
    silence.begin("Still no answer.", now=150)
    assert not silence.too_long(now=160)
    assert silence.too_long(now=161)
    assert silence.sentence == "Still no answer. Given up after 60 s of silence."


def test_an_answer_ends_it() -> None:
    silence = Silence(patience=60)
    silence.begin("No answer.", now=100)
    silence.end()
    silence.begin("No answer.", now=300)
    assert not silence.too_long(now=350)
