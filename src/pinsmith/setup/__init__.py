"""
Find the projects of a repository, propose outputs for them, and check that they use what the outputs hold.

Only files of people's projects that `setup` may edit are edited, and only by adding what is missing there: see
docs/decisions/0029-what-setup-edits.md.
"""

from __future__ import annotations

from pinsmith.setup.examine import Examination, examine, without_pin_file
from pinsmith.setup.kinds import KINDS, TITLES, find_projects
from pinsmith.setup.plan import Planned, Proposal, Situation, propose, way_in_force
from pinsmith.setup.project import Project, Way
from pinsmith.setup.rule import RULES
from pinsmith.setup.standing import standing
from pinsmith.setup.step import steps
from pinsmith.setup.tree import Tree
from pinsmith.setup.wiring import WIRES, missing, repair

__all__ = [
    "KINDS",
    "RULES",
    "TITLES",
    "WIRES",
    "Examination",
    "Planned",
    "Project",
    "Proposal",
    "Situation",
    "Tree",
    "Way",
    "examine",
    "find_projects",
    "missing",
    "propose",
    "repair",
    "standing",
    "steps",
    "way_in_force",
    "without_pin_file",
]
