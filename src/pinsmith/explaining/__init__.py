"""
What a pin lets in, and what it survives: facts about pins, keys of a pin file, and hosts, without a connection.

The tables of `pinsmith.authorities` are not complete. A fact that they do not contain is unknown, and is never shown as
its opposite: `survival` has an outcome for that.
"""
