"""Files of a list: its rows in XLSX and CSV, within what the operator may see."""
