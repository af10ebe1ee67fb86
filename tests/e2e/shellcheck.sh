#!/usr/bin/env bash
# Every shell script of the kit is clean under shellcheck; exceptions carry their reason in the file.
. "$(dirname "$0")/../lib.sh"

if ! command -v shellcheck >/dev/null; then
    skip "shell scripts are clean" "shellcheck is missing"
    finish
fi

cd "$ROOT" || exit 1
# The extension decides nothing: what begins with a #! line of a shell is a script.
mapfile -t scripts < <(grep -rlE --exclude-dir=build --exclude-dir=.git '^#!.*[/ ](ba|da)?sh$' . ; ls scripts/*.sh)
for script in $(printf '%s\n' "${scripts[@]#./}" | sort -u); do
    case $script in
    scripts/*) check "$script" shellcheck "$script" ;;
    *) check "$script" shellcheck --exclude=SC1091 "$script" ;; # tests source lib.sh by a computed path
    esac
done

# The tester tested: a script with a known fault is refused.
# shellcheck disable=SC2016 # the fault
printf '#!/bin/sh\nrm $1\n' >"$WORK/bad.sh"
check_exit "a script with an unquoted variable is refused" 1 shellcheck "$WORK/bad.sh"
finish
