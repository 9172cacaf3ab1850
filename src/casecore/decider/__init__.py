"""What all kinds of stream share, from a command to its facts: command, context, decision, refusal."""
