"""Pure rules: states, outcome, fairness, back-off. No I/O, no clock, nothing but the standard library."""
