"""What sellers and support partners charge their own customers: agreed, followed, kept, and stated. Pure."""
