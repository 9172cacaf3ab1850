"""What a projection is, and what keeps every one of them: runner, quarantine, rebuild, comparison."""
