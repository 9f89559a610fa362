"""How fast, how soon, how much: `make bench`. Figures, not tests: they depend on the machine, so look at the ratios."""
