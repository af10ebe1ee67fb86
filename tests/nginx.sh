# shellcheck shell=bash
# A real web server for tests and benchmarks. Source it after setting WORK (tests/lib.sh does).
#   nginx_start ROOT [DIRECTIVES]   serves the folder ROOT at a free loopback port; waits until it is up.
#                                   DIRECTIVES go into its `server` block. Sets NGINX_URL and NGINX_PID.
#   nginx_stop                      ends it.
# Everything that it writes lies in $WORK/nginx. Returns 1 where nginx is missing or will not start.

# nginx lives in sbin, which is not in everybody's PATH.
nginx_program() { PATH=$PATH:/usr/sbin:/usr/local/sbin:/sbin command -v nginx; }

# A port that nobody listens at: one that the kernel hands out is free at this moment.
nginx_port() {
    local port
    for _ in $(seq 100); do
        port=$((20000 + RANDOM % 12000))
        # shellcheck disable=SC2188 # only the exit status of opening the connection is wanted
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return 0; }
    done
    return 1
}

nginx_config() {
    local root=$1 port=$2 directives=$3 user_line=""
    # As root, nginx would give its worker to another user, who may not enter $WORK.
    [ "$(id -u)" -ne 0 ] || user_line="user root;"
    cat <<CONFIG
$user_line
daemon off;
worker_processes ${NGINX_WORKERS:-1};
pid $WORK/nginx/pid;
error_log $WORK/nginx/error.log;
events { worker_connections 4096; }
http {
    access_log off;
    sendfile on;
    keepalive_requests 1000000;
    client_body_temp_path $WORK/nginx/body;
    proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi;
    uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    server {
        listen 127.0.0.1:$port backlog=4096;
        root $root;
        $directives
    }
}
CONFIG
}

# Whether nginx has come up: it writes its pid once all its ports are its own. Another server may answer at one that it
# did not get.
nginx_is_up() {
    for _ in $(seq 100); do
        kill -0 "$NGINX_PID" 2>/dev/null || return 1
        [ ! -s "$WORK/nginx/pid" ] || return 0
        sleep 0.05
    done
    return 1
}

nginx_start() {
    local program port
    program=$(nginx_program) || return 1
    mkdir -p "$WORK/nginx"
    for _ in 1 2 3; do # somebody else may take the port meanwhile
        port=$(nginx_port) || return 1
        rm -f "$WORK/nginx/pid"
        nginx_config "$1" "$port" "${2:-}" >"$WORK/nginx/conf"
        "$program" -p "$WORK/nginx" -c "$WORK/nginx/conf" 2>>"$WORK/nginx/error.log" &
        NGINX_PID=$!
        # shellcheck disable=SC2034 # for whoever sources this
        NGINX_URL=http://127.0.0.1:$port
        ! nginx_is_up || return 0
        nginx_stop || true
    done
    return 1
}

nginx_stop() {
    [ -z "${NGINX_PID:-}" ] || { kill "$NGINX_PID" 2>/dev/null && wait "$NGINX_PID" 2>/dev/null; }
    NGINX_PID=""
}
