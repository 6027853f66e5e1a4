"""Between a console and its terminal: what the terminal shows is remembered, and only what differs is sent.

    Textual ──frames──▶ wanted ─┐                          screen      what was written, as a grid of cells
                                ├─ difference ──▶ terminal difference  the fewest bytes from one grid to another
                       shown ───┘       ◀── answer ──      output      when: at once, or over a thin line by pieces
                                                           driver      between Textual and the real terminal

All but `driver` is pure: text goes in, text comes out.
"""
