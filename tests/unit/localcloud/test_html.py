from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from localcloud.api.html import Html, link, table, text


@given(st.text())
def test_text_is_escaped_and_comes_back_whole(value: str) -> None:
    shown = text(value)
    assert not {"<", ">", '"'} & set(shown)
    assert unescape(shown) == value


@given(st.text(), st.text())
def test_no_name_breaks_out_of_a_link(part: str, label: str) -> None:
    shown = link(["a", part], label)
    assert shown.count("<") == 2
    assert shown.count('"') == 2


def test_html_stays_html() -> None:
    assert text(Html("<b>x</b>")) == "<b>x</b>"
    assert "<td>&lt;i&gt;</td>" in table(["head"], [["<i>"]])
    assert table(["head"], []) == "<p>none</p>"
