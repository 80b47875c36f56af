"""Reading utility bills of any provider: from words with places to the contract's `Document`, with provenance."""
