"""How values are shown: printable text, figures, durations, money."""
