"""Run redis, PostgreSQL and MariaDB for the tests."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

import pymysql
import redis

from tests.extended.program import Program, find
from tests.extended.server import RealServer, hang_up, logged
from tests.tls.services.databases import (
    ask_by_aiomysql,
    ask_by_async_redis,
    ask_by_asyncpg,
    ask_by_pymysql,
    ask_by_redis,
    in_loop,
)
from tests.tls.services.service import PASSWORD, USER

if TYPE_CHECKING:
    from pathlib import Path

    from tests.extended.program import Folder
    from tests.extended.server import Running

_REDIS = """
bind 127.0.0.1
port 0
tls-port {port}
tls-cert-file server.crt
tls-key-file server.key
tls-auth-clients no
dir {folder}
save ""
loglevel verbose
unixsocket socket
user default on nopass ~* &* +@all
user {user} on >{password} ~* &* +@all
"""

_POSTGRES = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
log_connections = on
fsync = off
shared_buffers = 16MB
"""


def start_redis(folder: Folder, port: int) -> Program:
    """Start a redis that serves only TLS."""
    config = folder.write("redis.conf", _REDIS.format(port=port, folder=folder.path, user=USER, password=PASSWORD))
    return Program(folder, [find("redis-server", "redis-server"), config], port)


def _redis_without_tls(running: Running) -> redis.Redis:
    # RESP 2, because the greeting of RESP 3 may contain a login, which would be counted.
    return redis.Redis(unix_socket_path=str(running.folder.path / "socket"), protocol=2)


def _count_redis_logins(running: Running) -> int:
    with _redis_without_tls(running) as client:
        statistics: Any = client.info("commandstats")
        return sum(statistics.get(f"cmdstat_{command}", {}).get("calls", 0) for command in ("auth", "hello"))


def _rotate_redis(running: Running) -> None:
    with _redis_without_tls(running) as client:
        client.config_set("tls-cert-file", "server.crt", "tls-key-file", "server.key")


def start_postgres(folder: Folder, port: int) -> Program:
    """Start a cluster whose users log in over TLS with a password."""
    cluster = folder.path / "cluster"
    password = folder.write("password", PASSWORD)
    folder.run(
        [
            *(find("initdb", "postgresql"), "--pgdata", cluster, "--username", USER, "--pwfile", password),
            *("--auth", "scram-sha-256", "--no-sync", "--no-locale", "--encoding", "UTF8"),
        ]
    )
    folder.write("cluster/pinsmith.conf", _POSTGRES.format(folder=folder.path))
    folder.write("cluster/pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n")
    command: list[str | Path] = [
        find("postgres", "postgresql"),
        "-D",
        cluster,
        "-p",
        str(port),
        "-c",
        f"config_file={cluster}/pinsmith.conf",
    ]
    command += ["-c", f"hba_file={cluster}/pg_hba.conf"]
    return Program(folder, command, port, ready="ready to accept connections", end=signal.SIGINT)


def start_mariadb(folder: Folder, port: int) -> Program:
    """Start a server whose users log in over TLS with a password."""
    files = folder.path / "files"
    folder.run(
        [
            *(find("mariadb-install-db", "mariadb-server"), "--no-defaults", f"--datadir={files}"),
            *("--skip-test-db", "--auth-root-authentication-method=normal", "--skip-name-resolve"),
        ]
    )
    everything = f"GRANT ALL ON *.* TO '{USER}'@'localhost' IDENTIFIED BY '{PASSWORD}';\n"
    folder.write("init.sql", everything)
    log = folder.path / "general.log"
    options = {
        "datadir": files,
        "port": port,
        "bind-address": "127.0.0.1",
        "socket": folder.path / "socket",
        "pid-file": folder.path / "pid",
        "ssl-cert": folder.path / "server.crt",
        "ssl-key": folder.path / "server.key",
        "require-secure-transport": "ON",
        "init-file": folder.path / "init.sql",
        "general-log": "ON",
        "general-log-file": log,
        "innodb-buffer-pool-size": "8M",
        "innodb-flush-log-at-trx-commit": 0,
    }
    command: list[str | Path] = [
        find("mariadbd", "mariadb-server"),
        "--no-defaults",
        *(f"--{key}={value}" for key, value in options.items()),
    ]
    return Program(folder, command, port, log=log, ready="ready for connections")


def _rotate_mariadb(running: Running) -> None:
    socket = str(running.folder.path / "socket")
    with pymysql.connect(unix_socket=socket, user=USER, password=PASSWORD, ssl_disabled=True) as client:
        client.cursor().execute("FLUSH SSL")


DATABASES = (
    RealServer(
        "redis-server",
        "redis",
        start_redis,
        {"redis": ask_by_redis, "redis:asyncio": in_loop(ask_by_async_redis)},
        logins=_count_redis_logins,
        rotate=_rotate_redis,
    ),
    RealServer(
        "postgresql",
        "postgres",
        start_postgres,
        {"asyncpg": in_loop(ask_by_asyncpg)},
        logins=logged(r"connection authenticated|password authentication failed"),
        rotate=hang_up,
        starttls="postgres",
    ),
    RealServer(
        "mariadb",
        "mysql",
        start_mariadb,
        {"pymysql": ask_by_pymysql, "aiomysql": in_loop(ask_by_aiomysql)},
        logins=logged(r"Connect\t\w+@"),
        rotate=_rotate_mariadb,
        starttls="mysql",
    ),
)
