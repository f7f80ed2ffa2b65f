"""The ground floor of every room: ids, clock, money, text, staff, audit, jobs, components."""
