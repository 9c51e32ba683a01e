"""The recorder, on moderngl's classes with a card that only takes notes: no GL context is made here."""

from types import SimpleNamespace

import moderngl
import numpy as np
import pytest

from pose_anime.benchmarks.recording import recording


class Card:
    """Stands behind a moderngl object and notes what is asked of it."""

    def __init__(self, notes):
        vars(self)["notes"] = notes

    def __getattr__(self, name):
        return lambda *arguments: self.notes.append((name, *map(np.copy, arguments)))

    def __setattr__(self, name, value):
        self.notes.append((name, value))


@pytest.fixture
def card():
    notes = []

    def make(cls):
        thing = cls.__new__(cls)
        thing.mglo, thing.ctx, thing._is_reference = Card(notes), SimpleNamespace(gc_mode=None), True
        return thing

    return SimpleNamespace(notes=notes, make=make)


def test_calls_and_settings_are_made_again_in_their_order(card):
    context, texture = card.make(moderngl.Context), card.make(moderngl.Texture)
    with recording() as calls:
        context.enable_only(moderngl.NOTHING)
        context.cull_face = "front"
        texture.use(location=3)
    first = list(card.notes)
    card.notes.clear()
    for call in calls:
        call()
    assert card.notes == first
    assert [name for name, *_ in first] == ["enable_only", "cull_face", "use"]


def test_uploaded_data_is_kept_as_it_was(card):
    buffer, data = card.make(moderngl.Buffer), np.arange(3)
    with recording() as calls:
        buffer.write(data)
    data[:] = 0
    card.notes.clear()
    calls[0]()
    assert card.notes[0][1].tolist() == [0, 1, 2]


def test_what_is_read_back_goes_to_the_same_array(card):
    framebuffer, picture = card.make(moderngl.Framebuffer), np.zeros(3)
    targets = []
    vars(framebuffer.mglo)["read_into"] = lambda target, *_: targets.append(target)
    with recording() as calls:
        framebuffer.read_into(picture)
    calls[0]()
    assert [target is picture for target in targets] == [True, True]


def test_nothing_stays_recorded(card):
    before = {name: vars(moderngl.Buffer)[name] for name in vars(moderngl.Buffer)}
    with pytest.raises(ZeroDivisionError), recording() as calls:
        1 / 0  # noqa: B018
    assert all(vars(moderngl.Buffer)[name] is member for name, member in before.items())
    card.make(moderngl.Buffer).write(b"after")
    assert calls == []
