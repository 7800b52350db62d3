"""Leads, events and outcomes from files into the store: history as it was, news as of now.

opening     a file as rows of cells: csvfile, parquet
cells       one cell as the store can hold it
reading     a row of each table as it is meant; occurrences: how often it came before
known       who the leads of a batch are, and whether scores have read them
leads, events, outcomes    a batch of each table into the store: creating, past, due
run         a whole file, batch by batch; files: which file holds which table
background  files that came over HTTP
"""
