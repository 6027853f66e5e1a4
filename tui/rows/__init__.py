"""One line of the board for each kind of fact. Pure: facts, words, the present and a width in cells in; spans out.

Columns have fixed widths in cells, the same on every row; what is too long is cut with `~`. Every state is a tag and a
word at its place before it is a colour.
"""
