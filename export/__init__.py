"""The record as open data: what was consented to, cleaned, counted and described."""
