#!/bin/sh
#
# users.sh [-n]: makes, as root, the two users that Highwater runs as, each with
# a group of its own, no password and no shell, where they are missing:
#
#	_imapd	what talks to clients before they have logged in; its home is
#		its root then, and has to be empty and root's
#	_indexd	who owns indexd's directory
#
# Each command is printed before it is run; with -n none is run.

set -u

only_print=
if [ "${1:-}" = -n ]; then
	only_print=yes
elif [ $# -gt 0 ]; then
	echo "usage: users.sh [-n]" >&2
	exit 2
fi
system=$(uname -s)
empty=/var/empty

run()
{
	echo "$*"
	[ -n "$only_print" ] && return
	"$@" && return
	echo "users.sh: that has failed" >&2
	exit 1
}

# The first free number below 400, where macOS has users of the system.
mac_number()
{
	local n

	n=399
	while [ $n -gt 200 ] && {
	    dscl . -search /Users UniqueID $n | grep -q . ||
	    dscl . -search /Groups PrimaryGroupID $n | grep -q .; }; do
		n=$((n - 1))
	done
	echo $n
}

# mac_user name home text: sysadminctl(8) gives no number that low.
mac_user()
{
	local n

	n=$(mac_number 2>/dev/null)
	run dscl . -create "/Groups/$1"
	run dscl . -create "/Groups/$1" PrimaryGroupID "$n"
	run dscl . -create "/Groups/$1" Password '*'
	run dscl . -create "/Users/$1"
	run dscl . -create "/Users/$1" UniqueID "$n"
	run dscl . -create "/Users/$1" PrimaryGroupID "$n"
	run dscl . -create "/Users/$1" NFSHomeDirectory "$2"
	run dscl . -create "/Users/$1" UserShell /usr/bin/false
	run dscl . -create "/Users/$1" RealName "$3"
	run dscl . -create "/Users/$1" Password '*'
	run dscl . -create "/Users/$1" IsHidden 1
}

# user name home text
user()
{
	if id "$1" >/dev/null 2>&1; then
		echo "# the user $1 is there"
		return
	fi
	case $system in
	Linux)
		if command -v useradd >/dev/null 2>&1; then
			run useradd -r -U -M -d "$2" -s /usr/sbin/nologin \
			    -c "$3" "$1"
		else
			run addgroup -S "$1"
			run adduser -S -D -H -h "$2" -s /sbin/nologin \
			    -G "$1" -g "$3" "$1"
		fi
		;;
	FreeBSD|DragonFly)
		run pw useradd "$1" -d "$2" -s /usr/sbin/nologin -c "$3" \
		    -w no
		;;
	OpenBSD)
		run groupadd "$1"
		run useradd -g "$1" -L daemon -d "$2" -s /sbin/nologin \
		    -c "$3" "$1"
		;;
	NetBSD)
		run groupadd -r "$1"
		run useradd -r -g "$1" -d "$2" -s /sbin/nologin -c "$3" "$1"
		;;
	Darwin)
		mac_user "$1" "$2" "$3"
		;;
	*)
		echo "users.sh: make a user $1 with the home $2, without" \
		    "password and shell" >&2
		exit 1
		;;
	esac
}

if [ -d $empty ]; then
	echo "# $empty is there"
else
	run mkdir -m 755 -p $empty
fi
user _imapd $empty 'Highwater imapd'
user _indexd /nonexistent 'Highwater indexd'
