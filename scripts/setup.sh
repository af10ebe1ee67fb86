#!/bin/sh
# Install what parkit needs to be built. POSIX sh and nothing else, because it must run where even
# make, bash and jq are missing. What is there is found by asking for it (command -v, pkg-config), not
# by asking the package manager, so that own builds and modules count; a machine that has everything
# is left alone.
set -eu

PROGRAM=setup.sh
EXIT_USAGE=2
EXIT_MISSING=3
SYSROOT=${SETUP_SYSROOT-} # before every path that is looked at; the tests give a made-up machine here

usage() {
    cat <<'END'
Usage: sh scripts/setup.sh [options]
Install the packages that parkit needs and this machine lacks, after saying which and how.

Options:
      --check        only say what is missing; exit 0 if nothing is, else 3
      --with-tests   also what the tests need (CUnit, nginx, shellcheck, Slurm, chromium)
      --with-peers   also the programs that `make bench` measures beside parkit (OpenBLAS, primesieve, likwid ...)
      --dry-run      print the commands and run none
  -h, --help         print this and exit
  -V, --version      print the version and exit

As an ordinary user the packages are installed through sudo; where that is not possible the command
to run as root is printed, with exit code 3. No service is started or enabled.

Examples:
  sh scripts/setup.sh --check
  sh scripts/setup.sh --with-tests
END
}

note() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
die() {
    code=$1
    shift
    note "error: $*"
    exit "$code"
}

# --- What is needed: set, how to find it, and its packages for apt, dnf and pacman ("-": none) ---
# Ways to find it: c:WORDS any of the programs, p:NAME a pkg-config module, h:HEADER a C header,
# f:PATHS any of the files. openmpi-devel of Fedora stands outside PATH.
needs() {
    cat <<'END'
build gcc          c:gcc,cc                    gcc                  gcc                   gcc
build make         c:make                      make                 make                  make
build libc         h:stdio.h                   libc6-dev            glibc-devel           glibc
build pkg-config   c:pkg-config                pkg-config           pkgconf-pkg-config    pkgconf
build mpicc        c:mpicc,/usr/lib64/openmpi/bin/mpicc libopenmpi-dev openmpi-devel      openmpi
build mpirun       c:mpirun,/usr/lib64/openmpi/bin/mpirun openmpi-bin openmpi             openmpi
build libcurl      p:libcurl                   libcurl4-openssl-dev libcurl-devel         curl
build expat        p:expat                     libexpat1-dev        expat-devel           expat
build ca-certificates f:/etc/ssl/certs/ca-certificates.crt,/etc/pki/tls/certs/ca-bundle.crt ca-certificates ca-certificates ca-certificates
build libcrypto    p:libcrypto                 libssl-dev           openssl-devel         openssl
build hwloc        p:hwloc                     libhwloc-dev         hwloc-devel           hwloc
build jansson      p:jansson                   libjansson-dev       jansson-devel         jansson
build libmicrohttpd p:libmicrohttpd            libmicrohttpd-dev    libmicrohttpd-devel   libmicrohttpd
build libpng       p:libpng                    libpng-dev           libpng-devel          libpng
build gnuplot      c:gnuplot                   gnuplot-nox          gnuplot               gnuplot
build jq           c:jq                        jq                   jq                    jq
build bash         c:bash                      bash                 bash                  bash
build awk          c:awk                       mawk                 gawk                  gawk
build flock        c:flock                     util-linux           util-linux-core       util-linux
tests cunit        p:cunit                     libcunit1-dev        CUnit-devel           cunit
tests nginx        c:nginx,/usr/sbin/nginx     nginx-light          nginx                 nginx
tests shellcheck   c:shellcheck                shellcheck           ShellCheck            shellcheck
tests curl         c:curl                      curl                 curl                  curl
tests munge        c:munged,/usr/sbin/munged   munge                munge                 -
tests slurmctld    c:slurmctld,/usr/sbin/slurmctld slurmctld        slurm-slurmctld       -
tests slurmd       c:slurmd,/usr/sbin/slurmd   slurmd               slurm-slurmd          -
tests sbatch       c:sbatch                    slurm-client         slurm                 -
tests sshd         c:sshd,/usr/sbin/sshd       openssh-server       openssh-server        openssh
tests ssh          c:ssh                       openssh-client       openssh-clients       openssh
tests chromium     c:chromium,chromium-browser,google-chrome chromium chromium           chromium
peers g++          c:g++                       g++                  gcc-c++               gcc
peers openblas     p:openblas                  libopenblas-dev      openblas-devel        openblas
peers blis         h:blis.h                    libblis-dev          blis-devel            -
peers primesieve   c:primesieve                primesieve           primesieve            primesieve
peers likwid       c:likwid-bench              likwid               likwid                -
peers hyperfine    c:hyperfine                 hyperfine            hyperfine             hyperfine
peers aria2        c:aria2c                    aria2                aria2                 aria2
peers wget2        c:wget2                     wget2                wget2                 -
peers curl         c:curl                      curl                 curl                  curl
peers nginx        c:nginx,/usr/sbin/nginx     nginx-light          nginx                 nginx
peers strace       c:strace                    strace               strace                strace
peers aria2c       c:aria2c                    aria2                aria2                 aria2
peers wget2        c:wget2                     wget2                wget2                 -
END
}

# any_of TEST NAMES - whether the test holds for any of the names, which commas separate
any_of() (
    IFS=,
    for name in $2; do
        if $1 "$name" >/dev/null 2>&1; then exit 0; fi
    done
    exit 1
)

is_file() { test -e "$SYSROOT$1"; }
is_program() { case $1 in /*) is_file "$1" ;; *) command -v "$1" ;; esac; }

found() {
    what=${1#?:}
    case $1 in
    c:*) any_of is_program "$what" ;;
    f:*) any_of is_file "$what" ;;
    p:*) "${PKG_CONFIG:-pkg-config}" --exists "$what" 2>/dev/null ;;
    h:*) echo "#include <$what>" | "${CC:-cc}" -E - >/dev/null 2>&1 ;;
    esac
}

# The sets wanted in this run.
wanted() { needs | grep -E "^($sets) "; }

# missing - the lines of `wanted` that are not there
missing() {
    wanted | while read -r set name how apt dnf pacman; do
        if ! found "$how"; then echo "$set $name $how $apt $dnf $pacman"; fi
    done
}

# --- The package managers -----------------------------------------------------------------------

manager() {
    for candidate in apt-get dnf pacman; do
        if command -v "$candidate" >/dev/null 2>&1; then echo "$candidate" && return; fi
    done
    echo none
}

# packages MANAGER - those of the missing lines on stdin, each once, on one line
packages() {
    case $1 in apt-get) column=4 ;; dnf) column=5 ;; *) column=6 ;; esac
    cut -d ' ' -f "$column" | grep -vx -e - | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# install_command MANAGER PACKAGES
install_command() {
    case $1 in
    apt-get) echo "env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get install -y --no-install-recommends $2" ;;
    dnf) echo "dnf install -y --setopt=install_weak_deps=False $2" ;;
    pacman) echo "pacman -S --needed --noconfirm $2" ;;
    esac
}

# Package lists that are missing or older than a day name packages that the mirror has no more.
lists_are_old() {
    [ -z "$(find "$SYSROOT/var/lib/apt/lists" -name '*_Packages*' 2>/dev/null | head -n 1)" ] ||
        [ -z "$(find "$SYSROOT/var/lib/apt/lists" -maxdepth 1 -mtime -1 2>/dev/null | head -n 1)" ]
}

as_root() {
    if [ "$dry_run" -eq 1 ]; then
        echo "$root_prefix$*"
    else
        # shellcheck disable=SC2086 # root_prefix is "" or "sudo "
        $root_prefix "$@"
    fi
}

# Debian enables and starts a service when it is installed. The tests start their own on free ports, so the
# units of those that are new are masked meanwhile and disabled afterwards.
units() {
    command -v systemctl >/dev/null 2>&1 || return 0
    for package in $to_install; do
        case $package in
        nginx-light) as_root systemctl --quiet "$1" nginx.service || true ;;
        openssh-server) as_root systemctl --quiet "$1" ssh.service || true ;;
        munge | slurmctld | slurmd) as_root systemctl --quiet "$1" "$package.service" || true ;;
        esac
    done
}

install_with_apt() {
    updated=0
    if lists_are_old; then
        updated=1
        as_root apt-get update || note "the package lists could not be renewed; going on with the old ones"
    fi
    units mask
    code=0
    # shellcheck disable=SC2086 # words of a command of ours
    as_root $command_line || code=$?
    if [ "$code" -ne 0 ] && [ "$updated" -eq 0 ]; then
        code=0
        as_root apt-get update || true
        # shellcheck disable=SC2086
        as_root $command_line || code=$?
    fi
    units unmask
    units disable
    return "$code"
}

install_missing() {
    if [ "$manager" = apt-get ]; then
        install_with_apt
    else
        # shellcheck disable=SC2086 # words of a command of ours
        as_root $command_line
    fi
}

# --- The run ------------------------------------------------------------------------------------

read_options() {
    check=0 sets=build dry_run=0
    for word; do
        case $word in
        --check) check=1 ;;
        --with-tests) sets="$sets|tests" ;;
        --with-peers) sets="$sets|peers" ;;
        --dry-run) dry_run=1 ;;
        -h | --help) usage && exit 0 ;;
        -V | --version)
            echo "$PROGRAM $(sed -n 's/^VERSION *:= *//p' "$(dirname "$0")/../Makefile" 2>/dev/null)"
            exit 0
            ;;
        *)
            note "error: '$word' is not an option; try 'sh $0 --help'"
            exit "$EXIT_USAGE"
            ;;
        esac
    done
}

# What has no package here is left out: the suite that wants it is skipped. Chromium has none on Ubuntu (a snap).
without_unavailable() {
    while IFS= read -r line; do
        case $manager:$line in
        apt-get:*' chromium '*) lists_are_old || apt-cache show chromium >/dev/null 2>&1 || continue ;;
        esac
        [ "$manager" = none ] || [ -n "$(echo "$line" | packages "$manager")" ] || continue
        echo "$line"
    done
}

say_missing() {
    note "missing: $(echo "$lacking" | cut -d ' ' -f 2 | tr '\n' ' ')"
}

decide_root() {
    if [ "$(id -u)" -eq 0 ]; then
        root_prefix=''
    elif command -v sudo >/dev/null 2>&1; then
        root_prefix='sudo '
    else
        die "$EXIT_MISSING" "no root and no sudo; as root run: $command_line"
    fi
}

main() {
    read_options "$@"
    manager=$(manager)
    lacking=$(missing | without_unavailable)
    if [ -z "$lacking" ]; then
        if [ "$check" -eq 1 ]; then note "nothing is missing"; fi
        exit 0
    fi
    say_missing
    if [ "$manager" = none ]; then
        die "$EXIT_MISSING" "neither apt-get, dnf nor pacman is here; install by other means what they call on Debian: $(echo "$lacking" | packages apt-get)"
    fi
    to_install=$(echo "$lacking" | packages "$manager")
    command_line=$(install_command "$manager" "$to_install")
    if [ "$check" -eq 1 ]; then
        note "to install it, run: sh $0, or as root: $command_line"
        exit "$EXIT_MISSING"
    fi
    decide_root
    note "will run: $root_prefix$command_line"
    install_missing || die "$EXIT_MISSING" "that did not work; as root run: $command_line"
    if [ "$dry_run" -eq 1 ]; then exit 0; fi
    lacking=$(missing | without_unavailable)
    if [ -n "$lacking" ]; then
        say_missing
        die "$EXIT_MISSING" "installed, but not found; is it outside PATH? (Fedora: module load mpi/openmpi-x86_64)"
    fi
    note "everything that was missing is installed"
}

main "$@"
