"""Flows from the WAN to a phone, one numbered line every 20 ms.

traffic.py serve ADDRESS         UDP and TCP on port 9000: whoever speaks is answered for two minutes at most
traffic.py hear ADDRESS udp|tcp  asks for such a flow, says nothing more, and prints every line it hears
"""

from __future__ import annotations

import asyncio
import socket
import sys

PORT, EVERY_SECONDS, LINES = 9000, 0.02, 6000


class Streamer(asyncio.DatagramProtocol):
    """Answers one datagram with a one-way stream, whether or not anybody still listens."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self.transport = transport
        self.running: set[asyncio.Task[None]] = set()

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        task = asyncio.get_running_loop().create_task(self.stream(peer))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def stream(self, peer: tuple[str, int]) -> None:
        for number in range(LINES):
            self.transport.sendto(b"%d\n" % number, peer)
            await asyncio.sleep(EVERY_SECONDS)


async def download(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        for number in range(LINES):
            writer.write(b"%d\n" % number)
            await writer.drain()
            await asyncio.sleep(EVERY_SECONDS)
    except OSError:
        pass
    finally:
        writer.close()


async def serve(address: str) -> None:
    await asyncio.get_running_loop().create_datagram_endpoint(Streamer, (address, PORT))
    await (await asyncio.start_server(download, address, PORT)).serve_forever()


def hear(address: str, proto: str) -> None:
    kind = socket.SOCK_DGRAM if proto == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.connect((address, PORT))
        sock.send(b"go\n")
        print("started", flush=True)
        while data := sock.recv(65536):
            print(data.decode(), end="", flush=True)


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[2])) if sys.argv[1] == "serve" else hear(sys.argv[2], sys.argv[3])
