"""One message over a socket: two lengths, a JSON header, bytes."""

import json
import socket
import struct
from typing import Any

LENGTHS = struct.Struct("!II")
MAX_HEADER = 2 * 1024 * 1024
MAX_BLOB = 256 * 1024 * 1024


def send(peer: socket.socket, header: dict[str, Any], blob: bytes = b"") -> None:
    """Send one message. Raises EOFError when the other end is gone or too slow."""
    text = json.dumps(header, allow_nan=False).encode()
    try:
        peer.sendall(LENGTHS.pack(len(text), len(blob)) + text)
        peer.sendall(blob)
    except OSError as error:
        raise EOFError from error


def receive(peer: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Receive one message. Raises EOFError when it is not whole, not ours or over the bounds."""
    text_length, blob_length = LENGTHS.unpack(_exactly(peer, LENGTHS.size))
    if text_length > MAX_HEADER or blob_length > MAX_BLOB:
        raise EOFError
    try:
        header = dict(json.loads(_exactly(peer, text_length)))
    except (TypeError, ValueError) as error:
        raise EOFError from error
    return header, bytes(_exactly(peer, blob_length))


def _exactly(peer: socket.socket, length: int) -> bytearray:
    data = bytearray(length)
    view, filled = memoryview(data), 0
    try:
        while filled < length:
            count = peer.recv_into(view[filled:])
            if not count:
                raise EOFError
            filled += count
    except OSError as error:
        raise EOFError from error
    return data
