"""The console's screens. Each shows and asks; the node decides."""
