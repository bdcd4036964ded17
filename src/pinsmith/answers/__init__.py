"""
Which hosts are pinned: yes, no, or not to be known without a proof.

``yes`` is only the answer for what an operating system enforces because it was declared. Code may pin, or only look
like it, and the lab shows which.
"""

from __future__ import annotations

from pinsmith.answers._answer import Answer, HostAnswer, Mechanism, together
from pinsmith.answers._mention import Mention, Mentions
from pinsmith.answers._package import answers_of_package, pinned_files
from pinsmith.answers._source import answers_of_source

__all__ = [
    "Answer",
    "HostAnswer",
    "Mechanism",
    "Mention",
    "Mentions",
    "answers_of_package",
    "answers_of_source",
    "pinned_files",
    "together",
]
