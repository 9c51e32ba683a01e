"""Files at the place of the database that are not one of the annotation app."""

import sqlite3

from pose_anime.annotation import store


def no_database(path):
    path.write_text("no database at all " * 300)


def other_program(path):
    sqlite3.connect(path).execute("CREATE TABLE songs (name)")


def newer(path):
    store.connect(path).execute(f"PRAGMA user_version = {store.VERSION + 1}")


def folder(path):
    path.mkdir()
