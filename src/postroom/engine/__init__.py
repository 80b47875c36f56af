"""What makes jobs move: the queue, admission, workers, the sandbox, and the sweep that mends."""
