# Lists and searches in the session: the cache saves time, and its absence or
# damage costs no more than that.

. "$(atf_get_srcdir)/../common.subr"

cache=Maildir/highwater-cache

# Headers as they come: folded, twice, no fields at all, CRLF, no end.
mail()
{
	maildir_make Maildir
	printf '%s\n' 'Received: from a.example.org by b.example.org;' \
	    ' Mon, 2 Mar 2026 10:00:00 +0000' 'X-Unkept: first' \
	    'Date: Mon, 2 Mar 2026 10:00:00 +0000' \
	    'From: Ada Example <ada@example.org>' 'To: one@example.org' \
	    'Subject: a subject' ' that is folded' 'to: two@example.org' \
	    'no field at all' ' and its next line' \
	    'Message-ID: <1@example.org>' \
	    'Content-Type: text/plain; charset=us-ascii' '' 'Hello.' | deliver
	printf '%s\n%s\n%s\n%s' 'From: bob@example.org' \
	    'Subject: Re: a subject that is folded' \
	    'References: <1@example.org>' \
	    'X-Last: no line ends here, and none follows' | deliver
	printf '%s\r\n' 'Subject: of parts' \
	    'From: =?UTF-8?Q?J=C3=B6rg?= <joerg@example.org>' \
	    'Date: Tue, 3 Mar 2026 10:00:00 +0000' \
	    'Content-Type: multipart/mixed; boundary=b' \
	    'List-Id: <list.example.org>' '' '--b' '' 'one' '--b' \
	    'Content-Type: application/pdf; name="a.pdf"' \
	    'Content-Disposition: attachment; filename="a.pdf"' '' '%PDF' \
	    '--b--' | deliver
	printf ' starts with a space\nSubject:\nSubject: the second one\rhere\n\nSubject: in the body\n' |
	    deliver
}

# lists what: all is as it should be.
lists()
{
	echo "listing: $*"
	dlg "$(server_addr)" "$(atf_get_srcdir)/listing.dlg"
}

# says line ...: a dialogue of these lines.
says()
{
	printf '%s\n' "$@" >says.dlg
	dlg "$(server_addr)" says.dlg
}

has_cache()
{
	[ -s $cache ] || atf_fail "there is no cache"
}

# case_of name text: a case that is the function run_name.
case_of()
{
	atf_test_case "$1" cleanup
	eval "
		$1_head()
		{
			atf_set descr '$2'
			atf_set require.user unprivileged
		}
		$1_body()
		{
			run_$1
		}
		$1_cleanup()
		{
			server_cleanup
		}"
	atf_add_test_case "$1"
}

# Nobody can read the files, and nobody needs to.
run_unopened()
{
	mail
	server_start
	lists first
	has_cache
	lists again
	chmod 000 Maildir/new/*
	lists 'from the cache alone'
	# It is not that they could be read all the same.
	says '1 login' '1 > a1 EXAMINE INBOX' '1 << a1 OK ...' \
	    '1 > a2 FETCH 1 BODY.PEEK[]' '1 << a2 NO ...' \
	    '1 > a3 LOGOUT' '1 << a3 OK ...'
	server_stop
	# Nor the daemons' memory.
	server_start
	lists 'after a restart'
	server_stop
}

run_damaged()
{
	local n

	mail
	server_start
	lists first
	has_cache
	cp $cache whole
	for n in 0 1 63 64 100 500 1000 2000; do
		head -c $n whole >$cache
		lists "cut to $n octets"
		[ "$(wc -c <$cache)" -gt 2000 ] || atf_fail 'not filled again'
	done
	for n in 10 70 120 400 900 1500 2000; do
		cp whole $cache
		printf xxxx | dd of=$cache bs=1 seek=$n conv=notrunc 2>dd.log ||
		    shows dd.log
		lists "damaged at $n"
		lists "damaged at $n, again"
	done
	rm $cache
	lists removed
	has_cache
	yes cache | head -c 100000 >$cache
	lists 'something else'
	server_stop
}

run_in_the_way()
{
	mail
	server_start
	mkdir $cache
	lists directory
	rmdir $cache
	mkfifo $cache
	lists fifo
	rm $cache
	ln -s nowhere $cache
	lists link
	[ -h $cache ] || atf_fail 'the link was replaced'
	[ ! -e Maildir/nowhere ] || atf_fail 'the link was followed'
	rm $cache
	lists first
	chmod 000 $cache
	lists unreadable
	rm -f $cache
	server_stop
	grep -q 'cache: can.t be opened' imapd.log || shows imapd.log
}

# A message expunged, others that come, and the folder goes on.
run_goes_on()
{
	maildir_make Maildir
	deliver_some 5
	server_start
	says '1 login' '1 > a1 SELECT INBOX' '1 << a1 OK ...' \
	    '1 > a2 FETCH 1:* ENVELOPE' '1 << a2 OK ...' \
	    '1 > a3 STORE 2:4 +FLAGS.SILENT (\Deleted)' '1 << a3 OK ...' \
	    '1 > a4 EXPUNGE' '1 << a4 OK ...' \
	    '1 > a5 LOGOUT' '1 << a5 OK ...'
	message six | deliver
	says '1 login' '1 > a1 SELECT INBOX' '1 << a1 OK ...' \
	    '1 > a2 FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]' \
	    '1 < * 1 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {14}Subject: 1\r\n\r\n)' \
	    '1 < * 2 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {14}Subject: 5\r\n\r\n)' \
	    '1 < * 3 FETCH (BODY[HEADER.FIELDS (SUBJECT)] {16}Subject: six\r\n\r\n)' \
	    '1 < a2 OK ...' \
	    '1 > a3 LOGOUT' '1 << a3 OK ...'
	server_stop
}

# tells box subject: the subject of its only message, by ENVELOPE.
tells()
{
	says '1 login' "1 > a1 SELECT $1" '1 << a1 OK ...' \
	    '1 > a2 FETCH 1 ENVELOPE' \
	    "1 < * 1 FETCH (ENVELOPE (\"Mon, 2 Mar 2026 10:00:00 +0000\" \"$2\" ...))" \
	    '1 < a2 OK ...' '1 > a3 LOGOUT' '1 << a3 OK ...'
}

# The cache goes with its mailbox, and is believed to no other.
run_life()
{
	local file

	maildir_make Maildir
	maildir_make Maildir/.a
	message one | deliver Maildir/.a
	server_start
	tells a one
	[ -s Maildir/.a/highwater-cache ] || atf_fail 'no cache'
	# Copied beside itself it is another mailbox, with its own mail.
	cp -Rp Maildir/.a Maildir/.b
	file=$(ls -d Maildir/.b/*/*.test*)
	message two >"$file"
	tells b two
	tells a one
	# A new name does not change it: this is from the cache.
	file=$(ls -d Maildir/.a/*/*.test*)
	message three >"$file"
	says '1 login' '1 > a1 RENAME a c' '1 << a1 OK ...' \
	    '1 > a2 LOGOUT' '1 << a2 OK ...'
	tells c one
	# Nor is it in anyone's way.
	says '1 login' '1 > a1 LIST "" *' '1 << * LIST ... c' \
	    '1 << a1 OK ...' \
	    '1 > a2 DELETE c' '1 << a2 OK ...' \
	    '1 > a3 LOGOUT' '1 << a3 OK ...'
	[ ! -e Maildir/.c ] || atf_fail 'the folder is still there'
	server_stop
}

# subjects: each of the three messages has its own, in ENVELOPE.
subjects()
{
	local n subject

	for n in 1 2 3; do
		eval "subject=\$$n"
		says '1 login' '1 > a1 EXAMINE INBOX' '1 << a1 OK ...' \
		    "1 > a2 FETCH $n ENVELOPE" \
		    "1 < * $n FETCH (ENVELOPE (\"Mon, 2 Mar 2026 10:00:00 +0000\" \"$subject\" ...))" \
		    '1 < a2 OK ...' '1 > a3 LOGOUT' '1 << a3 OK ...'
	done
}

# Mail and index come from a backup, and the cache stays where it was.
run_put_back()
{
	maildir_make Maildir
	message one | deliver
	server_start
	tells INBOX one
	server_stop
	mkdir backup
	cp -Rp Maildir db backup
	message two | deliver
	message three | deliver
	server_start
	subjects one two three
	server_stop
	cp $cache newer
	rm -r Maildir db
	cp -Rp backup/Maildir backup/db .
	cp newer $cache
	message fourth | deliver
	message fifth | deliver
	server_start
	subjects one fourth fifth
	cmp -s $cache newer && atf_fail 'it was not started anew'
	subjects one fourth fifth
	server_stop
}

# Between commands a message stays open for the next, but not for long: what
# is put in its place is seen then.
run_closed()
{
	maildir_make Maildir
	message one | deliver
	sed 's/This/That/' Maildir/new/* >other
	server_start
	python3 "$(atf_get_srcdir)/closed.py" "$(server_port)" other ||
	    atf_fail "it stays open"
	server_stop
}

# A file that ends too soon while it is read, and then is whole again.
run_unreadable()
{
	maildir_make Maildir
	{ message one; head -c 200000 /dev/zero | tr '\0' x; echo; } | deliver
	cp Maildir/new/* whole
	server_start
	says '1 login' '1 > a1 SELECT INBOX' '1 << a1 OK ...' \
	    '1 > a2 FETCH 1 BODY.PEEK[TEXT]<190000.1>' \
	    '1 < * 1 FETCH (BODY[TEXT]<190000> {1}x)' '1 < a2 OK ...' \
	    'sh cp /dev/null Maildir/*/*.test*' \
	    '1 > a3 FETCH 1 ENVELOPE' '1 << a3 ...' \
	    'sh cp whole Maildir/*/*.test*' \
	    '1 > a4 SEARCH SUBJECT nothing' '1 << a4 ...' \
	    '1 > a5 LOGOUT' '1 << a5 OK ...'
	tells INBOX one
	server_stop
}

atf_init_test_cases()
{
	case_of unopened 'a second listing, a header search, SORT and THREAD open no message file'
	case_of damaged 'a cache that is cut, damaged or removed costs only time'
	case_of in_the_way 'something else in the place of the cache is left there'
	case_of goes_on 'the cache while messages come and go'
	case_of put_back 'a cache that is newer than the mail is not believed'
	case_of closed 'a message does not stay open for an idle client'
	case_of unreadable 'what could not be read whole is not kept'
	case_of life 'the cache through RENAME, DELETE and copying'
}
