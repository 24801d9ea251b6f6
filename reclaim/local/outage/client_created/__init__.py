"""The default contract's outage: its clients, what their events say, and what they applied for and were charged."""
