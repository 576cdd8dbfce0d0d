"""`headrace deploy`: from this checkout to an installation on Google Cloud, and back.

`package` and `images` say what is deployed, `tools` runs terraform and gcloud, `steps` puts them
in order, `doctor` looks for what could be wrong, `costs` says what standing still costs.
"""
