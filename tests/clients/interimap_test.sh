# interimap keeps the mailboxes of two servers the same, by QRESYNC: one is
# in left, the other in right, each with an imapd and an indexd of its own.

SIDES="left right"

# two_start: starts both, with what mail is there, and configures interimap.
two_start()
{
	local side

	for side in $SIDES; do
		cd $side || atf_fail "no $side"
		server_start
		cd ..
	done
	umask 077
	cat >dump.py <<-'END'
		# Prints the mail of a server: mailbox, subject, flags, digest.
		import hashlib, imaplib, re, sys
		m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		m.login("demo", "demo")
		for line in m.list()[1]:
		    box = line.decode().split(' "." ')[1]
		    if m.select(box, readonly=True)[1] == [b"0"]:
		        continue
		    for part in m.fetch("1:*", "(FLAGS BODY.PEEK[])")[1]:
		        if not isinstance(part, tuple):
		            continue
		        text = part[1].decode()
		        flags = re.search(r"FLAGS \((.*?)\)", part[0].decode())
		        print(box, re.search("(?m)^Subject: (.*?)\r", text)[1],
		            *sorted(set(flags[1].split()) - {"\\Recent"}),
		            hashlib.sha1(part[1]).hexdigest()[:8])
		m.logout()
	END
	interimap_config
}

interimap_config()
{
	local side

	echo "database = $PWD/state.db" >interimap.conf
	for side in $SIDES; do
		cat >>interimap.conf <<-END
			[$(echo $side | sed 's/left/local/;s/right/remote/')]
			type = imap
			host = 127.0.0.1
			port = $(cat $side/imapd.port)
			STARTTLS = NO
			username = demo
			password = demo
		END
	done
}

two_stop()
{
	local side

	for side in $SIDES; do
		cd $side || atf_fail "no $side"
		server_stop
		cd ..
	done
}

two_cleanup()
{
	local side

	for side in $SIDES; do
		[ -d $side ] || continue
		cd $side || return
		server_cleanup
		cd ..
	done
}

two_logs()
{
	local side

	for side in $SIDES; do
		echo "--- $side" >&2
		cd $side && server_logs
		cd ..
	done
}

# at side command ...: there.
at()
{
	local status

	cd "$1" || atf_fail "no $1"
	shift
	"$@"
	status=$?
	cd ..
	return $status
}

dump()
{
	python3 dump.py "$(cat "$1/imapd.port")" | sort
}

# interimap_run [options]: to the end, without an error.
interimap_run()
{
	if ! timeout 120 interimap --config="$PWD/interimap.conf" "$@" \
	    >interimap.out 2>&1; then
		tail -n 40 interimap.out >&2
		two_logs
		atf_fail "interimap failed"
	fi
}

# highest side: the numbers of each mailbox there, a line for each.
highest()
{
	python3 - "$(cat "$1/imapd.port")" <<-'END'
		import imaplib, sys
		m = imaplib.IMAP4("127.0.0.1", int(sys.argv[1]))
		m.login("demo", "demo")
		for line in m.list()[1]:
		    box = line.decode().split(' "." ')[1]
		    print(m.status(box, "(UIDVALIDITY UIDNEXT HIGHESTMODSEQ)")[1][0]
		        .decode())
		m.logout()
	END
}

# Both hold the same, and interimap finds nothing to do, nor to repair.
same()
{
	local side

	dump left >left.dump
	dump right >right.dump
	if ! cmp -s left.dump right.dump; then
		diff left.dump right.dump | head -n 40 >&2
		two_logs
		atf_fail "the sides differ"
	fi
	# A run after changes reads its own; then nothing moves.
	interimap_run
	for side in $SIDES; do
		highest $side >$side.highest
		atf_check -o not-empty grep 'INBOX .*HIGHESTMODSEQ [1-9]' \
		    $side.highest
	done
	interimap_run
	interimap_run --quiet --repair
	atf_check cat interimap.out
	for side in $SIDES; do
		highest $side >$side.after
		atf_check cmp $side.highest $side.after
	done
}

# deliver_big first last prefix: messages of 15 KB with these numbers in their
# subjects, into new/ at once.
deliver_big()
{
	python3 - "$@" <<-'END'
		import os, sys, time
		first, last, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
		for n in range(first, last + 1):
		    name = "%d.M%dP%d.big" % (time.time(), n, os.getpid())
		    with open("Maildir/tmp/" + name, "w") as f:
		        f.write("From: ada@example.org\nSubject: %s%d\n\n" %
		            (prefix, n) + ("x" * 70 + "\n") * 210)
		    os.rename("Maildir/tmp/" + name, "Maildir/new/" + name)
	END
}

# subjects side: how many messages, how many subjects.
subjects()
{
	echo "$(wc -l <"$1.dump")" "$(cut -d ' ' -f 1-2 "$1.dump" |
	    sort -u | wc -l)" | tr -s ' '
}

atf_test_case both_ways cleanup
both_ways_head()
{
	atf_set descr "interimap copies flags, expunges, names, both ways"
	atf_set require.user unprivileged
	atf_set require.progs "interimap python3 curl"
	atf_set timeout 300
}
both_ways_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mkdir left right
	maildir_make left/Maildir
	maildir_make left/Maildir/.Archive
	maildir_make left/Maildir/.Archive.2025
	maildir_make right/Maildir
	at left deliver_some 100
	at left deliver_some 10 Maildir/.Archive
	echo 200 >right/delivered
	message right | at right deliver
	two_start
	interimap_run
	atf_check_equal 101 "$(dump left | grep -c ^INBOX)"
	atf_check_equal 10 "$(dump right | grep -c ^Archive)"
	same
	# Each side changes; message 50 on both.
	cat >left.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b UID STORE 1:10 +FLAGS.SILENT (\Seen $$work)
		1 << b OK ...
		1 > c UID STORE 50 +FLAGS.SILENT (\Answered)
		1 << c OK ...
		1 > d UID STORE 60:69 +FLAGS.SILENT (\Deleted)
		1 << d OK ...
		1 > e UID EXPUNGE 60:69
		1 << e OK ...
		1 > f COPY 1:3 Archive
		1 << f OK ...
		1 > g SUBSCRIBE Archive
		1 << g OK ...
		1 > h CREATE Left
		1 << h OK ...
		1 > i UID MOVE 20:24 Left
		1 << i OK ...
	END
	cat >right.dlg <<-'END'
		1 login
		1 > a SELECT Archive
		1 << a OK ...
		1 > b STORE 1:5 +FLAGS.SILENT (\Deleted)
		1 << b OK ...
		1 > c CLOSE
		1 << c OK ...
		1 > d SELECT INBOX
		1 << d OK ...
		1 > e SEARCH SUBJECT "50"
		1 < * SEARCH $fifty
		1 << e OK ...
		1 > f STORE $fifty +FLAGS.SILENT (\Flagged)
		1 << f OK ...
		1 > g SEARCH SUBJECT "90"
		1 < * SEARCH $ninety
		1 << g OK ...
		1 > h STORE $ninety FLAGS.SILENT (\Draft)
		1 << h OK ...
	END
	at left dlg "$(cat left/imapd.port | sed 's/^/127.0.0.1:/')" ../left.dlg
	at right dlg "$(cat right/imapd.port | sed 's/^/127.0.0.1:/')" \
	    ../right.dlg
	message later | at left deliver
	message 'other later' | at right deliver
	interimap_run
	same
	atf_check_equal 88 "$(grep -c '^INBOX' left.dump)"
	atf_check_equal 8 "$(grep -c '^Archive' left.dump)"
	atf_check_equal 5 "$(grep -c '^Left' right.dump)"
	atf_check_equal 10 "$(grep -c '^INBOX.*\$work \\Seen' right.dump)"
	atf_check -o match:'\\Answered \\Flagged' grep '^INBOX 50 ' right.dump
	atf_check -o match:'\\Draft' grep '^INBOX 90 ' left.dump
	atf_check -o ignore grep '^Archive$' right/Maildir/subscriptions
	# Names: by interimap, on both sides and in its state.
	interimap_run --rename Archive Kept
	atf_check_equal 8 "$(dump left | grep -c '^Kept')"
	same
	atf_check_equal 8 "$(dump right | grep -c '^Kept')"
	atf_check test -d right/Maildir/.Kept.2025
	interimap_run --delete Left
	same
	atf_check_equal 0 "$(dump right | grep -c '^Left')"
	# One side is compressed, as it comes (RFC 4978).
	atf_check -o not-empty grep 'session: end .* ratio=' right/imapd.log
	two_stop
}
both_ways_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	two_cleanup
}

atf_test_case increments cleanup
increments_head()
{
	atf_set descr "interimap asks for what changed, and for nothing more"
	atf_set require.user unprivileged
	atf_set require.progs "interimap python3 curl"
	atf_set timeout 120
}
increments_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	mkdir left right
	maildir_make left/Maildir
	maildir_make right/Maildir
	maildir_make left/Maildir/.Archive
	at left deliver_big 1 200 ''
	two_start
	interimap_run
	same
	# Nothing changed: no mailbox is opened.
	interimap_run --debug
	atf_check_equal "AUTHENTICATE ENABLE LIST " "$(sed -n \
	    's/.*local.*C: [x0-9]* \([A-Z]*\).*/\1/p' interimap.out |
	    tr '\n' ' ')"
	# Two of 200 changed: these alone are told, then two STOREs.
	cat >left.dlg <<-'END'
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b UID STORE 7 +FLAGS.SILENT (\Flagged)
		1 << b OK ...
		1 > c UID STORE 8 +FLAGS.SILENT (\Deleted)
		1 << c OK ...
		1 > d UID EXPUNGE 8
		1 << d OK ...
	END
	at left dlg "127.0.0.1:$(cat left/imapd.port)" ../left.dlg
	interimap_run --debug
	atf_check_equal "AUTHENTICATE ENABLE LIST SELECT " "$(sed -n \
	    's/.*local.*C: [x0-9]* \([A-Z]*\).*/\1/p' interimap.out |
	    tr '\n' ' ')"
	atf_check -o match:'SELECT INBOX \(QRESYNC \(' \
	    grep 'local.*C: .*SELECT' interimap.out
	atf_check -o match:'VANISHED \(EARLIER\) 8$' \
	    grep 'local.*S: .*VANISHED' interimap.out
	atf_check -o match:' 7 FETCH .*\\Flagged' \
	    grep 'local.*S: .*FETCH' interimap.out
	atf_check_equal 1 "$(grep -c 'local.*S: .*FETCH' interimap.out)"
	atf_check -o ignore grep 'remote.*S: \* VANISHED 8$' interimap.out
	same
	two_stop
}
increments_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	two_cleanup
}

# Deliveries on both sides.
more()
{
	at left deliver_big 1 3 "left.$1."
	at right deliver_big 1 3 "right.$1."
}

# Flags on both sides, of messages that both have.
flags()
{
	local n

	n=$1
	cat >flags.dlg <<-END
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b STORE $((n * 3 + 1)):$((n * 3 + 3)) +FLAGS.SILENT (\\Flagged)
		1 << b OK ...
	END
	at left dlg "127.0.0.1:$(cat left/imapd.port)" ../flags.dlg
	sed 's/Flagged/Answered/' flags.dlg >answered.dlg
	at right dlg "127.0.0.1:$(cat right/imapd.port)" ../answered.dlg
}

# kill_session side: the one that logged in last, if it is still there.
kill_session()
{
	local pid

	pid=$(sed -n 's/^imapd\[\([0-9]*\)\]: .*session: start .*/\1/p' \
	    "$1/imapd.log" | tail -n 1)
	[ -z "$pid" ] || grep -q "^imapd\[$pid\]: .*session: end" \
	    "$1/imapd.log" || kill -KILL "$pid"
}

# cut_after n session pid: after n lines kills a session, or the process.
cut_after()
{
	local n

	n=0
	while read -r REPLY; do
		n=$((n + 1))
		if [ $n -ne "$1" ]; then
			:
		elif [ "$2" -eq 1 ]; then
			kill_session right
		else
			kill -KILL "$3"
		fi
	done
}

# cut_off lines n: a run; of these, one has its session killed, one is.
cut_off()
{
	local pid

	interimap --config="$PWD/interimap.conf" --debug >fifo 2>&1 &
	pid=$!
	cut_after "$1" $(($2 % 2)) $pid <fifo
	wait $pid || cut=$((cut + 1))
}

atf_test_case killed cleanup
killed_head()
{
	atf_set descr "interimap goes on after it, or a session, was killed"
	atf_set require.user unprivileged
	atf_set require.progs "interimap python3 curl"
	atf_set timeout 300
}
killed_body()
{
	local i n

	. "$(atf_get_srcdir)/../common.subr"
	mkdir left right
	maildir_make left/Maildir
	maildir_make right/Maildir
	at left deliver_big 1 200 ''
	two_start
	# After so many lines of its log; each is a command, or an answer.
	mkfifo fifo
	cut=0
	n=0
	for i in 8 20 60 200 350 430 50 500; do
		n=$((n + 1))
		more $n
		cut_off $i $n
	done
	interimap_run
	# Flags that change while a run is cut off interimap does not see: as
	# it goes on with it, it takes the HIGHESTMODSEQ of that moment.  So
	# they change before.
	for i in 30 33 36 40 44 48 55 62 75 90; do
		n=$((n + 1))
		flags $n
		more $n
		cut_off $i $n
		interimap_run
	done
	same
	# What was under way when it was killed may be there twice (its
	# manual, --repair); nothing is missing.
	subjects left >counts
	echo "$cut runs cut off; messages, and different ones: $(cat counts)"
	atf_check -o match:' 308$' cat counts
	atf_check test $cut -gt 0
	two_stop
}
killed_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	two_cleanup
}

atf_test_case restarts cleanup
restarts_head()
{
	atf_set descr "interimap does not notice that indexd is killed"
	atf_set require.user unprivileged
	atf_set require.progs "interimap python3 curl"
	atf_set timeout 300
}
restarts_body()
{
	local i n pid

	. "$(atf_get_srcdir)/../common.subr"
	mkdir left right
	maildir_make left/Maildir
	maildir_make right/Maildir
	at left deliver_big 1 100 ''
	two_start
	n=0
	for i in left right left right left right; do
		n=$((n + 1))
		interimap --config="$PWD/interimap.conf" \
		    >interimap.out 2>&1 &
		pid=$!
		sleep 0.$((n * 7 + 10))
		at $i daemon_kill indexd KILL
		at $i indexd_start
		if ! wait $pid; then
			cat interimap.out >&2
			two_logs
			atf_fail "interimap failed"
		fi
		flags $n
		more $n
	done
	interimap_run
	same
	# Each message once.
	atf_check_equal "136 136" "$(subjects left)"
	two_stop
}
restarts_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	two_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case both_ways
	atf_add_test_case increments
	atf_add_test_case killed
	atf_add_test_case restarts
}
