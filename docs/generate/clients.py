"""The tables of docs/clients.md, from `pinsmith.clients.CLIENTS`: ``python -m docs.generate.clients`` writes them."""

from __future__ import annotations

from pathlib import Path

from pinsmith.clients import CLIENTS, Client

PAGE = Path(__file__).parents[1] / "clients.md"
BEGIN = "<!-- Tables written by `python -m docs.generate.clients`; edit src/pinsmith/clients/_table.py instead. -->"
END = "<!-- End of the tables. -->"


def page() -> str:
    """Return the page with its tables as they should be."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n\n{_tables()}\n{END}{rest.split(END)[1]}"


def _tables() -> str:
    pinned = [client for client in CLIENTS if client.supported]
    others = [client for client in CLIENTS if not client.supported]
    return "\n".join(
        [
            "| id | how | a mismatch raises | to know |",
            "| - | - | - | - |",
            *(f"| `{each.id}` | {_use(each)} | `{each.error}` | {_cell(_to_know(each))} |" for each in pinned),
            "",
            "## What cannot be pinned",
            "",
            "`pinsmith.clients.require_supported` refuses these.",
            "",
            "| id | why | instead |",
            "| - | - | - |",
            *(f"| `{each.id}` | {_cell(each.notes)} | {_cell(each.instead)} |" for each in others),
            "",
        ]
    )


def _use(client: Client) -> str:
    return f"`{client.use}`" if client.library == "Python" else f"{client.library}: `{client.use}`"


def _to_know(client: Client) -> str:
    oldest = f"Needs {client.library.partition('[')[0]} {client.oldest} or newer." if client.oldest else ""
    return f"{client.notes} {oldest}".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
