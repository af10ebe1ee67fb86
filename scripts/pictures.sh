#!/usr/bin/env bash
# The pictures of docs/, made again from real runs: pictures.sh BIN DOCS
set -euo pipefail

bin=$1 docs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

screenshot() { # HTML PNG
    chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync \
        --user-data-dir="$work/browser" --window-size=1000,1450 --screenshot="$2" "file://$1" >/dev/null 2>&1
}

main() {
    mkdir -p "$docs"
    "$bin/parkit-cpu" mandelbrot -n 640 --out "$docs/mandelbrot.png"
    "$bin/parkit-scale" -t all -r 6 -o "$work/study" -- parkit-cpu mandelbrot -n 6000 -t '{threads}'
    if command -v chromium >/dev/null; then
        screenshot "$work/study/report.html" "$docs/report.png"
    else
        echo "chromium is not there: $docs/report.png stays as it is" >&2
    fi
}

main "$@"
