#!/usr/bin/env bash
# The Makefile, in a copy of the tree: what it builds without optional libraries, what it says without required
# ones, whose flags win, what it installs. Built without optimisation, for speed.
# shellcheck source=tests/lib.sh
source "$(dirname "$0")/../lib.sh"

TREE=$WORK/tree
HIDE=$WORK/pkg-config # a pkg-config that does not see the libraries named in $HIDDEN

copy_of_the_tree() {
    local room
    mkdir "$TREE"
    for room in common cpu_bound mpi io_bound scaling scripts tests Makefile; do cp -R "$ROOT/$room" "$TREE/"; done
    cat >"$HIDE" <<'WRAPPER'
#!/bin/sh
for word; do case " $HIDDEN " in *" $word "*) exit 1 ;; esac; done
exec pkg-config "$@"
WRAPPER
    chmod +x "$HIDE"
}

# make_here HIDDEN-LIBRARIES MAKE-ARGUMENTS... - without what an outer make hands down
make_here() {
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u VARIANT -u CFLAGS HIDDEN="$1" make -C "$TREE" PKG_CONFIG="$HIDE" "${@:2}"
}

sources() { (cd "$TREE" && find . -path ./build -prune -o -type f -print | sort); }

help_lists_the_targets() {
    local target
    check "make help" make_here "" help
    for target in all help deps demo test asan tsan bench install uninstall clean; do
        check_match "make help has $target" "make $target " "$(cat "$WORK/out")"
    done
    check "make help works where nothing is installed" make_here "hwloc jansson libcrypto" help
}

required_libraries() {
    local row
    for row in "hwloc libhwloc-dev hwloc-devel hwloc" "jansson libjansson-dev jansson-devel jansson" \
        "libcrypto libssl-dev openssl-devel openssl"; do
        # shellcheck disable=SC2086 # the words of the row
        set -- $row
        check_exit "without $1: make stops" 2 make_here "$1" all
        check_match "without $1: names the packages of three systems" \
            "$1 is missing: Debian/Ubuntu $2, Fedora/RHEL $3, Arch $4; or run: make deps" "$(cat "$WORK/err")"
    done
    check_exit "without pkg-config: make stops" 2 make_here "" all PKG_CONFIG=/nonexistent/pkg-config
    check_match "without pkg-config: names its packages" "pkg-config is missing: Debian/Ubuntu pkg-config, " "$(cat "$WORK/err")"
    check_exit "an unknown variant: make stops" 2 make_here "" all VARIANT=fast
    check_match "an unknown variant: names the known ones" "VARIANT=fast is not known; use release, debug, asan or tsan" \
        "$(cat "$WORK/err")"
    check "none of this built anything" test ! -e "$TREE/build"
}

# Without libcurl, libmicrohttpd, libpng and MPI.
FEW=(MPICC=/nonexistent/mpicc CFLAGS="-O0 -DPARKIT_TEST_OF_FLAGS")
few() { make_here "libcurl libmicrohttpd libpng" "${FEW[@]}" "$@"; }

optional_libraries() {
    local before name
    before=$(sources)
    check "without libcurl, libmicrohttpd, libpng, MPI: make" few -j2 all
    for name in "parkit-get. libcurl: " "parkit-serve. libmicrohttpd: " "parkit-mpi. Open MPI: " "pictures as PNG"; do
        check_match "says what is left out: $name" "left out: $name.*Debian/Ubuntu .*Fedora/RHEL .*Arch " "$(cat "$WORK/out")"
    done
    check "the user's CFLAGS reach the compiler" test -n "$(few -B -n build/release/common/size.o | grep -- '-O3 .*-O0 -DPARKIT_TEST_OF_FLAGS')"
    for name in parkit-cpu parkit-run parkit-report; do
        check "builds $name all the same" "$TREE/build/release/bin/$name" --help
    done
    for name in parkit-get parkit-serve parkit-mpi; do
        check "does not build $name" test ! -e "$TREE/build/release/bin/$name"
    done
    check_equal "the flags stand in every result" "-O3 -O0 -DPARKIT_TEST_OF_FLAGS" \
        "$("$TREE/build/release/bin/parkit-cpu" sumsq -n 10 --json 2>/dev/null | jq -r .flags)"
    check_exit "without libpng: a PNG is refused" 2 "$TREE/build/release/bin/parkit-cpu" mandelbrot -n 4 --out "$WORK/a.png"
    check_match "without libpng: PPM is named" "ends in .ppm" "$(cat "$WORK/err")"
    check_equal "all that is made lies in build/" "$before" "$(sources)"
}

rebuilding() {
    check "make again" few all
    check_equal "... compiles nothing" "" "$(grep -E '^  (CC|LINK|MPICC)' "$WORK/out")"
    sleep 1 # file systems with whole seconds
    touch "$TREE/common/size.h"
    few -n all >"$WORK/plan" 2>&1
    check_match "a touched header: what includes it is compiled" "CC    common/size.c" "$(cat "$WORK/plan")"
    check_equal "a touched header: nothing else is" "" "$(grep "CC    common/clock.c" "$WORK/plan")"
    check_match "other flags: everything is compiled" "CC    common/clock.c" \
        "$(few -n all CFLAGS="-O0 -DOTHER")"
}

installing() {
    local bin=$WORK/stage/usr/bin
    check "make install DESTDIR PREFIX" few install DESTDIR="$WORK/stage" PREFIX=/usr
    check "an installed program runs" "$bin/parkit-cpu" primes -n 1e6
    check_match "... and is right" "78498" "$(cat "$WORK/out")"
    check "the dispatcher finds its neighbours" env -C / PATH=/usr/bin:/bin "$bin/parkit" cpu list
    check "the scripts run from there" env -C / "$bin/parkit-scale" --help
    check_equal "nothing lands elsewhere" "./usr/bin" "$(cd "$WORK/stage" && find . -type f -printf '%h\n' | sort -u)"
    check "make uninstall" few uninstall DESTDIR="$WORK/stage" PREFIX=/usr
    check_equal "... leaves nothing" "" "$(find "$WORK/stage" -type f)"
}

with_clang() {
    if ! echo 'int main(void) { return 0; }' | clang -fopenmp -x c -o "$WORK/probe" - 2>/dev/null; then
        skip "CC=clang" "clang with OpenMP is missing"
        return
    fi
    check "CC=clang" few -j2 CC=clang build/release/bin/parkit-cpu
    check_equal "... without a warning" "" "$(grep 'warning:' "$WORK/err")"
    check_match "... is the compiler of the result" "clang .* true" \
        "$("$TREE/build/release/bin/parkit-cpu" primes -n 1e6 --json 2>/dev/null | jq -r '"\(.compiler) \(.verified)"')"
    check_equal "... gives the digest of the other" "$("$BIN/parkit-cpu" mandelbrot -n 99 --json 2>/dev/null | jq -r .digest)" \
        "$("$TREE/build/release/bin/parkit-cpu" mandelbrot -n 99 --json 2>/dev/null | jq -r .digest)"
}

cleaning() {
    check "make clean" few clean
    check "... removes build/" test ! -e "$TREE/build"
}

main() {
    copy_of_the_tree
    help_lists_the_targets
    required_libraries
    optional_libraries
    rebuilding
    installing
    with_clang
    cleaning
    finish
}

main "$@"
