"""Posts are fetched by id and by tags from a site on this machine; what is gone is told, and a second run goes on."""

import pytest
from danbooru_site import Site, needs_gallery_dl
from local_server import running
from PIL import Image

from pose_anime.data import drawings, fetch
from pose_anime.data.fetch import fetch_posts, fetch_tags
from pose_anime.errors import UserError

POSTS = {1001467: "", 22: "", 33: "no file", 44: "lost file", 66: "mp4"}


@pytest.fixture
def site():
    with running(Site(POSTS)) as site:
        yield site


@pytest.fixture
def source(site):
    return fetch.Source(site.url, pause=0.0)


@needs_gallery_dl
def test_posts_by_id(site, source, tmp_path):
    result = fetch_posts(["1001467", "22", "33", "44", "55"], tmp_path, source)
    assert (result.present, result.fetched, result.failed) == (0, 2, {})
    assert sorted(result.gone) == ["33", "44", "55"]
    assert "No results" in result.gone["33"] and "404" in result.gone["44"] and "404" in result.gone["55"]
    images = drawings.find_images(tmp_path)
    assert sorted(images) == ["1001467", "22"] and Image.open(images["22"]).size == (30, 40)
    told = drawings.metadata(images["22"])
    assert (told["id"], told["rating"], told["tag_string_artist"]) == (22, "g", "tag_artist")


@needs_gallery_dl
def test_a_second_run_asks_only_for_what_is_missing(site, source, tmp_path):
    fetch_posts(["22"], tmp_path, source)
    site.asked.clear()
    result = fetch_posts(["22", "1001467", "22"], tmp_path, source)
    assert (result.present, result.fetched) == (1, 1)
    assert site.asked == ["/posts/1001467.json", "/original/1001467.png"]
    site.asked.clear()
    assert fetch_posts(["22", "1001467"], tmp_path, source).present == 2 and not site.asked


@needs_gallery_dl
def test_requests_keep_their_distance(source, tmp_path):
    command = fetch.Source(pause=2.5, config="mine.json").command(tmp_path)
    for option, value in (("--sleep-request", "2.5"), ("--sleep", "2.5"), ("--config", "mine.json")):
        assert command[command.index(option) + 1] == value


@needs_gallery_dl
def test_posts_by_tags(site, source, tmp_path):
    """The latest first; films and posts without a file do not count, a lost file is told."""
    assert fetch_tags("full_body solo rating:g", 1, tmp_path, source) == fetch.Fetched(present=0, fetched=1)
    assert site.asked[0].startswith("/posts.json?tags=full_body+solo+rating")
    result = fetch_tags("full_body solo rating:g", 3, tmp_path, source)
    assert (result.present, result.fetched) == (1, 1) and "404" in result.failed[""]
    assert sorted(drawings.find_images(tmp_path)) == ["1001467", "22"]
    assert site.asked.count("/original/1001467.png") == 1
    assert "No results" in fetch_tags("nothing", 2, tmp_path, source).failed[""]


@needs_gallery_dl
def test_a_site_in_trouble_is_no_gone_post(site, tmp_path):
    """With a configuration file, as one with an account would be given."""
    site.posts[77] = "error"
    (tmp_path / "mine.json").write_text('{"extractor": {"retries": 0}}')
    source = fetch.Source(site.url, pause=0.0, config=str(tmp_path / "mine.json"))
    result = fetch_posts(["77", "22"], tmp_path / "out", source)
    assert result.fetched == 1 and not result.gone and "500" in result.failed["77"]


@needs_gallery_dl
def test_what_goes_wrong_is_told(site, source, tmp_path):
    with pytest.raises(UserError, match="gallery-dl did not start"):
        fetch_posts(["22"], tmp_path, fetch.Source(site.url, config=str(tmp_path / "none.json")))
    with pytest.raises(UserError, match=r"test_0001 is no post id"):
        fetch_posts(["22", "test_0001"], tmp_path, source)


def test_without_gallery_dl(monkeypatch, tmp_path):
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'pose_anime\[fetch\]'"):
        fetch_posts(["22"], tmp_path)
