"""A page: sections with content, linked, its text escaped."""

import re

from pose_anime import page


def test_a_page(tmp_path):
    path = tmp_path / "page.html"
    sections = {"One & two": "<p>first</p>", "Empty": "", "Three": page.note("a < b") + page.facts({"x<": 1})}
    page.write_page(path, "T <title>", sections, lead="<p>lead</p>", style=".a { $b }", footer="small", contents=True)
    text = path.read_text(encoding="utf-8")
    assert "<title>T &lt;title&gt;</title>" in text and ".a { $b }" in text and "$title" not in text
    assert re.findall(r'<section id="(.*?)"><h2>(.*?)</h2>', text) == [("one-two", "One &amp; two"), ("three", "Three")]
    assert re.findall(r'<a href="#(.*?)">', text) == ["one-two", "three"]
    assert "a &lt; b" in text and "<dt>x&lt;</dt><dd>1</dd>" in text and "Empty" not in text
    assert text.index("lead") < text.index("<nav>") < text.index("first") < text.index("small</footer>")


def test_a_name_that_is_no_utf8_is_escaped(tmp_path):
    page.write_page(tmp_path / "page.html", "caf\udce9", {})
    assert "caf\\udce9" in (tmp_path / "page.html").read_text(encoding="utf-8")
