"""Keys, certificates and authorities of the lab, all made at run time."""
