"""The local stack: a real mongod, LocalStack and a Prefect server, side by side on loopback.

::

    session       a stack for as long as something needs it
    stack         up, down, status
    ├── mongod, localstack, prefect_server     one service each: how to install, start and probe it
    ├── toolchain     installs mongod and LocalStack from their locks
    ├── processes     starts, finds and stops a process; the record that outlives the command
    ├── readiness     waits for a service, bounded, and says why one did not come up
    ├── ports         free ports, stable from one `up` to the next
    ├── environment   stack.env: written by `up`, loaded by every other command
    ├── layout        where all of it lies under `.reclaim/`
    └── interruption  Ctrl-C and SIGTERM end a command only after it has cleaned up

The services are told apart from the programs of others by their recorded start time, never by name.
"""
