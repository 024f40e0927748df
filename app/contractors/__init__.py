"""Contractors: prospects, clients and former ones."""
