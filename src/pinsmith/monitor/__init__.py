"""
Watch the hosts of a pin file for years: what each presents, in which state it is, and whom to tell when that changes.

Parts: `observation` says what a host presented, `status` judges it, `watch` decides which changes people hear of,
`schedule` when a host is asked again. All are values: no socket, no file and no clock.
"""

from __future__ import annotations
