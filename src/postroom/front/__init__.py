"""What every front desk has in common over HTTP. Words, shapes of errors and rules stay with each desk."""
