"""
Syntaxes of files: parsers that keep the place of every value, and edits that leave the rest of the text unchanged.

A module reads or edits one syntax. It does not know the purpose or the name of the file. A
`pinsmith.syntax.position.SyntaxFaultError` has a line and a column, and the caller adds the name of the file.
"""
