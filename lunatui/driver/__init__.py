"""A Textual driver for slow lines: it writes what the terminal does not already show, and nothing else.

An app gets it by being a `LeanApp`. On its way an update of Textual's compositor becomes

    canvas.py    cells (text and pen) of the whole screen, from the update's strips
    painter.py   the shortest text from what the terminal shows to the canvas; pens.py knows the colours,
                 terminal.py what the terminal can do
    output.py    the thread that writes it; pictures that were not written yet give way to newer ones,
                 and pace.py asks the terminal now and then whether it has what was sent
"""
