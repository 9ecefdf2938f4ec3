"""Procedures of the office: definitions, tickets, clocks, figures."""
