"""Mutants of enrolment and rotation: which keys are pinned or removed, and where private keys are kept."""

from __future__ import annotations

from tests.mutation.mutant import Mutant

_BACKUP = "tests/rotation/test_backup.py"
_DIRECTORY = "tests/rotation/test_key_directory.py"
_ENROLMENT = "tests/rotation/test_enrolment.py"
_OFFLINE = "tests/cli/test_offline.py"
_REMOVAL = "tests/rotation/test_removal.py"

ROTATION_MUTANTS = (
    Mutant(
        "enrolment",
        "a pinned host that presents another key is pinned anew",
        "rotation/enrolment.py",
        "    if not sighting.live or enrolment.presents_key_of(existing):\n",
        "    if not sighting.live or existing.keys:\n",
        ("tests/cli/test_enrol.py",),
    ),
    Mutant(
        "enrolment",
        "a chain with a compromised key is pinned",
        "rotation/sighting.py",
        "    if authority is not None:\n",
        "    if authority is not None and not chain:\n",
        ("tests/cli/test_compromised.py",),
    ),
    Mutant(
        "enrolment",
        "a chain that nobody verified is pinned",
        "rotation/sighting.py",
        "chain = shown.presented if pins_only else shown.verified",
        "chain = shown.presented",
        (_ENROLMENT,),
    ),
    Mutant(
        "enrolment",
        "a key that the host presents is its own backup",
        "rotation/enrolment.py",
        "    if backups and all(",
        "    if not backups and all(",
        (_ENROLMENT,),
    ),
    Mutant(
        "backup",
        "the first key of a file with several keys becomes the backup",
        "rotation/backup.py",
        "    if len(by_pin) > 1 and not (",
        "    if not by_pin and not (",
        (_BACKUP,),
    ),
    Mutant(
        "enrolment",
        "a certificate for another host is pinned",
        "rotation/sighting.py",
        "        if not leaf.covers(self.host):\n",
        "        if False:\n",
        (_OFFLINE,),
    ),
    Mutant(
        "enrolment",
        "a certificate that has expired is pinned",
        "rotation/sighting.py",
        '            raise PolicyError(f"{self.host} {fault.message}", hint=fault.hint)\n',
        "            pass\n",
        (_OFFLINE,),
    ),
    Mutant(
        "enrolment",
        "a certificate that leads to no root of --cafile is pinned",
        "rotation/sighting.py",
        "        verified = self.anchors is not None and not pins_only\n",
        "        verified = False\n",
        (_OFFLINE,),
    ),
    Mutant(
        "enrolment",
        "the authority of a chain that nobody verified is pinned",
        "rotation/enrolment.py",
        "    if not (sighting.verified or own_key):\n",
        "    if False:\n",
        (_OFFLINE,),
    ),
    Mutant(
        "removal",
        "a key that clients still need is removed",
        "rotation/removal.py",
        "        if isinstance(verdict, Mismatched):\n",
        "        if False:\n",
        (_REMOVAL,),
    ),
    Mutant(
        "removal",
        "a key is removed although an address cannot be read",
        "rotation/removal.py",
        "            raise error\n",
        "            continue\n",
        (_REMOVAL,),
    ),
    Mutant(
        "removal",
        "a removal may leave only standby keys",
        "rotation/removal.py",
        "all(key.standby for key in entry.keys):",
        "not entry.host:",
        (_REMOVAL,),
    ),
    Mutant(
        "removal",
        "the last key of a host is removed, but its entry stays",
        "rotation/removal.py",
        "        if [pinned.name for pinned in entry.keys] == [key]:\n",
        "        if not key:\n",
        (_REMOVAL,),
    ),
    Mutant(
        "standby key",
        "others may read a private key",
        "rotation/key_directory.py",
        "mode=0o600, exclusive=True",
        "mode=0o644, exclusive=True",
        (_DIRECTORY,),
    ),
    Mutant(
        "standby key",
        "an older private key is overwritten",
        "rotation/key_directory.py",
        "mode=0o600, exclusive=True",
        "mode=0o600",
        (_DIRECTORY,),
    ),
    Mutant(
        "standby key",
        "a private key may be written into a git repository",
        "rotation/key_directory.py",
        "    if (tree := work_tree_of(place)) is not None:\n",
        "    if (tree := None) is not None:\n",
        (_DIRECTORY,),
    ),
    Mutant(
        "standby key",
        "a directory that everybody may write to is not reported",
        "rotation/key_directory.py",
        "    if status.st_mode & stat.S_IWOTH:\n",
        "    if False:\n",
        (_DIRECTORY,),
    ),
)
