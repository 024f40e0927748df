"""Pictures of every page, light and dark, at 1440 and 390 pixels, for people to look at.

python -m tools.screenshots FOLDER [--only WORD] [--language en] [--width 390] [--theme dark]
"""

import argparse
import tempfile
from pathlib import Path

from tests.browser import chromium
from tests.browser_walk.samples import samples
from tests.browser_walk.server import Site, prepare, serving
from tests.browser_walk.windows import PHONE, WIDE, Tabs, Windows
from tests.databases import Databases, close, make_app

THEMES, WIDTHS = ("light", "dark"), (WIDE, PHONE)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="pages whose address has this in it")
    parser.add_argument("--language", default="pl", choices=("pl", "en"))
    parser.add_argument("--theme", choices=THEMES, action="append")
    parser.add_argument("--width", type=int, choices=WIDTHS, action="append")
    return parser.parse_args()


def shoot(site: Site, windows: Windows, asked: argparse.Namespace) -> int:
    """Write the pictures; returns how many."""
    app = make_app(site.database)
    with site.rows() as session:
        wanted = [one for one in samples(app, session) if asked.only in one.path]
    close(app)
    tabs = Tabs(windows)
    for theme in asked.theme or THEMES:
        for width in asked.width or WIDTHS:
            folder = asked.folder / f"{width}-{theme}"
            for sample in wanted:
                page = tabs(sample.role, (theme, width), asked.language)
                page.goto(sample.path, wait_until="load")
                page.screenshot(path=folder / f"{sample.name}.png", full_page=True)
    tabs.close()
    return len(wanted)


def main() -> None:
    """Start the product on demo data and take the pictures."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        with (
            serving(prepare(Databases(place)), place / "log") as site,
            chromium() as browser,
        ):
            print(f"{shoot(site, Windows(site, browser), asked)} pages in {asked.folder}")


if __name__ == "__main__":
    main()
