"""Vehicle terminals: the protocols they speak (sans-IO), the one file that opens a port, and terminals to try it on."""
