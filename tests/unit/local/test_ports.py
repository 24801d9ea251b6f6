from __future__ import annotations

import socket

from reclaim.local.ports import LOOPBACK, choose, is_free


def test_a_preferred_port_is_taken_again_if_it_is_free() -> None:
    first = choose(["a", "b"], {})

    assert choose(["a", "b"], first) == first


def test_a_port_that_somebody_took_is_replaced() -> None:
    with socket.create_server((LOOPBACK, 0)) as stranger:
        taken = stranger.getsockname()[1]

        assert not is_free(taken)
        assert choose(["a"], {"a": taken})["a"] != taken


def test_no_two_services_get_the_same_port() -> None:
    ports = choose("abcdefgh", dict.fromkeys("abcdefgh", choose("a", {})["a"]))

    assert len(set(ports.values())) == 8


def test_a_port_is_free_once_its_listener_is_gone() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

    assert is_free(port)
