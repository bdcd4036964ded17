"""Run a client of the lab as a process of its own, and end everything that it started."""
