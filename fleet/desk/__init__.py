"""The desk: what a person may ask for. It checks the rule, then makes the signed operation; all faces call it alike."""
