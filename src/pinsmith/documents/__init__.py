"""
Everything that pinsmith writes for other programs, for every shell: versioned JSON, JUnit, SARIF, Prometheus, and HTML.

Each module describes one document. It takes values of the library and returns structures, text or bytes; it prints
nothing and knows no command line.
"""
