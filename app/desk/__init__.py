"""The working day: today, queue, quick entry, bell, calendar."""
