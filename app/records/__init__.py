"""What every record has: its card with panels, its history, its trash."""
