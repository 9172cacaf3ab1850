"""The service levels: every clock of every case, due when and how it stands, and who held it for how long."""
