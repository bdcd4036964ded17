"""
Syntaxes of files: where everything stands in a text, and edits that leave all the rest of it as it is.

A module reads one syntax, or edits it. None of them knows what a file is for, nor what it is called: a
`pinsmith.syntax.position.SyntaxFaultError` has a line and a column, and the caller adds the name of the file.
"""
