"""Shards made in this process, and what is in a folder of them."""

from pose_anime.synth.resume import finish, unfinished


def make(order, studio, shards=None):
    for shard in unfinished(order) if shards is None else shards:
        order.make(shard, studio)
    return finish(order)


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.tfrecord")}
