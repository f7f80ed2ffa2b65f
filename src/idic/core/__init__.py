"""The ground floor every room stands on: ids, clock, money, text, staff, audit, jobs, components."""
