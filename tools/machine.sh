#!/bin/sh
# Sees to the two programs that the tests and the bench take from the machine: PostgreSQL's server
# and Chromium. As root on Debian it installs what is missing; otherwise it names the line to run.
set -eu

missing=""
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="postgresql"
command -v chromium-headless-shell >/dev/null || command -v chromium >/dev/null ||
    missing="$missing chromium-headless-shell"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need these Debian packages, which are missing: $missing" >&2
    echo "Run:  sudo apt-get update && sudo apt-get install --yes $missing" >&2
    exit 1
fi
echo "Installing $missing"
apt-get update --quiet
# shellcheck disable=SC2086 # one word per package
DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet $missing
