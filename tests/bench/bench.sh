#!/bin/sh
#
# bench.sh [options of bench]: measures Highwater, and beside it Dovecot if
# it is installed, each with mailboxes of its own on the same file system, on
# 127.0.0.1, as an unprivileged user.  TMPDIR says where; a directory in memory
# makes durable writes free, and the figures wrong.
#
# BENCH_SIZES are the sizes of mailbox by which the cost of changes, and what
# is asked of messages, are shown, messages with commas between.  A mailbox of
# a million takes minutes to make, so that none is made unless asked for;
# Dovecot has none of more than BENCH_MOST.  BENCH_MAILBOXES is how many small
# mailboxes are made.
#
# The table stays in build/bench/table.  Recording it is to copy that to
# tests/bench/results: what is worse in a later run is then pointed out.

set -u
umask 077

top=$PWD
dir=$(mktemp -d "${TMPDIR:-/tmp}/highwater-bench.XXXXXX") || exit 1

finish()
{
	local pid

	cd "$top" || exit 1
	trap '' HUP INT TERM
	: >"$dir/stop"
	for pid in $(cat "$dir"/*.pid 2>/dev/null); do
		kill -TERM "$pid" 2>/dev/null
	done
	wait
	rm -rf "$dir"
}

die()
{
	echo "bench: $*" >&2
	[ -z "${2:-}" ] || tail -n 20 "$dir/$2" >&2
	exit 1
}

# start name command: runs the command line as $user, again whenever it ends;
# its process id is in $dir/name.pid.
start()
{
	set -- "$1" "cd '$dir'; until [ -e stop ]; do
	    sh -c 'echo \$\$ >$1.pid; exec $2' >>$1.log 2>&1; done"
	if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null 2>&1; then
		setpriv --reuid "$uid" --regid "$gid" --clear-groups \
		    sh -c "$2" </dev/null &
	elif [ "$(id -u)" -eq 0 ]; then
		su -m $user -c "$2" </dev/null &
	else
		sh -c "$2" </dev/null &
	fi
	until [ -s "$dir/$1.pid" ]; do
		sleep 0.1
	done
}

# answers what command ...
answers()
{
	local what n

	what=$1
	shift
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		if [ $n -gt 100 ]; then
			tail -n 20 "$dir/$what.log" >&2
			die "$what does not answer"
		fi
		sleep 0.1
	done
}

trap finish EXIT
trap 'exit 1' HUP INT TERM
user=$(id -un)
[ "$(id -u)" -ne 0 ] || user=nobody
uid=$(id -u $user)
gid=$(id -g $user)
group=$(id -gn $user)
dlg=$top/tests/imapdlg/imapdlg
cp imapd/imapd indexd/indexd "$dir" || exit 1
mkdir "$dir/highwater" "$dir/dovecot" "$dir/db"
sizes=${BENCH_SIZES:-1000,10000,100000}
most=${BENCH_MOST:-100000}
tests/bench/bench -m "$dir/highwater/Maildir" -s "$sizes" || exit 1
echo '1 login' >"$dir/probe"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$dir/key.pem" -out "$dir/cert.pem" -days 2 -subj /CN=localhost \
    2>"$dir/openssl.log" || die 'no certificate' openssl.log
port=$($dlg -P)
tls=$($dlg -P)
cat >"$dir/indexd.conf" <<-END
	socket "$dir/indexd.sock"
	directory "$dir/db"
	commit always
	limit connections 16384
	limit open-mailboxes 65536
	limit mailboxes 65536
END
cat >"$dir/imapd.conf" <<-END
	indexd socket "$dir/indexd.sock"
	listen on 127.0.0.1 port $port
	listen on 127.0.0.1 port $tls tls
	tls certificate "$dir/cert.pem" key "$dir/key.pem"
	auth file "$dir/passwd"
	maildir "%h/Maildir"
	limit connections 16384
	limit per-user 16384
	limit per-address 16384
	limit unauthenticated 4096
END
echo "demo:{PLAIN}demo:$uid:$gid::$dir/highwater:/nonexistent" >"$dir/passwd"
[ "$(id -u)" -ne 0 ] || chown -R "$uid:$gid" "$dir"
start indexd './indexd -d -f indexd.conf'
answers indexd test -S "$dir/indexd.sock"
start imapd './imapd -d -f imapd.conf'
answers imapd "$dlg" "127.0.0.1:$port" "$dir/probe"
set -- -s "$sizes" -x "$most" -n "${BENCH_MAILBOXES:-1000}" "$@" \
    "Highwater,$port,$tls,$dir/highwater/Maildir,$dir/imapd.pid,$dir/indexd.pid"

dovecot=$(PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/pkg/sbin \
    command -v dovecot)
if [ -z "$dovecot" ]; then
	echo 'There is no Dovecot here to compare with; skipped.'
	tests/bench/bench "$@"
	exit $?
fi
tests/bench/bench -m "$dir/dovecot/Maildir" -s "$sizes" -x "$most" || exit 1
[ "$(id -u)" -ne 0 ] || chown -R "$uid:$gid" "$dir/dovecot"
port=$($dlg -P)
tls=$($dlg -P)
cat >"$dir/dovecot.conf" <<-END
	base_dir = $dir/dovecot/run
	state_dir = $dir/dovecot/state
	log_path = $dir/dovecot.log
	protocols = imap
	listen = 127.0.0.1
	ssl = yes
	ssl_cert = <$dir/cert.pem
	ssl_key = <$dir/key.pem
	default_process_limit = 4096
	default_client_limit = 16384
	disable_plaintext_auth = no
	default_internal_user = $user
	default_internal_group = $group
	default_login_user = $user
	first_valid_uid = 1
	mail_location = maildir:~/Maildir
	mail_max_userip_connections = 4096
	passdb {
	  driver = static
	  args = password=demo
	}
	userdb {
	  driver = static
	  args = uid=$uid gid=$gid home=$dir/dovecot
	}
	service imap-login {
	  chroot =
	  inet_listener imap {
	    port = $port
	  }
	  inet_listener imaps {
	    port = $tls
	    ssl = yes
	  }
	}
	service imap {
	  process_limit = 4096
	}
	service anvil {
	  chroot =
	  client_limit = 16384
	}
END
[ "$(id -u)" -ne 0 ] || chown "$uid:$gid" "$dir/dovecot.conf"
start dovecot "$dovecot -F -c $dir/dovecot.conf"
answers dovecot "$dlg" "127.0.0.1:$port" "$dir/probe"
mkdir -p "$top/build/bench" || exit 1
{
	"$dovecot" --version | sed 's/^/Beside Dovecot /'
	tests/bench/bench "$@" \
	    "Dovecot,$port,$tls,$dir/dovecot/Maildir,$dir/dovecot.pid"
	echo $? >"$dir/status"
} | tee "$top/build/bench/table"
status=$(cat "$dir/status")
if [ "$status" -eq 0 ] && [ -f tests/bench/results ]; then
	awk -f tests/bench/compare.awk tests/bench/results build/bench/table
fi
exit "$status"
