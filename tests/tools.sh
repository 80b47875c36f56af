#!/bin/sh
# Installs the programs that the conversion desk and the sessions of docs/desks.md use, where that may be done: on Debian and its kin, as root or
# with a sudo that asks nothing. Everywhere else it says what is missing; the tests that need it are skipped.
set -u

packages="libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui
    default-jre-headless libjaxb-java
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-liberation
    fonts-droid-fallback curl jq"

missing=""
for package in $packages; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo -n"
if command -v apt-get >/dev/null && { [ -z "$sudo" ] || $sudo true 2>/dev/null; }; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq >/dev/null 2>&1
    # shellcheck disable=SC2086
    $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 && exit 0
fi
echo "Some tests will be skipped; install what they want: apt-get install --no-install-recommends$missing"
