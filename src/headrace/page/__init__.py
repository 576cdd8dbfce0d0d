"""The page of a run: one HTML file in the run's folder, and one of all runs.

`facts` holds the documents that a page is made of, `reading` fetches them, and everything between
is pure: `jobs` says where each job stands, `flow` what waited for what, `samples` which row and
column it is in; `headline`, `timeline`, `diagram`, `provenance` make a section each, `compact` the
data for the page's script, and `render` puts it all into one file. `publish` writes it.

`index` is the page of all runs, which `overview` renews; `crate` is the provenance of a run as an
RO-Crate, which `export` writes.
"""
