"""The duty dispatcher's screen: a client of the node's local API over HTTP, attached and detached at will.

It reads no file of the node and imports none of its code, so a closed screen never stops the node.
"""
