"""Builds the Data Docs of a run: an index, a page per suite and a page per validation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext

if TYPE_CHECKING:
    from great_expectations.data_context.store.store import DataDocsSiteConfigTypedDict

INDEX = "index.html"
_SECTIONS = ("validations", "expectations")
_VIEW = {"module_name": "expectations.pages", "class_name": "SelfContainedPageView"}


def build_docs(context: EphemeralDataContext, folder: Path, title: str) -> None:
    """Write the pages of everything that `context` validated into `folder`, in place of those it holds.

    Args:
        context: what validated.
        folder: a folder of their own.
        title: stands over the index.

    Raises:
        FileNotFoundError: a page is missing; the library logs what goes wrong while it renders and goes on.
    """
    for section in _SECTIONS:
        shutil.rmtree(folder / section, ignore_errors=True)
    context.add_data_docs_site(title, cast("DataDocsSiteConfigTypedDict", _site(folder)))
    context.build_data_docs(site_names=[title])
    # Pictures and fonts of the library's own pages, some megabytes; ours need none.
    shutil.rmtree(folder / "static", ignore_errors=True)
    _check_complete(context, folder)


def _site(folder: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder", "view": _VIEW},
        "site_section_builders": {
            "expectations": {"class_name": "DefaultSiteSectionBuilder", "view": _VIEW},
            "validations": {
                "class_name": "DefaultSiteSectionBuilder",
                "view": _VIEW,
                # Every run: by default one whose ID happens to contain "profiling" would be left out.
                "run_name_filter": {"matches_regex": "."},
            },
            "profiling": "None",
        },
    }


def _check_complete(context: EphemeralDataContext, folder: Path) -> None:
    wanted = (len(context.validation_results_store.list_keys()), len(list(context.suites.all())))
    for section, number in zip(_SECTIONS, wanted, strict=True):
        found = sum(1 for _ in (folder / section).rglob("*.html"))
        if found < number:
            raise FileNotFoundError(f"{number - found} of {number} pages under {folder / section}")
    if not (folder / INDEX).is_file():
        raise FileNotFoundError(f"the index of {folder}")
