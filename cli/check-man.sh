#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Does the man page tell of every command, key, option and exit code there is, and of no command there
# is not? Says which not.
#
# usage: check-man.sh BINARY [MANPAGE]
set -u
export LC_ALL=C

if [ $# -lt 1 ] || [ ! -x "$1" ]; then
	echo "usage: check-man.sh BINARY [MANPAGE]" >&2
	exit 2
fi
bin=$1
page=${2:-$(dirname "$0")/nsguardctl.8}
complete=$(dirname "$0")/nsguardctl.bash
bad=0

fault() {
	echo "$page: $*" >&2
	bad=1
}

# The page as plain words: without macros, fonts and quotes.
words=$(sed -e '/^\.\\"/d' -e 's/\\f[A-Z]//g' -e 's/\\-/-/g' -e 's/\\(..//g' \
	-e 's/^\.[A-Z][A-Za-z]* *//' -e 's/"//g' -e 's/[|,;:()[]/ /g' -e 's/\]/ /g' "$page" |
	tr -s ' \n' ' ')

mentions() { # mentions WORDS: are they on the page, as words of their own?
	case " $words " in
	*" $1 "*) return 0 ;;
	*) return 1 ;;
	esac
}

section() { # section NAME: its lines
	sed -n "/^\.SH $1\$/,/^\.SH /p" "$page"
}

commands=$("$bin" help commands) || exit 2
tags=$(section COMMANDS | sed -n '/^\.TP/{n;p;}' |
	sed -e 's/^\.BR* //' -e 's/^"\([^"]*\)".*/\1/' -e 's/ .*"//' | sed 's/ *\\f.*//')
echo "$commands" | {
	missing=0
	while read -r command; do
		section COMMANDS | grep -qE "^\.BR? \"?$command\"?( |\$)" || {
			fault "no entry for command '$command'"
			missing=1
		}
	done
	exit $missing
} || bad=1
[ "$(echo "$tags" | wc -l)" -eq "$(echo "$commands" | wc -l)" ] ||
	fault "another number of commands than nsguardctl has: $tags"

for key in $("$bin" help keys | cut -d' ' -f1 | sort -u) dry-run priority comment not; do
	mentions "$key" || fault "key '$key' is not explained"
	grep -qw -- "$key" "$complete" || fault "key '$key' is not in the completion"
done
for option in --json --file --check --echo --force --last --follow --color --version --help; do
	mentions "$option" || mentions "$option=" || grep -qF -- "$(echo "$option" | sed 's/-/\\\\-/g')" "$page" ||
		fault "option $option is not explained"
done
for code in 0 1 2 3 4 5; do
	section 'EXIT STATUS' | grep -qx "\.B $code" || fault "exit code $code is not explained"
done
for command in $(echo "$commands" | tr ' ' '\n' | sort -u); do
	grep -qw -- "$command" "$complete" || fault "command '$command' is not in the completion"
done
[ $bad -eq 0 ]
