#!/usr/bin/env bash
# setup.sh on machines made up of stand-ins: bare, complete, with each package manager, with and
# without root. A machine is a folder that is all of PATH; its package manager notes what it is told.
# shellcheck disable=SC2016 # the stand-ins' own dollars
. "$(dirname "$0")/../lib.sh"

setup=$ROOT/scripts/setup.sh

# machine NAME USER-ID PROGRAM... - a folder with the plain tools and these stand-ins
machine() {
    local bin=$WORK/$1 tool
    mkdir -p "$bin" "$bin.root/etc/ssl/certs"
    for tool in sh env cat cut dirname find grep head sed sort touch tr ls printf test mkdir chmod; do
        ln -s "$(type -P "$tool")" "$bin/$tool"
    done
    printf '#!/bin/sh\necho %s\n' "$2" >"$bin/id"
    chmod +x "$bin/id"
    shift 2
    for tool; do stand_in "$bin/$tool" 'echo "${0##*/} $*" >>"${0%/*}.log"'; done
}
stand_in() { printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1"; }
# A package manager whose install brings everything.
installs() { stand_in "$WORK/$1/$2" '
echo "${0##*/} $* DEBIAN_FRONTEND=$DEBIAN_FRONTEND" >>"${0%/*}.log"
case "$*" in *update*) exit 0 ;; esac
touch "${0%/*}.root/etc/ssl/certs/ca-certificates.crt"
for name in gcc cc make pkg-config mpicc mpirun gnuplot jq bash awk flock nginx shellcheck curl munged slurmctld slurmd sbatch sshd ssh chromium; do
    printf "#!/bin/sh\nexit 0\n" >"${0%/*}/$name"; chmod +x "${0%/*}/$name"
done'; }
on() { env -i PATH="$WORK/$1" SETUP_SYSROOT="$WORK/$1.root" sh "$setup" "${@:2}"; }

machine bare-apt 0 apt-get apt-cache
check_exit "a bare Debian: --check ends with 3" 3 on bare-apt --check
check_match "and names what is missing" 'missing: gcc make libc pkg-config mpicc ' "$(<"$WORK/err")"
check_match "and its packages" 'libcurl4-openssl-dev.*libmicrohttpd-dev.*libopenmpi-dev.*openmpi-bin' "$(<"$WORK/err")"
check_equal "and installs nothing" "" "$(grep apt-get "$WORK/bare-apt.log" 2>/dev/null)"
check_exit "--with-tests" 3 on bare-apt --check --with-tests
check_match "adds the packages of the tests" 'libcunit1-dev.*nginx-light.*shellcheck.*slurmctld' "$(<"$WORK/err")"
check "--dry-run" on bare-apt --dry-run
check_match "prints the command" 'apt-get install -y --no-install-recommends .*libhwloc-dev' "$(<"$WORK/out")"
check_equal "and runs none" "" "$(grep apt-get "$WORK/bare-apt.log" 2>/dev/null)"
check_exit "packages that bring nothing are noticed" 3 on bare-apt
check_match "in the end" 'installed, but not found' "$(<"$WORK/err")"

machine bare-dnf 0 dnf
check_exit "a bare Fedora" 3 on bare-dnf --check
check_match "its packages" 'dnf install .*libcurl-devel.*openmpi-devel' "$(<"$WORK/err")"
machine bare-arch 0 pacman
check_exit "a bare Arch" 3 on bare-arch --check
check_match "its packages" 'pacman -S .*hwloc.*openmpi' "$(<"$WORK/err")"
check_exit "what it has no package of" 3 on bare-arch --check --with-tests
check_equal "is not asked for" "" "$(grep -e munge -e sbatch -e ' - ' "$WORK/err")"
machine unknown 0
check_exit "no package manager that is known" 3 on unknown
check_match "the packages are named all the same" 'libhwloc-dev' "$(<"$WORK/err")"

machine root 0 apt-cache
installs root apt-get
check "as root everything is installed" on root
check_match "it said so before" 'will run: env DEBIAN_FRONTEND=noninteractive' "$(<"$WORK/err")"
check_match "without questions" 'apt-get install -y .*jansson.* DEBIAN_FRONTEND=noninteractive' "$(<"$WORK/root.log")"
: >"$WORK/root.log"
check "again: nothing is to be done" on root
check_equal "so the package manager is not touched" "" "$(<"$WORK/root.log")"
check_equal "and nothing is said" "" "$(cat "$WORK/out" "$WORK/err")"
check "--check on a complete machine" on root --check
check "--with-tests on a machine that has them" on root --with-tests
check_equal "installs nothing either" "" "$(<"$WORK/root.log")"

machine user 1000 apt-cache
installs user apt-get
check_exit "an ordinary user without sudo" 3 on user
check_match "gets the exact command for root" 'as root run: env DEBIAN_FRONTEND=noninteractive .*apt-get install -y .*make' "$(<"$WORK/err")"
check_equal "nothing is run" "" "$(cat "$WORK/user.log" 2>/dev/null)"
stand_in "$WORK/user/sudo" 'echo "sudo $*" >>"${0%/*}.log"; "$@"'
check "an ordinary user with sudo" on user
check_match "installs through it" 'sudo env DEBIAN_FRONTEND=noninteractive .*apt-get install' "$(<"$WORK/user.log")"
mv "$WORK/user.log" "$WORK/user.log.first" && : >"$WORK/user.log"
check "on a complete machine" on user
check_equal "sudo is not asked" "" "$(<"$WORK/user.log")"

machine fresh 0 apt-cache
installs fresh apt-get
mkdir -p "$WORK/fresh.root/var/lib/apt/lists"
touch "$WORK/fresh.root/var/lib/apt/lists/mirror_Packages.lz4"
check "with package lists of today" on fresh
check_equal "they are not fetched again" "" "$(grep update "$WORK/fresh.log")"
check_match "with none they are" "apt-get update" "$(<"$WORK/user.log.first")"

machine offline 0 apt-cache
stand_in "$WORK/offline/apt-get" 'echo "E: Unable to fetch" >&2; exit 100'
check_exit "an installation that fails" 3 on offline
check_match "says what to run" 'that did not work; as root run: ' "$(<"$WORK/err")"

machine systemd 0 apt-cache systemctl
installs systemd apt-get
check "where systemd is" on systemd --with-tests
for unit in munge nginx slurmctld slurmd ssh; do
    check_equal "$unit is neither started nor enabled" "mask unmask disable" \
        "$(grep "systemctl .* $unit\.service$" "$WORK/systemd.log" | cut -d ' ' -f 3 | paste -sd ' ')"
done
machine served 0 apt-cache systemctl munged slurmctld slurmd
installs served apt-get
check "where services are already" on served --with-tests
check_equal "they are left alone" "" "$(grep -E 'systemctl .*(munge|slurm)' "$WORK/served.log")"
check_match "and new ones are not" 'systemctl --quiet mask nginx.service' "$(<"$WORK/served.log")"

check_exit "an unknown option" 2 on bare-apt --frob
check_match "is named" "'--frob' is not an option" "$(<"$WORK/err")"
check "--help" on bare-apt --help
check_match "begins with the usage" '^Usage: sh scripts/setup.sh' "$(<"$WORK/out")"
check "--version" on bare-apt --version
finish
