"""The local stack: a real mongod, LocalStack and a Prefect server, side by side on loopback.

::

    stack         up, down, status; a stack for as long as something needs it
    ├── mongod, localstack, prefect_server     one service each: how to install, start and probe it
    ├── starting      starts one service, or finds that it runs
    ├── toolchain     installs mongod and LocalStack from their locks
    ├── processes     starts, finds and stops a process; the record that outlives the command
    ├── readiness     waits for a service, bounded, and says why one did not come up
    ├── ports         free ports, stable from one `up` to the next
    ├── environment   stack.env, which every other command loads
    ├── variables     what `up` writes there, and what stays the same from one `up` to the next
    ├── locking       one `up`, `down` or installation at a time
    ├── layout        where all of it is under `.reclaim/`
    └── interruption  Ctrl-C and SIGTERM end a command only after it has cleaned up

`outage` plans and stages outages on it. Processes are recognised by their recorded start time, never by name.
"""
