"""The plans desk: drawing sets and specifications go in, and every sheet can be found."""
