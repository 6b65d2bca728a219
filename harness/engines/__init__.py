"""How jobs are spread over time and machines."""
