"""`ortoo tui --plain`: the dispatcher's work by questions and answers, a line at a time: for screen readers, braille
lines and terminals that cannot draw. Nothing is painted, moved or coloured; what was said stays where it was said.

    talk     one line out, one line in            orders   what is to do, an order, its acts, dispatching
    forms    the console's forms, asked by line   cases    supplements and emergency departures
    desk     signing in, the menu, what is short

Rows, forms and words are those of the full screen. An answer is the number of what was just listed, an empty one goes
back.
"""
