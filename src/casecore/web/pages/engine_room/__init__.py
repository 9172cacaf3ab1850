"""The engine room: what runs, how far it is, and what stands in quarantine, for the vendor's operators."""
