"""What the outside may know: event types, their envelope and their wire form. Imports nothing of ours."""
