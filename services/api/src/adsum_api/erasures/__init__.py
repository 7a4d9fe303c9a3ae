"""Receipts of erasures."""
