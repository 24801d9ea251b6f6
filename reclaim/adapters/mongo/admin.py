"""What a local mongod needs before it can be used: a replica set of one, with itself as primary."""

from __future__ import annotations

from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

_TIMEOUT_MS = 2000
_NOT_YET_INITIALIZED = 94


def is_primary(host: str, port: int) -> bool:
    """Whether the mongod there takes writes; answers within seconds, whatever state it is in."""
    try:
        with _connect(host, port) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def initiate_replica_set(host: str, port: int, name: str) -> bool:
    """Make the mongod there the only member of its replica set, under this very address.

    Idempotent. A set that was made under another port gets the new one: drivers find members by it.

    Returns:
        Whether the mongod could be asked.
    """
    try:
        with _connect(host, port) as client:
            _initiate(client, f"{host}:{port}", name)
    except PyMongoError:
        return False
    return True


def _initiate(client: MongoClient[dict[str, Any]], address: str, name: str) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        client.admin.command("replSetInitiate", {"_id": name, "members": [{"_id": 0, "host": address}]})
        return
    if [member["host"] for member in config["members"]] != [address]:
        config["members"] = [{"_id": 0, "host": address}]
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _connect(host: str, port: int) -> MongoClient[dict[str, Any]]:
    return MongoClient(
        host,
        port,
        directConnection=True,
        serverSelectionTimeoutMS=_TIMEOUT_MS,
        connectTimeoutMS=_TIMEOUT_MS,
        socketTimeoutMS=_TIMEOUT_MS,
    )
