"""The revenue desk: a CSV batch of revenue or opportunity records goes in, and every row is accounted for."""
