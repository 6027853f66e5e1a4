"""When the node talks to the outside, and over which link; what is said is the ledger's business."""
