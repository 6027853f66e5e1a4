"""The ledger: signed logs per author, the state folded from them, and the conversation that carries them. Sans-IO."""
