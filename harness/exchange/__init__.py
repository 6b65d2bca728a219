"""Import from and export to foreign formats."""
