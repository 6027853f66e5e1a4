"""What the node serves on its own network: the local API and the pages of kiosk, applicants and approvers."""
