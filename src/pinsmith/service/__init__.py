"""
The service without its page: it asks the hosts of pin files in rounds, remembers what it saw, and sends alerts.

`settings` reads its configuration, `channels` reach people, `rounds` asks and records, `daemon` repeats that for ever.
"""

from __future__ import annotations
