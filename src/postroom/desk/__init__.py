"""The one door. Every front desk parses, calls one of these functions, renders; it holds no rule, no SQL."""
