"""The two tables that a reconciliation makes, a row per application and a row per charge.

Text is pandas' ``str`` (missing: NA), times are ``datetime64[us, UTC]`` (missing: NaT), amounts in minor units of the
row's own currency. No two currencies may be added up; a sum of amounts can exceed 64 bits (see `exact_sums`).
"""

from __future__ import annotations

from typing import Final

APPLICATIONS: Final = {
    "application_id": "str",
    "client_id": "str",
    "tracking_id": "str",
    "job_id": "str",
    "applied_at": "datetime64[us, UTC]",
    "amount_minor": "int64",
    "currency": "str",
    "class": "str",
    "charges": "int64",
    "client_known": "bool",
    "client_name": "str",
    "client_rate_minor": "Int64",
    "client_currency": "str",
    "client_created_at": "datetime64[us, UTC]",
    "client_tracking_id": "str",
    "recovered_by": "str",
}
"""The applications of the window, in the order of (applied_at, application_id).

``tracking_id``  the application's own, after a backfill; NA where it has none
``job_id``  NA where it has none
``class``  a value of `ApplicationClass`
``charges``  how many charges it has, of any client and any time
``client_known``  whether its client is in the record; where not, all columns below are missing
``client_name``, ``client_created_at``, ``client_tracking_id``  the client's, as the record has it
``client_rate_minor``, ``client_currency``  the client's rate of today; NA where its document holds no readable billing
``recovered_by``  the run that gave the client its tracking ID; NA where no run did
"""

CHARGES: Final = {
    "charge_id": "str",
    "application_id": "str",
    "client_id": "str",
    "amount_minor": "int64",
    "currency": "str",
    "charged_at": "datetime64[us, UTC]",
    "class": "str",
    "drift_minor": "int64",
    "application_client_id": "str",
    "application_amount_minor": "Int64",
    "application_currency": "str",
    "applied_at": "datetime64[us, UTC]",
}
"""The charges of the window's applications, whenever made, and those made in the window for applications that do not
exist; in the order of (application_id, charged_at, charge_id).

``class``  a value of `ChargeClass`
``drift_minor``  of class ``wrong_amount`` and the application's own currency: charged minus price, signed; 0 elsewhere.
    ``object`` (Python's whole numbers) in the one case that a difference does not fit 64 bits
``application_client_id``, ``application_amount_minor``, ``application_currency``, ``applied_at``  the application's;
    missing where it does not exist
"""
