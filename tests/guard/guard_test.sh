# What some operations cost in instructions, which repeat where times do not:
# an operation that should cost what has changed does not grow with the
# mailbox, and a listing costs so much for each message and no more.  The
# bounds are about twice what was counted on amd64.

SMALL=1000
LARGE=20000
COUNTED="valgrind --tool=callgrind --vgdb=no"

# messages n: fills the Maildir.
messages()
{
	rm -rf Maildir db delivered
	maildir_make Maildir
	python3 "$(atf_get_srcdir)/fill.py" Maildir/cur "$1" ||
	    atf_fail "no messages"
}

# indexd [command ...]: starts the one that is not confined, by way of the
# command.
free_indexd()
{
	cat indexd.log >>indexd.log.old 2>/dev/null
	"$@" "$(top)/tests/guard/indexd" -d -f indexd.conf </dev/null \
	    >indexd.log 2>&1 &
	echo $! >indexd.pid
	wait_for "indexd answers" indexd_answers
}

# session command ...: the dialogue of standard input with a session that was
# started by way of the command.
session()
{
	cat >session.dlg
	"$(top)/tests/imapdlg/imapdlg" -v -t 60000 "!exec $* \
	    $(top)/tests/guard/imapd -di -f imapd.conf 2>>session.log" \
	    session.dlg >session.out 2>&1 || shows session.out
}

# prepared n: a mailbox of n messages that indexd knows; of ten of them flags
# were changed after $since.
prepared()
{
	messages "$1"
	server_config
	free_indexd
	session <<-END
		1 login
		1 > a ENABLE QRESYNC
		1 << a OK ...
		1 > b SELECT INBOX
		1 << b OK ...
		1 > c STORE 501:510 +FLAGS.SILENT (\Flagged)
		1 << c OK ...
		1 > d LOGOUT
		1 << d OK ...
	END
	since=$(sed -n 's/.*HIGHESTMODSEQ \([0-9]*\)].*/\1/p' session.out)
	uidvalidity=$(sed -n 's/.*UIDVALIDITY \([0-9]*\)].*/\1/p' session.out)
}

# instructions: those that the last programs counted, by all processes.
instructions()
{
	awk '/^totals:/ { n += $2 } END { print n + 0 }' count.*
	mkdir -p counted
	mv count.* counted
}

# counted function line ...: instructions that a session spent in that
# function, for the lines between SELECT and LOGOUT.
counted()
{
	local function

	function=$1
	shift
	{
		echo '1 login'
		echo '1 > a ENABLE QRESYNC'
		echo '1 << a OK ...'
		echo '1 > b SELECT INBOX'
		echo '1 << b OK ...'
		for line; do
			echo "1 > x $line"
			echo '1 << x OK ...'
		done
		echo '1 > d LOGOUT'
		echo '1 << d OK ...'
	} | session $COUNTED --toggle-collect="$function" \
	    --callgrind-out-file="$PWD/count.%p" || exit 1
	count=$(instructions)
	[ "$count" -gt 0 ] || atf_fail "nothing was counted"
}

# at_most what count bound
at_most()
{
	echo "$1: $2 instructions, at most $3"
	[ "$2" -le "$3" ] || atf_fail "$1: $2 instructions, more than $3"
}

# flat what small large: both sizes cost the same, but for the depth of trees.
flat()
{
	echo "$1: $2 instructions of $SMALL messages, $3 of $LARGE"
	[ $(($3 * 2)) -le $(($2 * 3)) ] ||
	    atf_fail "$1 grows with the mailbox: $2 instructions, then $3"
}

guard_case()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
			atf_set require.progs 'valgrind python3'
		}
		$1_body()
		{
			not_sanitized
			$1_guard
		}
		$1_cleanup()
		{
			server_cleanup
		}"
	atf_add_test_case "$1"
}

changedsince_guard()
{
	local n small

	for n in $SMALL $LARGE; do
		prepared $n
		counted cmd_fetch \
		    "UID FETCH 1:* (FLAGS) (CHANGEDSINCE $since VANISHED)"
		indexd_stop
		[ $n -eq $LARGE ] || small=$count
	done
	flat CHANGEDSINCE $small $count
	at_most CHANGEDSINCE $count 150000
}

qresync_guard()
{
	local n small

	for n in $SMALL $LARGE; do
		prepared $n
		counted cmd_select \
		    "SELECT INBOX (QRESYNC ($uidvalidity $since))"
		indexd_stop
		[ $n -eq $LARGE ] || small=$count
	done
	flat "SELECT (QRESYNC)" $small $count
	at_most "SELECT (QRESYNC)" $count 1800000
}

store_guard()
{
	local n small

	for n in $SMALL $LARGE; do
		prepared $n
		indexd_stop
		free_indexd $COUNTED --toggle-collect=req_store \
		    --toggle-collect=batch_commit \
		    --callgrind-out-file="$PWD/count.%p"
		session <<-END
			1 login
			1 > b SELECT INBOX
			1 << b OK ...
			1 > c STORE 500 +FLAGS (\Answered)
			1 << c OK ...
			1 > c STORE 500:520 -FLAGS (\Answered)
			1 << c OK ...
			1 > c STORE 700 FLAGS (\Deleted)
			1 << c OK ...
			1 > d LOGOUT
			1 << d OK ...
		END
		indexd_stop
		count=$(instructions)
		[ $n -eq $LARGE ] || small=$count
	done
	flat "STORE in indexd" $small $count
	at_most "STORE in indexd" $count 250000
}

# All messages at once.
everywhere_guard()
{
	prepared $LARGE
	indexd_stop
	free_indexd $COUNTED --toggle-collect=req_store \
	    --callgrind-out-file="$PWD/count.%p"
	session <<-END
		1 login
		1 > b SELECT INBOX
		1 << b OK ...
		1 > c STORE 1:* +FLAGS.SILENT (\Draft)
		1 << c OK ...
	END
	indexd_stop
	count=$(instructions)
	at_most "a message of STORE 1:* in indexd" $((count / LARGE)) 2000
}

listing_guard()
{
	prepared $LARGE
	counted cmd_fetch 'FETCH 1:* (FLAGS)'
	at_most "a message of a listing of flags" $((count / LARGE)) 1600
	indexd_stop
}

envelope_guard()
{
	prepared $SMALL
	counted cmd_fetch 'FETCH 1:* (ENVELOPE)'
	at_most "an ENVELOPE for the first time" $((count / SMALL)) 75000
	counted cmd_fetch 'FETCH 1:* (ENVELOPE)'
	at_most "an ENVELOPE again" $((count / SMALL)) 3600
	indexd_stop
}

# The first answers are not counted: they derive what the others read.
again_guard()
{
	local fields

	fields="From To Cc Bcc Subject Date Message-ID Priority X-Priority \
References Newsgroups In-Reply-To Content-Type Reply-To"
	prepared $LARGE
	session <<-END
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b SEARCH SUBJECT tide
		1 << b OK ...
		1 > c SEARCH SENTSINCE 1-Apr-2026
		1 << c OK ...
		1 > d LOGOUT
		1 << d OK ...
	END
	counted cmd_search 'SEARCH SUBJECT harbour'
	at_most "a message of SEARCH SUBJECT" $((count / LARGE)) 1600
	counted cmd_search 'SEARCH SENTSINCE 2-Apr-2026'
	at_most "a message of SEARCH SENTSINCE" $((count / LARGE)) 1300
	counted cmd_fetch "FETCH 1:* \
(UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS ($fields)])"
	at_most "a message of a list of fields" $((count / LARGE)) 11000
	indexd_stop
}

sort_guard()
{
	prepared $LARGE
	session <<-END
		1 login
		1 > a SELECT INBOX
		1 << a OK ...
		1 > b SORT (DATE) UTF-8 ALL
		1 << b OK ...
		1 > c THREAD REFERENCES UTF-8 ALL
		1 << c OK ...
		1 > d LOGOUT
		1 << d OK ...
	END
	counted cmd_sort 'SORT (SUBJECT DATE) UTF-8 ALL'
	at_most "a message of a SORT" $((count / LARGE)) 4700
	counted cmd_thread 'THREAD REFERENCES UTF-8 ALL'
	at_most "a message of a THREAD" $((count / LARGE)) 5500
	indexd_stop
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	guard_case changedsince "CHANGEDSINCE costs what has changed"
	guard_case qresync "SELECT (QRESYNC) costs what has changed"
	guard_case store "STORE costs what it changes"
	guard_case everywhere "what a message of STORE 1:* costs"
	guard_case listing "what a message of a FLAGS listing costs"
	guard_case envelope "what an ENVELOPE costs"
	guard_case again "what is kept of messages costs little to be asked"
	guard_case sort "what a message of SORT and THREAD costs"
}
