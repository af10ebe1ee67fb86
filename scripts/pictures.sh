#!/usr/bin/env bash
# The pictures of docs/, made again: a real run of mandelbrot, and the report on published timings (OpenGATE,
# 1 to 10 threads), which show more than the few cores of whoever calls this. pictures.sh BIN DOCS
set -euo pipefail

bin=$1 docs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

screenshot() { # HTML PNG
    chromium --headless --hide-scrollbars --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync \
        --user-data-dir="$work/browser" --window-size=1000,1450 --screenshot="$2" "file://$1" >/dev/null 2>&1
}

main() {
    cd "$(dirname "$0")/.." # BIN and DOCS are below the top folder
    mkdir -p "$docs"
    "$bin/parkit-cpu" mandelbrot -n 640 --out "$docs/mandelbrot.png"
    "$bin/parkit-report" --write "$work/study" tests/data/opengate.csv
    if command -v chromium >/dev/null; then
        screenshot "$work/study/report.html" "$docs/report.png"
    else
        echo "chromium is not there: $docs/report.png stays as it is" >&2
    fi
}

main "$@"
