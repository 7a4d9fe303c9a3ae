"""`adsum-recognizer index`: a large school's own index, by which faces are looked up in the whole of it."""

from __future__ import annotations

from typing import Annotated, Final

import typer
from rich.console import Console

from adsum_recognizer.settings import StoreSettings, read_settings
from adsum_store.engine import create_store_engine
from adsum_store.repositories import school_wide
from adsum_store.unit_of_work import Store

HELP: Final = """Give every large school that has none an index, by which "known elsewhere" looks faces up.

\b
Examples:
  adsum-recognizer index
  adsum-recognizer index --templates 5000

Lessons and enrolments go on meanwhile. Without it such a look-up reads all templates of the school, which
takes 10 ms from about 10,000 on; a roster is always searched exactly, and needs none. New templates enter
the index by themselves. Run it again after changing the model. Needs ADSUM_DATABASE_URL.
"""


def index_command(
    templates: Annotated[
        int, typer.Option(min=1, help="From so many templates on a school gets one.")
    ] = school_wide.WORTH_AN_INDEX,
) -> None:
    engine = create_store_engine(read_settings(StoreSettings).database_url, application="adsum-index")
    with Store(engine).begin() as work:
        galleries = school_wide.without_index(work.session, templates)
    with Console(stderr=True).status("") as status:
        for gallery, size in galleries:
            status.update(f"indexing {size:,} templates by {gallery.model_id}")
            school_wide.build_index(engine, gallery, memory_mb=school_wide.build_memory_mb(size))
            typer.echo(f"{size:,} templates by {gallery.model_id} are indexed.")
    if not galleries:
        typer.echo(f"No school of {templates:,} templates or more is without its index.")
    engine.dispose()
