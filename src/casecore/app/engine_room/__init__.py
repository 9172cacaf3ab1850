"""The engine room: how the installation runs, for those who operate it for the vendor."""
