"""Where pip finds packages is read as pip tells it, and given to the pip of a container."""

from configparser import ConfigParser
from pathlib import Path

from images.pip_settings import configuration, local_paths, read

LISTED = """\
:env:.cert='/etc/ssl/own.pem'
:env:.default-timeout='180'
:env:.disable-pip-version-check='1'
global.cert='/etc/ssl/other.pem'
global.index-url='https://packages.lab/simple'
global.find-links='\\n/opt/wheels\\n/opt/more'
install.index-url='https://name:word@packages.lab/simple'
freeze.timeout='10'
"""


def test_only_where_packages_come_from_is_read_and_the_nearest_setting_counts() -> None:
    assert read(LISTED) == {
        "cert": "/etc/ssl/own.pem",
        "timeout": "180",
        "index-url": "https://name:word@packages.lab/simple",
        "find-links": "\n/opt/wheels\n/opt/more",
    }


def test_pip_reads_the_settings_back() -> None:
    parser = ConfigParser()
    parser.read_string(configuration(read(LISTED)))
    found = {name: value.split() for name, value in parser["global"].items()}
    assert found["find-links"] == ["/opt/wheels", "/opt/more"]
    assert found["timeout"] == ["180"]


def test_files_and_folders_of_this_machine_are_found_and_an_index_with_what_is_beside_it(
    tmp_path: Path,
) -> None:
    for name in ("wheels", "index/simple"):
        (tmp_path / name).mkdir(parents=True)
    settings = {
        "index-url": "https://packages.lab/simple",
        "extra-index-url": f"file://{tmp_path}/index/simple file:///no/such/index",
        "find-links": f"{tmp_path}/wheels /no/such/folder",
    }
    assert list(local_paths(settings)) == [f"{tmp_path}/index", f"{tmp_path}/wheels"]
