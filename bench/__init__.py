"""The measurements behind ``ortoo bench``: they may look into every room, and no room imports them."""
