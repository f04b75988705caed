"""The programme tools outside the rules: reading histories, splitting work over processes, tables and plots."""
