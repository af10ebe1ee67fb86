#!/usr/bin/env bash
# parkit COMMAND is parkit-COMMAND; alone it lists the commands.
. "$(dirname "$0")/../lib.sh"

check "alone it lists the commands" "$BIN/parkit"
for name in cpu run report scale compare submit; do
    check_match "the list names $name" "  $name +[a-z]" "$(<"$WORK/out")"
done
check "--help" "$BIN/parkit" --help
check_match "--help begins with the usage" '^Usage: parkit COMMAND' "$(<"$WORK/out")"
check "--version" "$BIN/parkit" --version
check_equal "all programs have one version" "$("$BIN/parkit-run" --version | sed 's/-run//')" "$(<"$WORK/out")"

check "a command gets its arguments as they are" "$BIN/parkit" run --json -- printf '%s|' 'a b' '' '*'
check_equal "blanks, empty words and stars pass" '["printf","%s|","a b","","*"]' "$(jq -c .command "$WORK/out")"
check_exit "the exit code is the command's" 1 "$BIN/parkit" run --quiet -- false
check_exit "usage errors are the command's" 2 "$BIN/parkit" run --no-such-option

check_exit "an unknown command" 2 "$BIN/parkit" scael
check_match "the nearest name is offered" "'scael' is not a command; did you mean scale" "$(<"$WORK/err")"
check_exit "nothing near: no guess" 2 "$BIN/parkit" zzzzzzzz
check_match "no guess is printed" "'zzzzzzzz' is not a command; try" "$(<"$WORK/err")"
check_exit "an unknown option" 2 "$BIN/parkit" --frobnicate
check_exit "a path is no command" 2 "$BIN/parkit" ../bin/parkit-run
check_exit "the shared library is no command" 2 "$BIN/parkit" lib.sh

# A build without a library: its program is absent, and the list says why.
mkdir "$WORK/part"
cp "$BIN/parkit" "$BIN/parkit-lib.sh" "$BIN/parkit-run" "$WORK/part/"
check "works in a build that is not complete" env PATH=/usr/bin:/bin "$WORK/part/parkit"
check_match "what is absent is named with the library" 'get +not built: libcurl' "$(<"$WORK/out")"
check_exit "running it says that it is not built" 3 env PATH=/usr/bin:/bin "$WORK/part/parkit" get
check_match "in one line" 'parkit-get is not built' "$(<"$WORK/err")"

# Programs are found through a link, from any folder.
ln -s "$BIN/parkit" "$WORK/link"
check "runs through a symbolic link" env -C / PATH=/usr/bin:/bin "$WORK/link" run --quiet --json -- true
finish
