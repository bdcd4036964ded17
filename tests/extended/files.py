"""Run vsftpd for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.extended.program import Program, find
from tests.extended.server import RealServer, logged
from tests.tls.services.files import ReusingFTP, log_in, store

if TYPE_CHECKING:
    from tests.extended.program import Folder
    from tests.extended.server import Running
    from tests.tls.clients.way import Errand

ANONYMOUS = "anonymous"  # other users would be those of the machine

_VSFTPD = """
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
anonymous_enable=YES
local_enable=NO
anon_root={folder}/files
anon_upload_enable=YES
anon_other_write_enable=YES
write_enable=YES
pasv_address=127.0.0.1
vsftpd_log_file={folder}/vsftpd.log
xferlog_enable=YES
log_ftp_protocol=YES
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
rsa_cert_file={folder}/server.crt
rsa_private_key_file={folder}/server.key
"""


def start_vsftpd(folder: Folder, port: int) -> Program:
    """Start a server that takes files from everybody over TLS and, by default, only over resumed data channels."""
    incoming = folder.path / "files" / "incoming"
    incoming.mkdir(parents=True)
    incoming.parent.chmod(0o555)
    folder.give(incoming)
    config = folder.write("vsftpd.conf", _VSFTPD.format(port=port, folder=folder.path))
    return Program(folder, [find("vsftpd", "vsftpd"), config], port, log=folder.path / "vsftpd.log")


def ask_by_ftp(errand: Errand) -> bytes:
    """Log in and store a file."""
    client = log_in(errand, ReusingFTP, ANONYMOUS)
    client.cwd("incoming")
    return store(client)


def _restart(running: Running) -> None:
    running.program.restart()  # on SIGHUP it reads its configuration again, but not its certificate


FILES = (
    RealServer(
        "vsftpd",
        "ftp",
        start_vsftpd,
        {"ftplib": ask_by_ftp},
        logins=logged(r'Client "[^"]*", "USER '),
        rotate=_restart,
        starttls="ftp",
    ),
)
