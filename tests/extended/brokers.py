"""Run mosquitto for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.extended.program import Program, find
from tests.extended.server import RealServer, hang_up, logged
from tests.tls.services.brokers import ask_by_mqtt
from tests.tls.services.service import PASSWORD, USER

if TYPE_CHECKING:
    from tests.extended.program import Folder

_MOSQUITTO = """
listener {port} 127.0.0.1
certfile {folder}/server.crt
keyfile {folder}/server.key
allow_anonymous false
password_file {folder}/passwords
log_dest stderr
log_type all
"""


def start_mosquitto(folder: Folder, port: int) -> Program:
    """Start a broker with one user."""
    passwords = folder.write("passwords", f"{USER}:{PASSWORD}\n")
    folder.run([find("mosquitto_passwd", "mosquitto"), "-U", passwords])
    config = folder.write("mosquitto.conf", _MOSQUITTO.format(port=port, folder=folder.path))
    return Program(folder, [find("mosquitto", "mosquitto"), "-c", config], port)


BROKERS = (
    RealServer(
        "mosquitto",
        "mosquitto",
        start_mosquitto,
        {"paho-mqtt": ask_by_mqtt},
        logins=logged(r"New client connected|not authorised"),
        rotate=hang_up,
    ),
)
