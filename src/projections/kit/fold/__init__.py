"""From records to what they lead to: states, rows and parked records. No I/O."""
