# shellcheck shell=bash
# parkit-serve for tests and benchmarks. Source it after setting BIN and WORK.
#   serve_start [options]   starts it at a free port; sets SERVE_URL (ends in /) and SERVE_PID.
#   serve_stop              ends it and sets SERVE_CODE to its exit status.
# Returns 1 where the program was not built (libmicrohttpd is missing) or does not answer.
serve_start() {
    [ -x "$BIN/parkit-serve" ] || return 1
    : >"$WORK/serve.url"
    "$BIN/parkit-serve" --lifetime 600 "$@" >"$WORK/serve.url" 2>"$WORK/serve.err" &
    SERVE_PID=$!
    for _ in $(seq 100); do
        SERVE_URL=$(cat "$WORK/serve.url")
        [ -z "$SERVE_URL" ] || return 0
        kill -0 "$SERVE_PID" 2>/dev/null || return 1
        sleep 0.05
    done
    return 1
}

# shellcheck disable=SC2034 # SERVE_CODE is for whoever sources this
serve_stop() {
    SERVE_CODE=0
    kill "$SERVE_PID" 2>/dev/null
    wait "$SERVE_PID" 2>/dev/null || SERVE_CODE=$?
}
