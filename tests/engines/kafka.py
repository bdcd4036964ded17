"""Run Kafka for the tests: one broker in KRaft mode, over TLS with a password, and on disk, because tests kill it."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import aiokafka
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from pinsmith.stream.address import KafkaAddress
from tests.extended.program import Folder, Program, find, reserved_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity

USER: Final = "pinsmith"
PASSWORD: Final = "of-the-tests"
PARTITIONS: Final = 4

_POM: Final = Path(__file__).parent / "kafka_jars" / "pom.xml"
_RESOLVE: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.11.0:build-classpath"
_CLUSTER: Final = "cGluc21pdGgtdGVzdHMtMQ"
_MODULE: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"
_CONFIG: Final = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://localhost:{port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
controller.listener.names=CONTROLLER
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={module} required username="{user}" password="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/roots.pem
log.dirs={folder}/data
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""
# A small heap, and no compiler that takes the processors from the tests.
_JAVA: Final = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@dataclass(frozen=True)
class Kafka:
    """
    A running broker.

    Attributes:
        program: The process.
        folder: Its folder.
        cafile: The trust anchor of its certificate, which is made for localhost.
    """

    program: Program
    folder: Folder
    cafile: Path

    def address(self, topic: str) -> KafkaAddress:
        """Return the address of a topic, with the password."""
        return KafkaAddress(
            servers=(("localhost", self.program.port),),
            topic=topic,
            user=USER,
            password=PASSWORD,
            cafile=self.cafile,
        )

    @property
    def options(self) -> dict[str, Any]:
        """The same for clients of the tests."""
        return {
            "bootstrap_servers": f"localhost:{self.program.port}",
            "security_protocol": "SASL_SSL",
            "ssl_context": ssl.create_default_context(cafile=self.cafile),
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": USER,
            "sasl_plain_password": PASSWORD,
        }

    def create(self, topic: str) -> None:
        """Create a topic."""

        async def act() -> None:
            admin = AIOKafkaAdminClient(**self.options)
            await admin.start()
            try:
                await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
            finally:
                await admin.close()

        asyncio.run(act())

    def until_committed(self, topic: str, messages: int, group: str = "pinsmith-reports") -> None:
        """Wait until a group of consumers has committed so many messages."""

        async def committed() -> int:
            client = aiokafka.AIOKafkaConsumer(**self.options, group_id=group, enable_auto_commit=False)
            await client.start()
            try:
                client.assign([aiokafka.TopicPartition(topic, number) for number in range(PARTITIONS)])
                return sum([await client.committed(place) or 0 for place in client.assignment()])
            finally:
                await client.stop()

        self.program.until(lambda: asyncio.run(committed()) >= messages, f"{messages} committed messages")

    def size(self, topic: str) -> int:
        """Return the bytes of a topic on disk, without its indexes."""
        return sum(file.stat().st_size for file in self.folder.path.glob(f"data/{topic}-*/*.log"))

    def read(self, topic: str) -> list[Any]:
        """Return all messages of a topic."""

        async def act() -> list[Any]:
            client = aiokafka.AIOKafkaConsumer(**self.options)
            await client.start()
            try:
                places = [aiokafka.TopicPartition(topic, number) for number in range(PARTITIONS)]
                client.assign(places)
                await client.seek_to_beginning(*places)
                ends = await client.end_offsets(places)
                found: list[Any] = []
                while len(found) < sum(ends.values()):
                    for records in (await client.getmany(timeout_ms=500)).values():
                        found += records
                return found
            finally:
                await client.stop()

        return asyncio.run(act())


_NUMBERS = count()


def new_topic(kafka: Kafka) -> str:
    """Make an empty topic; return its name."""
    name = f"reports-{next(_NUMBERS)}"
    kafka.create(name)
    return name


@cache
def _class_path() -> str:
    """Resolve ``pom.xml``; Maven downloads the jars that its local repository lacks."""
    with TemporaryDirectory() as name:
        made = Path(name) / "path"
        folder = Folder("root")
        try:
            folder.run([find("mvn", "maven"), "-q", "-B", "-f", _POM, _RESOLVE, f"-Dmdep.outputFile={made}"])
        finally:
            folder.remove()
        return made.read_text("utf-8").strip()


@contextmanager
def run_kafka(identity: Identity, cafile: Path) -> Iterator[Kafka]:
    """Format a broker and run it on ports of its own; delete what it stored at the end."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        controller = stack.enter_context(reserved_port())
        java = [find("java", "default-jdk-headless"), *_JAVA, "-cp", _class_path()]
        folder = Folder("root")  # other users may not be able to read the jars
        stack.callback(folder.remove)
        folder.write("server.pem", identity.private_pem() + identity.presented_pem().encode())
        folder.write("roots.pem", cafile.read_text("ascii"))
        content = _CONFIG.format(
            port=port, controller=controller, folder=folder.path, user=USER, password=PASSWORD, module=_MODULE
        )
        config = folder.write("server.properties", content)
        login = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
        folder.run([*java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", config, "--add-scram", login])
        program = Program(folder, [*java, "kafka.Kafka", config], port)
        yield Kafka(stack.enter_context(program), folder, cafile)
