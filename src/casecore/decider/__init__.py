"""What every kind of stream shares from a command to its facts: command, context, decision, refusal."""
