"""The pins of a policy against live hosts, and against certificates that are not deployed yet."""
