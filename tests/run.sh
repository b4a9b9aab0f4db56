#!/bin/sh
#
# run.sh: serves mail on 127.0.0.1, until it is interrupted, to the user demo
# with the password demo.  Environment: PORT; MAILDIR, the Maildir to serve,
# or nothing for a sample mailbox that is gone at the end.
#
# Nothing here needs root, and no session ever runs as root: started by root,
# the daemons run as the owner of MAILDIR, or for the sample as the user who
# called sudo(8), or as nobody.

set -u
umask 077

port=${PORT:-1143}
maildir=${MAILDIR:-}
top=$PWD
imapd=
indexd=

die()
{
	echo "run: $*" >&2
	exit 1
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# stop pid: ends a daemon and waits for it, for ten seconds at most.
stop()
{
	local n

	n=0
	[ -n "$1" ] || return 0
	kill -TERM "$1" 2>/dev/null
	until gone "$1"; do
		n=$((n + 1))
		[ $n -lt 100 ] || kill -KILL "$1" 2>/dev/null
		sleep 0.1
	done
}

finish()
{
	trap '' HUP INT TERM
	stop "$imapd"
	stop "$indexd"
	[ -z "${dir:-}" ] || rm -rf "$dir"
}

# as_user command: runs the command line as $user, in the background.
as_user()
{
	if [ -z "$user" ]; then
		sh -c "$1" </dev/null &
	elif command -v setpriv >/dev/null 2>&1; then
		setpriv --reuid "$uid" --regid "$gid" --clear-groups \
		    sh -c "$1" </dev/null &
	else
		su -m "$user" -c "$1" </dev/null &
	fi
}

# daemon name: starts it; its process id is then in $dir/name.pid.
daemon()
{
	as_user "echo \$\$ >'$dir/$1.pid'
	    exec '$bin/$1' -d -f '$dir/$1.conf' >>'$dir/$1.log' 2>&1"
	n=0
	until [ -s "$dir/$1.pid" ]; do
		n=$((n + 1))
		[ $n -lt 50 ] || die "cannot start $1"
		sleep 0.1
	done
}

# await what pid command ...: until the command succeeds, or the process is
# gone.
await()
{
	local what pid n

	what=$1
	pid=$2
	shift 2
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		if gone "$pid" || [ $n -gt 100 ]; then
			cat "$dir/$what.log" >&2
			die "$what does not serve"
		fi
		sleep 0.1
	done
}

dlg()
{
	"$top/tests/imapdlg/imapdlg" -t 2000 "$@"
}

case $port in
''|*[!0-9]*) die "PORT=$port is no port number" ;;
esac
probe=$(mktemp) || die "no temporary files"
echo '1 connect' >"$probe"
if dlg "127.0.0.1:$port" "$probe" 2>/dev/null; then
	rm -f "$probe"
	die "something serves port $port already; try: make run PORT=$((port + 1))"
fi
rm -f "$probe"

# Whom to run as; what is served must be theirs.
user=
if [ -n "$maildir" ]; then
	maildir=$(cd "$maildir" 2>/dev/null && pwd) ||
	    die "MAILDIR: no such directory"
	[ -d "$maildir/cur" ] || [ -z "$(ls -A "$maildir")" ] ||
	    die "MAILDIR: $maildir is no Maildir: there is no cur in it"
fi
case $maildir in
*[\"%\\\$]*) die "MAILDIR: no name with one of \" % \\ \$ in it, please" ;;
esac
if [ "$(id -u)" -eq 0 ]; then
	user=${SUDO_USER:-nobody}
	if [ -n "$maildir" ]; then
		user=$(ls -ld "$maildir" | awk '{ print $3 }')
	fi
	[ "$(id -u "$user")" -ne 0 ] ||
	    die "the mail is root's, and no session runs as root"
fi
uid=$(id -u $user)
gid=$(id -g $user)

trap finish EXIT
trap 'exit 0' HUP INT TERM
dir=$(mktemp -d /tmp/highwater.XXXXXX) || die "no temporary directory"

# indexd's state goes with the mail: kept, for one's own.
state=$dir/db
bin=$dir
cp imapd/imapd indexd/indexd indexd/indexctl "$dir" ||
    die "cannot copy the daemons"
if [ -z "$maildir" ]; then
	mail=$dir/Maildir
	sh tests/sample/mksample.sh "$mail" || die "cannot make the sample"
else
	mail=$maildir
	if [ -z "$user" ]; then
		state=${XDG_STATE_HOME:-$HOME/.local/state}/highwater
	fi
fi
mkdir -p "$state"
cat >"$dir/indexd.conf" <<-END
	socket "$dir/indexd.sock"
	directory "$state"
END
cat >"$dir/imapd.conf" <<-END
	indexd socket "$dir/indexd.sock"
	listen on 127.0.0.1 port $port
	auth file "$dir/passwd"
	maildir "$mail"
END
echo "demo:{PLAIN}demo:$uid:$gid::$dir:/nonexistent" >"$dir/passwd"
echo '1 login' >"$dir/probe"
[ -z "$user" ] || chown -R "$uid:$gid" "$dir"

daemon indexd
indexd=$(cat "$dir/indexd.pid")
await indexd "$indexd" test -S "$dir/indexd.sock"
daemon imapd
imapd=$(cat "$dir/imapd.pid")
await imapd "$imapd" dlg "127.0.0.1:$port" "$dir/probe"

cat <<END

Highwater serves ${maildir:-a sample mailbox} on 127.0.0.1 port $port${user:+ as the user $user}.
User demo, password demo.  Try:

    curl -u demo:demo 'imap://127.0.0.1:$port/INBOX;MAILINDEX=1'
    mutt -e 'set ssl_force_tls=no ssl_starttls=no imap_condstore' \\
        -f imap://demo:demo@127.0.0.1:$port/INBOX

The mail is in $mail.
The daemons log to $dir/imapd.log and indexd.log; to ask indexd:

    $dir/indexctl -s $dir/indexd.sock show

Ctrl-C stops both${maildir:+; the mail stays}.
END
while ! gone "$imapd" && ! gone "$indexd"; do
	sleep 1 &
	wait $!
done
tail -n 20 "$dir/imapd.log" "$dir/indexd.log" >&2
die "a daemon has ended"
