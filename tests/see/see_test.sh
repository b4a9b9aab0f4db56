# What an administrator sees of the daemons while they run.

# see_start: starts both; ./ctl is indexctl for them.
see_start()
{
	server_start
	cat >ctl <<-END
		#!/bin/sh
		exec "$(top)/indexd/indexctl" -s "$(cat sockdir)/indexd.sock" "\$@"
	END
	chmod +x ctl
}

# idler: a client that waits in IDLE, until it is told BYE.
idler_start()
{
	cat >idler.py <<-'END'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.settimeout(60)
		f = s.makefile("rwb")
		def ask(line, until):
		    f.write(line + b"\r\n")
		    f.flush()
		    while True:
		        got = f.readline()
		        assert got, "the end"
		        if got.startswith(until):
		            return
		ask(b"a LOGIN demo demo", b"a OK")
		ask(b"b SELECT INBOX", b"b OK")
		ask(b"c IDLE", b"+ ")
		open("idles", "w").close()
		for line in f:
		    if line.startswith(b"* BYE"):
		        open("bye", "wb").write(line)
	END
	rm -f idles bye
	timeout 100 python3 idler.py "$(server_port)" &
	echo $! >idler.pid
	wait_for "somebody idles" test -e idles
}

atf_test_case marks cleanup
marks_head()
{
	atf_set descr "one mark finds all lines of a connection, in both logs"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
marks_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	INDEXD_CONF="limit mailboxes 2"
	see_start
	cat >talk.dlg <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 << a NO ...
		1 > b LOGIN demo demo
		1 << b OK ...
		1 > c SELECT INBOX
		1 << c OK ...
		1 > d CREATE more
		1 << d OK ...
		1 > e SELECT more
		1 << e OK ...
		1 > f CREATE most
		1 << f NO [LIMIT] ...
		1 > g SELECT most
		1 << g NO ...
		1 > h LOGOUT
		1 << h OK ...
		END
	dlg "$(server_addr)" talk.dlg
	wait_for "the end" grep -q 'session: end' imapd.log
	mark=$(sed -n 's/^imapd\[[0-9]*\]: \([0-9a-f]\{8\}\) demo: session: end .*/\1/p' \
	    imapd.log)
	atf_check_equal 8 "$(printf %s "$mark" | wc -c | tr -d ' ')"
	grep "^imapd\[[0-9]*\]: $mark[ :]" imapd.log |
	    sed 's/^imapd[^:]*: //; s/^[0-9a-f]*/M/;
		s/=[0-9][0-9]*\( \|$\)/=N\1/g' >lines
	cat lines
	atf_check grep -q '^M: supervisor: connect address=127.0.0.1$' lines
	atf_check grep -q \
	    '^M: supervisor: login failed address=127.0.0.1 reason=.*user=demo$' \
	    lines
	atf_check grep -q '^M demo: supervisor: login address=127.0.0.1 .*user=demo$' \
	    lines
	atf_check grep -q '^M demo: session: start address=127.0.0.1 .*user=demo$' \
	    lines
	atf_check grep -q '^M demo: session: end address=127.0.0.1 commands=N in=N out=N fetched=N appended=N expunged=N seconds=N user=demo$' \
	    lines
	atf_check -o match:"limit mailboxes reached" \
	    grep "^indexd\[[0-9]*\]: $mark demo: " indexd.log
	server_stop
}
marks_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# alike file ...: the lines of both daemons that a log has, or a manual page
# shows, with what differs each time as a letter.
alike()
{
	sed -n '/^\(\.Dl \)\{0,1\}\(imapd\|indexd\)\[[0-9]*\]: [0-9a-f]\{8\}[ :]/{
		s/^\.Dl //
		s/^\([a-z]*\)\[[0-9]*\]: [0-9a-f]*/\1: M/
		s/^\([a-z]*: M\) [a-z]*: /\1 U: /
		s/user=[a-z]*/user=U/
		s/=[0-9][0-9.]*/=N/g
		s/root=[^ ]*/root=P/
		p
	}' "$@" | sort -u
}

atf_test_case manual cleanup
manual_head()
{
	atf_set descr "the lines of the log that the manual shows are those there are"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
manual_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	INDEXD_CONF="limit mailboxes 2"
	see_start
	cat >talk.py <<-END
		import os, sys
		sys.path.insert(0, "$(atf_get_srcdir)/../compress")
		import packed
		c = packed.Client()
		c.until("* OK")
		c.ask("a LOGIN demo wrong", "NO")
		c.ask("b LOGIN demo demo")
		c.ask("c COMPRESS DEFLATE")
		c.start()
		c.ask("d SELECT INBOX")
		c.ask("e CREATE more")
		c.ask("f SELECT more")
		[os.makedirs("Maildir/.most/" + d) for d in ("cur", "new", "tmp")]
		c.ask("h SELECT most", "NO")
		c.ask("i LOGOUT")
	END
	if ! timeout 100 python3 talk.py "$(server_port)"; then
		server_logs
		atf_fail "talk"
	fi
	wait_for "the end" grep -q 'session: end' imapd.log
	alike imapd.log indexd.log >there
	alike "$(top)/man/imapd.8" "$(top)/man/indexd.8" >shown
	atf_check_equal 7 "$(wc -l <shown | tr -d ' ')"
	atf_check comm -23 shown there
	server_stop
}
manual_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

# shown first last: the lines of indexctl(8) from one to the other.
shown()
{
	sed -n "/$1/,/$2/p" "$(top)/man/indexctl.8" | sed 's/\\e/\\/g'
}

atf_test_case served cleanup
served_head()
{
	atf_set descr "what indexctl(8) shows for Prometheus serves it"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
served_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	see_start
	mkdir bin
	mv ctl bin/indexctl
	PATH=$PWD/bin:$PATH
	shown '^#!\/bin\/sh' '^exec indexctl' >script
	atf_check_equal 4 "$(wc -l <script | tr -d ' ')"
	printf 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n' >get
	atf_check -o save:answer sh script <get
	atf_check -o inline:'HTTP/1.0 200 OK\r\n' head -n 1 answer
	sed '1,/^.$/d' answer >metrics
	atf_check -o match:sessions_connected \
	    python3 "$(atf_get_srcdir)/prometheus.py" metrics
	shown '^\* \* \* \* \*' '^\* \* \* \* \*' | head -n 1 |
	    sed "s/^[* ]*//; s,d=[^;]*,d=$PWD," >cron
	atf_check sh cron
	atf_check -o match:sessions_connected \
	    python3 "$(atf_get_srcdir)/prometheus.py" highwater.prom
	# Every example of a command works.
	idler_start
	sed -n 's/^\.Dl \$ \(indexctl .*\)/\1/p' "$(top)/man/indexctl.8" |
	    sed 's/ ada/ demo/; s,/home/u/Maildir/.Archive,INBOX,' >examples
	sort -o examples examples
	grep -v revoke examples >asked
	grep revoke examples >>asked
	atf_check_equal 6 "$(wc -l <asked | tr -d ' ')"
	while read -r line; do
		echo "$line"
		atf_check -o not-empty sh -c "$line"
	done <asked
	server_stop
}
served_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

deliver_dirs()
{
	maildir_make Maildir
	deliver_some 3
}

atf_test_case sessions cleanup
sessions_head()
{
	atf_set descr "indexctl sessions and show tell who is served, revoke ends them"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
sessions_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	see_start
	atf_check ./ctl sessions
	atf_check -s exit:1 -o match:'no session of that user' \
	    ./ctl revoke demo
	idler_start
	mark=$(sed -n 's/.*: \([0-9a-f]*\) demo: session: start .*/\1/p' \
	    imapd.log)
	atf_check -o match:"session $mark id=[0-9a-f]{32} uid=$(id -u) pid=[1-9][0-9]* state=connected .*armed=true.* user=demo address=127.0.0.1 mailbox=INBOX" \
	    ./ctl sessions
	atf_check -o match:"user=demo" ./ctl sessions demo
	atf_check -o match:"user=demo" ./ctl sessions "$(id -u)"
	atf_check ./ctl sessions nobody-else
	atf_check -o match:"session $mark .*user=demo address=127.0.0.1" \
	    ./ctl show INBOX
	atf_check -o save:json ./ctl -j sessions
	atf_check -o inline:'demo 127.0.0.1 INBOX connected\n' python3 -c '
import json
s = json.loads(open("json").read())
print(s["user"], s["address"], s["mailbox"], s["state"])'
	atf_check -o match:"session $mark" \
	    -o match:'^revoked connected=1 away=0 user=demo' \
	    ./ctl revoke demo
	wait_for BYE test -s bye
	atf_check -o match:'^\* BYE \[UNAVAILABLE\] ' cat bye
	atf_check -o match:'control: revoked connected=1 away=0 user=demo' \
	    cat indexd.log
	# Its token is of no more use, and that is said but once.
	atf_check_equal 1 "$(grep -c 'refused.*no such session' indexd.log)"
	atf_check ./ctl sessions
	# One that is away while indexd is not there.
	idler_start
	daemon_kill indexd KILL
	kill -STOP "$(sed -n \
	    's/^imapd\[\([0-9]*\)\]: .* session: start .*/\1/p' imapd.log |
	    tail -n 1)"
	indexd_start
	atf_check -o match:'state=away .*user=demo' ./ctl sessions
	atf_check -o match:'^revoked connected=0 away=1 user=demo' \
	    ./ctl revoke demo
	kill -CONT "$(sed -n \
	    's/^imapd\[\([0-9]*\)\]: .* session: start .*/\1/p' imapd.log |
	    tail -n 1)"
	wait_for BYE test -s bye
	server_stop
}
sessions_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case top cleanup
top_head()
{
	atf_set descr "indexctl top, in rounds and in a terminal"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
top_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	see_start
	idler_start
	atf_check -o save:rounds ./ctl top -b -d 1 -n 2
	cat rounds
	atf_check_equal 2 "$(grep -c '^indexd up .* sessions 1 ' rounds)"
	atf_check_equal 2 "$(grep -c '^commits .*/s  p50 .* p99 ' rounds)"
	atf_check_equal 2 "$(grep -c '^requests [0-9.]*/s.* control [0-9.]*[1-9]' rounds)"
	atf_check_equal 2 "$(grep -c ' idle  demo  *127.0.0.1  *INBOX$' rounds)"
	atf_check_equal 2 "$(grep -c "/Maildir/INBOX\$" rounds)"
	atf_check -s exit:1 grep -q '[[:cntrl:]]' rounds
	for key in rate idle user address mailbox; do
		atf_check -o match:demo ./ctl top -b -d 1 -o $key
	done
	atf_check -s exit:2 -e match:usage ./ctl top -o other
	atf_check -s exit:2 -e match:'-d 0: too small' ./ctl top -d 0
	atf_check -s exit:2 -e match:'no terminal' ./ctl top </dev/null
	atf_check timeout 100 python3 "$(atf_get_srcdir)/terminal.py" \
	    "$(top)/indexd/indexctl" -s "$(cat sockdir)/indexd.sock" top -d 1
	server_stop
	atf_check -s exit:2 -e match:'no indexd there' ./ctl top -b
}
top_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case prometheus cleanup
prometheus_head()
{
	atf_set descr "indexctl stats -p is what Prometheus reads"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
prometheus_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	deliver_dirs
	see_start
	cat >talk.dlg <<-'END'
		1 login
		1 > c SELECT INBOX
		1 << c OK ...
		1 > d STORE 1 +FLAGS (\Seen)
		1 << d OK ...
		1 > e LOGOUT
		1 << e OK ...
	END
	./ctl stats -p >first || atf_fail "stats -p"
	atf_check -o save:before python3 "$(atf_get_srcdir)/prometheus.py" first
	dlg "$(server_addr)" talk.dlg
	./ctl stats -p >second || atf_fail "stats -p"
	atf_check -o save:after python3 "$(atf_get_srcdir)/prometheus.py" second
	atf_check -o inline:'highwater_indexd_requests_total{type="store"} 0\n' \
	    grep '"store"' before
	atf_check -o inline:'highwater_indexd_requests_total{type="store"} 1\n' \
	    grep '"store"' after
	# What counts never goes down.
	atf_check python3 -c '
def read(name):
    return dict(l.rsplit(" ", 1) for l in open(name).read().splitlines())
a, b = read("before"), read("after")
assert a.keys() == b.keys()
for k in a:
    if "_total" in k or "_bucket" in k or "_count" in k or "_sum" in k:
        assert float(a[k]) <= float(b[k]), k
assert float(b["highwater_indexd_commit_duration_seconds_count"]) > 0'
	atf_check -s exit:1 -o match:error ./ctl stats -x
	atf_check -o match:'^commit-us p50=[0-9]+ p99=[1-9]' \
	    -o match:'^request-store 1$' ./ctl stats
	atf_check -o save:json ./ctl -j stats
	atf_check python3 -c '
import json
s = json.loads(open("json").read())
assert s["kinds"]["store"] == 1 and s["commit_us_p99"] > 0, s'
	server_stop
}
prometheus_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case marks
	atf_add_test_case manual
	atf_add_test_case served
	atf_add_test_case sessions
	atf_add_test_case top
	atf_add_test_case prometheus
}
