"""Write the reference pages from the code: ``python -m docs.generate``, or with ``--check`` only compare them."""
