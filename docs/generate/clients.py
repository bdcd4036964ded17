"""The tables of docs/clients.md, from `pinsmith.clients.CLIENTS`: ``python -m docs.generate.clients`` writes them."""

from __future__ import annotations

from pathlib import Path

from pinsmith.clients import CLIENTS, Client

PAGE = Path(__file__).parents[1] / "clients.md"
BEGIN = "<!-- Tables written by `python -m docs.generate.clients`; edit src/pinsmith/clients/_table.py instead. -->"
END = "<!-- End of the tables. -->"


def page() -> str:
    """Return the page with its tables up to date."""
    before, rest = PAGE.read_text("utf-8").split(BEGIN)
    return f"{before}{BEGIN}\n\n{_tables()}\n{END}{rest.split(END)[1]}"


def _tables() -> str:
    pinned = [client for client in CLIENTS if client.supported]
    others = [client for client in CLIENTS if not client.supported]
    return "\n".join(
        [
            "| id | how | a mismatch raises | notes |",
            "| - | - | - | - |",
            *(f"| `{client.id}` | {_use(client)} | `{client.error}` | {_cell(_notes(client))} |" for client in pinned),
            "",
            "## Clients that cannot be pinned",
            "",
            "`pinsmith.clients.require_supported` refuses these.",
            "",
            "| id | why | instead |",
            "| - | - | - |",
            *(f"| `{client.id}` | {_cell(client.notes)} | {_cell(client.instead)} |" for client in others),
            "",
        ]
    )


def _use(client: Client) -> str:
    return f"`{client.use}`" if client.library == "Python" else f"{client.library}: `{client.use}`"


def _notes(client: Client) -> str:
    oldest = f"Needs {client.library.partition('[')[0]} {client.oldest} or newer." if client.oldest else ""
    return f"{client.notes} {oldest}".strip()


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8", newline="\n")
