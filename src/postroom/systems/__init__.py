"""Systems: one package per front desk (and `inspect`). None imports another."""
