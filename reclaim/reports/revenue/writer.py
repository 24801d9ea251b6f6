"""Writes what finance reads into a report's folder: every file whole or not there."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from reclaim.files import arriving, fingerprints
from reclaim.reconciliation.model import Reconciliation
from reclaim.reports.revenue.adjustments import adjustments
from reclaim.reports.revenue.page import ADJUSTMENTS_CSV, CHARGES_CSV, REVENUE_CSV, render_page
from reclaim.reports.revenue.sheets import write_adjustments, write_applications, write_charges
from reclaim.reports.revenue.statement import Proposals

RECONCILIATION_HTML: Final = "reconciliation.html"


def write_revenue(
    reconciliation: Reconciliation, applications: pd.DataFrame, charges: pd.DataFrame, folder: Path
) -> dict[str, str]:
    """Write the three lists and the page into `folder`, which is made where it is missing.

    Args:
        reconciliation: what was found.
        applications: the rows behind it, see `reclaim.reconciliation.frames`.
        charges: likewise.
        folder: where; what else is in it (such as ``reconciliation.json`` and ``validation/``) is left alone.

    Returns:
        SHA-256 (hexadecimal) by relative name of every file now in the folder, the manifest apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    proposals = Proposals()
    with arriving(folder / REVENUE_CSV) as path:
        write_applications(applications, path)
    with arriving(folder / CHARGES_CSV) as path:
        write_charges(charges, path)
    with arriving(folder / ADJUSTMENTS_CSV) as path:
        write_adjustments(proposals.passing(adjustments(reconciliation, applications, charges)), path)
    with arriving(folder / RECONCILIATION_HTML) as path:
        path.write_bytes(render_page(reconciliation, proposals, fingerprints(folder)).encode("utf-8", "replace"))
    return fingerprints(folder)
