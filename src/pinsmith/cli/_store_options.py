"""The options that name trust stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinsmith.cli._command import Declared
    from pinsmith.paths import Store


def store_options() -> Callable[[Declared], Declared]:
    """Declare --stores, --store and --since, as the parameters *usual*, *stores* and *since* of `stores_of`."""
    usual = click.option(
        "--stores", "usual", is_flag=True, help="Ask about each version of the systems, and each newest list."
    )
    one = click.option(
        "--store",
        "stores",
        multiple=True,
        metavar="STORE",
        help="Ask about this trust store, such as android-9, ios-17 or mozilla; may be repeated.",
    )
    since = click.option(
        "--since",
        metavar="STORE|DATE",
        help="Ask about this trust store and all later ones, or about those whose list is not older than the date.",
    )
    return lambda command: usual(one(since(command)))


def stores_of(ids: Sequence[str], since: str | None, *, usual: bool) -> tuple[Store, ...]:
    """
    Return the trust stores that the options name; none if there are no such options.

    Raises:
        UnknownStoreError: If a name is not that of a store.
        UsageError: If no list is as new as the day in *since*.
    """
    if not (ids or since or usual):
        return ()
    from pinsmith.checks.reach import choose_stores

    return choose_stores(ids, since, usual=usual)
