"""What operators ask about the installation."""
