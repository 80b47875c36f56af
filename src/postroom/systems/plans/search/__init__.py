"""What is found in what was read: ranked words, true grep, and the piece of text that shows why."""
