"""The command bus: the commands that wait are loaded, decided and stored together, and each is answered."""
