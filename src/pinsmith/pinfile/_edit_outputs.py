"""Changes to the outputs of a pin file, for commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.pinfile._edit import Edit
from pinsmith.pinfile._write import output_table, require_size

if TYPE_CHECKING:
    from pinsmith.pinfile._document import Output


class OutputEdit(Edit):
    """A pin file that gets outputs. They are written together with other files, and not by `save`."""

    def add_output(self, output: Output) -> None:
        """Add a table for *output* after the other outputs."""
        tables = self._data.get("output", [])
        table = self._insert(("output", len(tables)), output_table(output), behind=("host", "keys"))
        self._data.setdefault("output", []).append(table)

    def contents(self) -> tuple[bytes, bytes]:
        """
        Return the content of the file when it was loaded, and the new one.

        Raises:
            ParseError: If the result is not a valid pin file.
            PolicyError: If the layout of the file does not allow the change, or it would be too large.
        """
        self.result()
        content = self.text.encode()
        require_size(content, self.file)
        return self.original, content
