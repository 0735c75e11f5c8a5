"""The servers themselves, as a test run or `bin/run` starts them."""

import os
import shutil
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
import pytest

from panel.embedded.postgres import Postgres
from panel.embedded.valkey import Valkey
from tests.services import Run


def rows(run: Run, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(run.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def test_a_valkey_that_was_stopped_answers_again_after_its_next_start(own_valkey: Run) -> None:
    own_valkey.stop()
    assert not own_valkey.server.answers()

    own_valkey.start()

    assert own_valkey.server.answers()


def test_a_postgres_that_was_killed_has_kept_what_was_committed(own_postgres: Run) -> None:
    rows(own_postgres, "CREATE TABLE paid AS SELECT 1 AS order_id")

    own_postgres.kill()
    own_postgres.start()

    assert rows(own_postgres, "SELECT order_id FROM paid") == [(1,)]


def test_postgres_starts_although_its_old_process_number_lives_on_elsewhere(own_postgres: Run) -> None:
    own_postgres.kill()
    server = own_postgres.server
    assert isinstance(server, Postgres)
    pid_file = server.folder / "data" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text().replace(pid_file.read_text().split()[0], str(os.getpid()), 1))

    own_postgres.start()

    assert rows(own_postgres, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("folder_name", ["with space and ü", "long" * 40])
def test_servers_run_under_unusual_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder_name: str
) -> None:
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        server = Postgres(tmp_path / folder_name, durable=False)
        postgres = Run(server)
        # Run by root, PostgreSQL's folder may be a stand-in elsewhere.
        running.callback(shutil.rmtree, server.folder)
        running.callback(postgres.stop)
        valkey = Run(Valkey(tmp_path / folder_name / "valkey"))
        running.callback(valkey.stop)

        assert rows(postgres, "SELECT 1") == [(1,)]
        assert valkey.server.answers()
