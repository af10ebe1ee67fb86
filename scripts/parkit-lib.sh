# shellcheck shell=bash
# What the parkit scripts share; sourced, never run. Three ideas: where the programs are, one table of
# options that feeds both the parser and --help, and numbers and lists as people write them.
set -euo pipefail
shopt -s inherit_errexit

# shellcheck disable=SC2034 # some are used only by the scripts that source this file
readonly EXIT_WRONG=1 EXIT_USAGE=2 EXIT_MISSING=3
PROGRAM=$(basename "$0")

# --- Messages: one line each on stderr. Results go to stdout. -----------------------------------

note() { printf '%s: note: %s\n' "$PROGRAM" "$*" >&2; }
warn() { printf '%s: warning: %s\n' "$PROGRAM" "$*" >&2; }

# die CODE TEXT
die() {
    printf '%s: %s\n' "$PROGRAM" "${*:2}" >&2
    exit "$1"
}
usage_error() { die "$EXIT_USAGE" "$*; try '$PROGRAM --help'"; }

# Progress: one line that is written over again, on a terminal or with --progress.
progress=0
set_progress() {
    if [ -t 2 ] || [ "${opt[progress]}" -eq 1 ]; then progress=1; fi
    [ "${opt[no-progress]}" -eq 0 ] || progress=0
}
show_progress() { [ "$progress" -eq 0 ] || printf '\r\033[K%s' "$*" >&2; }
clear_progress() { [ "$progress" -eq 0 ] || printf '\r\033[K' >&2; }

# --- The programs: beside this file, or where `make` puts them if the scripts run from scripts/ ---

HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
BIN=$HERE
if [ ! -x "$BIN/parkit-run" ] && [ -d "$HERE/../build/release/bin" ]; then
    BIN=$(cd "$HERE/../build/release/bin" && pwd)
fi
# So that a study of `parkit-cpu ...` finds it without an installation.
export PATH=$HERE:$BIN:$PATH

# need PROGRAM... - end with 3 unless each is there
need() {
    local program
    for program; do
        command -v "$program" >/dev/null && continue
        case $program in
        parkit-*) die "$EXIT_MISSING" "$program is not built; 'make' in the source folder builds it or says what it lacks" ;;
        *) die "$EXIT_MISSING" "'$program' is missing; 'make deps' in the source folder (scripts/setup.sh) installs it" ;;
        esac
    done
}

# Every program of a build has the same version, and each build has at least one of these.
kit_version() {
    local program
    for program in parkit-run parkit-cpu parkit-get; do
        command -v "$program" >/dev/null || continue
        "$program" --version | awk '{ print $NF; exit }'
        return
    done
    echo unknown
}

# Numbers are read and printed with a point in every language.
if [ -n "${LC_ALL-}" ]; then
    export LANG=$LC_ALL
    unset LC_ALL
fi
export LC_NUMERIC=C

# Open MPI refuses root unless told, refuses more ranks than cores, and would bind 1 or 2 ranks to a
# core each but 3 not at all; parkit's programs bind themselves, by one policy at every count.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe=${OMPI_MCA_rmaps_base_oversubscribe-1}
export OMPI_MCA_hwloc_base_binding_policy=${OMPI_MCA_hwloc_base_binding_policy-none}

# --- Options. A script sets USAGE, SUMMARY, EXAMPLES and the table OPTIONS, one line an option:
#     'short|long|VALUE|default|help', with no VALUE for a flag. parse_options fills opt[long]
#     (0 or 1 for a flag) and rest, the words that follow. ------------------------------------------

declare -A opt=()
rest=()

print_help() {
    local line short long value default help
    printf 'Usage: %s\n%s\n\nOptions:\n' "$USAGE" "$SUMMARY"
    for line in "${OPTIONS[@]}" 'h|help|||print this and exit' 'V|version|||print the version and exit'; do
        IFS='|' read -r short long value default help <<<"$line"
        printf '  %-4s%-26s %s%s\n' "${short:+-$short, }" "--$long${value:+ $value}" "$help" "${default:+ (default: $default)}"
    done
    printf '\nExamples:\n%s\n' "$EXAMPLES"
}

# find_option WORD - set the caller's `long` and `value` to those of the option that WORD names
find_option() {
    local line short
    for line in "${OPTIONS[@]}"; do
        IFS='|' read -r short long value _ <<<"$line"
        if [ "$1" = "--$long" ] || [ "$1" = "-$short" ]; then return; fi
    done
    usage_error "unknown option '$1'"
}

set_defaults() {
    local line long value default
    for line in "${OPTIONS[@]}"; do
        IFS='|' read -r _ long value default _ <<<"$line"
        opt[$long]=$default
        [ -n "$value" ] || opt[$long]=0
    done
}

# parse_options [--anywhere] WORD... - with --anywhere, options may also follow other words
parse_options() {
    local anywhere=0 word name inline attached long value
    if [ "${1-}" = --anywhere ]; then anywhere=1 && shift; fi
    set_defaults
    while [ $# -gt 0 ]; do
        word=$1 inline='' attached=0
        shift
        case $word in
        -h | --help) print_help && exit 0 ;;
        -V | --version) echo "$PROGRAM $(kit_version)" && exit 0 ;;
        --) rest+=("$@") && return ;;
        --*=*) name=${word%%=*} inline=${word#*=} attached=1 ;;
        --*) name=$word ;;
        -?*) name=${word:0:2} inline=${word:2} attached=$((${#word} > 2)) ;;
        *)
            rest+=("$word")
            [ "$anywhere" -eq 0 ] || continue
            rest+=("$@") && return
            ;;
        esac
        find_option "$name"
        if [ -z "$value" ]; then
            [ "$attached" -eq 0 ] || usage_error "option '$name' takes no value, but '$word' gives one"
            inline=1
        elif [ "$attached" -eq 0 ]; then
            [ $# -gt 0 ] || usage_error "option '$name' needs a value, $value"
            inline=$1
            shift
        fi
        [ -n "$inline" ] || usage_error "option '$name' is given an empty value; it needs $value"
        opt[$long]=$inline
    done
}

# --- Numbers and lists --------------------------------------------------------------------------

# whole_number TEXT - print 64K, 1e9, 2.5e6 or 17 as digits (at most 18); fails for anything else
whole_number() {
    [[ $1 =~ ^([0-9]+)(\.([0-9]+))?([eE]\+?([0-9]{1,2})|[kKmMgGtT])?$ ]] || return 1
    local digits=${BASH_REMATCH[1]} fraction=${BASH_REMATCH[3]} shift_by=${BASH_REMATCH[5]}
    case ${BASH_REMATCH[4]} in
    [kK]) shift_by=3 ;;
    [mM]) shift_by=6 ;;
    [gG]) shift_by=9 ;;
    [tT]) shift_by=12 ;;
    esac
    while [[ $fraction == *0 ]]; do fraction=${fraction%0}; done
    shift_by=$((10#${shift_by:-0} - ${#fraction}))
    [ "$shift_by" -ge 0 ] || return 1
    digits=$digits$fraction
    while [[ $digits == 0?* ]]; do digits=${digits#0}; done
    [ "$digits" = 0 ] || printf -v digits '%s%.*s' "$digits" "$shift_by" 00000000000000000000
    [ "${#digits}" -le 18 ] || return 1
    echo "$digits"
}

# need_number OPTION MIN MAX - check opt[OPTION] and write it as digits
need_number() {
    local number
    number=$(whole_number "${opt[$1]}") || usage_error "--$1: '${opt[$1]}' is not a whole number"
    if [ "$number" -lt "$2" ] || [ "$number" -gt "$3" ]; then
        usage_error "--$1: $number is out of range; give $2 to $3"
    fi
    opt[$1]=$number
}

# cores - the cores that this process may use, hardware threads of one core counted once
cores() {
    local range first last
    awk '/^Cpus_allowed_list/ { gsub(",", "\n", $2); print $2 }' /proc/self/status | while read -r range; do
        first=${range%-*} last=${range#*-}
        for (( ; first <= last; first++)); do
            cat "/sys/devices/system/cpu/cpu$first/topology/thread_siblings_list" 2>/dev/null || echo "$first"
        done
    done | sort -u | wc -l
}

readonly LIST_MAX=10000

# expand_item OPTION ITEM - the numbers of one item of a list: 4, 1-8, 1-64:*2, 2-16:+2 or all
expand_item() {
    local option=$1 item=$2 from to factor=1 step=1 count=0
    if [ "$item" = all ]; then
        to=$(cores)
        for ((from = 1; from < to; from *= 2)); do echo "$from"; done
        echo "$to"
        return
    fi
    local bad="$option: '$item' is not a number above 0, a range (1-8, 1-64:*2, 2-16:+2) or 'all'"
    if [[ $item =~ ^([^-]+)-([^:]+)(:([*+])(.+))?$ ]]; then
        from=$(whole_number "${BASH_REMATCH[1]}") || usage_error "$bad"
        to=$(whole_number "${BASH_REMATCH[2]}") || usage_error "$bad"
        if [ "${BASH_REMATCH[4]}" = '*' ]; then
            step=0 factor=$(whole_number "${BASH_REMATCH[5]}") || usage_error "$bad"
            [ "$factor" -ge 2 ] || usage_error "$option: '$item' never grows; the factor must be 2 or more"
        elif [ -n "${BASH_REMATCH[5]}" ]; then
            step=$(whole_number "${BASH_REMATCH[5]}") || usage_error "$bad"
            [ "$step" -ge 1 ] || usage_error "$option: '$item' never grows; the step must be 1 or more"
        fi
        [ "$from" -le "$to" ] || usage_error "$option: the range '$item' runs backwards"
    else
        from=$(whole_number "$item") || usage_error "$bad"
        to=$from
    fi
    [ "$from" -ge 1 ] || usage_error "$bad"
    while [ "$from" -le "$to" ]; do
        [ "$((count += 1))" -le "$LIST_MAX" ] || usage_error "$option: '$item' has more than $LIST_MAX values"
        echo "$from"
        [ "$from" -le $((to / factor)) ] || break
        from=$((from * factor + step))
    done
}

# expand_list OPTION LIST - the numbers of a list like 1,2,4-8, one a line, each once
expand_list() {
    local option=$1 item
    local -a items
    IFS=, read -ra items <<<"$2,"
    [ -n "$2" ] || usage_error "$option: the list is empty; write for example $option 1,2,4"
    for item in "${items[@]}"; do expand_item "$option" "$item" || return; done | awk '!seen[$0]++'
}

# shell_words WORD... - the words as one line that a shell reads back, quoted only where needed
shell_words() {
    local word line=''
    for word; do
        [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]] || word=\'${word//\'/\'\\\'\'}\'
        line+=" $word"
    done
    printf '%s\n' "${line# }"
}
