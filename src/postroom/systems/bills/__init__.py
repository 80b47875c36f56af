"""The bills desk: utility bills by URL or form are fetched, told apart, deduplicated and read."""
