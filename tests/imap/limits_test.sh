# What is too large or too deep is refused, and the session goes on.

# repeat n text: the text n times.
repeat()
{
	awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++)
		printf "%s", s }'
}

# numbered n word: word1 to wordn.
numbered()
{
	awk -v n="$1" -v s="$2" 'BEGIN { for (i = 1; i <= n; i++)
		printf "%s%s%d", (i > 1 ? " " : ""), s, i }'
}

begin()
{
	cat <<-'END'
		1 login
		1 > s SELECT INBOX
		1 << s OK ...
	END
}

end()
{
	cat <<-'END'
		1 > z1 NOOP
		1 << z1 OK ...
		1 > z2 FETCH 1 UID
		1 < * 1 FETCH (UID 1)
		1 < z2 OK ...
	END
}

limit_case()
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
			{ begin; $1_text; end; } >limit.dlg
			maildir_make Maildir
			deliver_some 3
			INDEXD_CONF=\"${3:-}\"
			server_start
			dlg \"\$(server_addr)\" limit.dlg
			server_stop
		}
		$1_cleanup()
		{
			server_cleanup
		}"
	atf_add_test_case "$1"
}

# A line of 64 KiB is no mistake; one of 16 MiB is.
long_line_text()
{
	echo "1 > a1 SEARCH SUBJECT \"$(repeat 65000 x)\""
	echo '1 < * SEARCH'
	echo '1 < a1 OK ...'
	echo "1 > a2 SEARCH SUBJECT \"$(repeat 65536 xxxxxxxxxxxxxxxx)\""
	echo '1 < {{(a2|\*)}} BAD ...'
}

nesting_text()
{
	echo "1 > a1 SEARCH $(repeat 20000 '(')ALL$(repeat 20000 ')')"
	echo '1 < a1 {{(BAD|NO)}} ...'
	echo "1 > a2 SEARCH $(repeat 20000 'NOT ')ALL"
	echo '1 << a2 {{(BAD|NO|OK)}} ...'
	echo "1 > a3 FETCH 1 $(repeat 20000 '(')UID"
	echo '1 < a3 {{(BAD|NO)}} ...'
	echo "1 > a4 FETCH 1 BODY.PEEK[$(repeat 5000 1.)1]"
	echo '1 << a4 {{(BAD|NO|OK)}} ...'
}

sets_text()
{
	echo "1 > a1 FETCH 1$(repeat 30000 ,1) UID"
	echo '1 << a1 {{(OK|BAD|NO)}} ...'
	echo '1 > a2 UID FETCH 1:4294967295 UID'
	echo '1 < * 1 FETCH (UID 1)'
	echo '1 < * 2 FETCH (UID 2)'
	echo '1 < * 3 FETCH (UID 3)'
	echo '1 < a2 OK ...'
}

names_text()
{
	echo "1 > a1 CREATE $(repeat 5000 n)"
	echo '1 < a1 {{(BAD|NO)}} ...'
	echo "1 > a2 CREATE $(repeat 3000 n.)n"
	echo '1 < a2 {{(BAD|NO)}} ...'
	echo "1 > a3 LIST \"\" \"$(repeat 3000 '*%')x\""
	echo '1 << a3 {{(OK|BAD|NO)}} ...'
	echo "1 > a4 STORE 1 +FLAGS ($(repeat 2000 k))"
	echo '1 < a4 {{(BAD|NO)}} ...'
	echo "1 > $(repeat 5000 t) NOOP"
	echo '1 < {{(t*|\*)}} {{(BAD|OK)}} ...'
}

# With all keywords in use, another is refused with the reason, and nothing is
# lost, wherever it comes from.
keywords_text()
{
	echo '1 > a1 CREATE full'
	echo '1 < a1 OK ...'
	echo '1 > a2 COPY 1 full'
	echo '1 << a2 OK ...'
	echo '1 > a3 SELECT full'
	echo '1 << a3 OK ...'
	echo "1 > a4 STORE 1 FLAGS.SILENT ($(numbered 64 k))"
	echo '1 << a4 OK ...'
	echo '1 > a5 STORE 1 +FLAGS (more \Seen)'
	echo '1 < a5 NO [LIMIT] {{.*limit.*}}'
	echo '1 > a6 APPEND full (more) {lit:Subject: x\r\n\r\n}'
	echo '1 < a6 NO [LIMIT] {{.*limit.*}}'
	echo '1 > a7 SELECT INBOX'
	echo '1 << a7 OK ...'
	echo '1 > a8 STORE 1 FLAGS.SILENT (more)'
	echo '1 << a8 OK ...'
	echo '1 > a9 COPY 1 full'
	echo '1 < a9 NO [LIMIT] {{.*limit.*}}'
	echo '1 > b1 MOVE 1 full'
	echo '1 < b1 NO [LIMIT] {{.*limit.*}}'
	echo '1 > b2 SEARCH KEYWORD more'
	echo '1 < * SEARCH 1'
	echo '1 < b2 OK ...'
}

# Literals: announced too large, they are refused before they come; one that
# does not wait is swallowed, and never taken for commands.
literals_text()
{
	echo '1 > a1 LOGIN {99999999}'
	echo '1 < a1 {{(BAD|NO)}} ...'
	echo '1 > a2 CREATE {4294967296}'
	echo '1 < a2 {{(BAD|NO)}} ...'
	echo '1 > a3 SEARCH TEXT {18446744073709551617}'
	echo '1 < a3 {{(BAD|NO)}} ...'
	echo "1 > a4 CREATE {lit+:$(repeat 20000 'a5 LOGOUT\\r\\n')}"
	echo '1 < a4 {{(BAD|NO)}} ...'
	echo '1 > a6 NONSENSE {lit+:a7 LOGOUT\r\n} {lit+:a8 LOGOUT\r\n}'
	echo '1 < a6 BAD ...'
	echo '1 > a9 NOOP {5'
	echo '1 < a9 BAD ...'
	echo '1 > b1 SEARCH TEXT {+}'
	echo '1 < b1 BAD ...'
	echo '1 > b2 SEARCH TEXT {-1}'
	echo '1 < b2 BAD ...'
}

bytes_text()
{
	echo '1 >> \x00\x01\xff\xfe\r\n'
	echo '1 < * BAD ...'
	echo '1 >> a1 SEARCH SUBJECT "a\x00b"\r\n'
	echo '1 < {{(a1|\*)}} BAD ...'
	echo '1 >> a2 SEARCH SUBJECT \xff\r\n'
	echo '1 << {{(a2|\*)}} {{(BAD|NO|OK)}} ...'
	echo '1 >> a3 NOOP\n'
	echo '1 < a3 {{(OK|BAD)}} ...'
	echo '1 >> a4\rNOOP\r\n'
	echo '1 < {{.*}} BAD ...'
}

# A mailbox that cannot be opened at indexd is not deleted behind its back.
open_mailboxes_text()
{
	cat <<-'END'
		1 > a0 CREATE x
		1 < a0 NO [LIMIT] ...
		1 > a1 LIST "" x
		1 < a1 OK ...
		1 > a2 UNSELECT
		1 << a2 OK ...
		1 > a2 CREATE x
		1 << a2 OK ...
		1 > a3 STATUS x (MESSAGES)
		1 << a3 OK ...
		1 > a4 SELECT INBOX
		1 << a4 OK ...
		2 login
		2 > b1 DELETE x
		2 < b1 NO [LIMIT] ...
		2 > b2 LIST "" x
		2 < * LIST (\HasNoChildren) "." x
		2 < b2 OK ...
		1 > a5 UNSELECT
		1 << a5 OK ...
		1 > a6 EXAMINE x
		1 << a6 OK ...
		1 > a6 UNSELECT
		1 << a6 OK ...
		2 > b3 DELETE x
		2 << b3 OK ...
		1 > a7 SELECT INBOX
		1 << a7 OK ...
	END
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	limit_case long_line "checklist 73: lines"
	limit_case nesting "lists within lists"
	limit_case sets "sequence sets"
	limit_case names "names, flags, tags"
	limit_case keywords "keywords of a mailbox"
	limit_case literals "literals"
	limit_case bytes "bytes that are no text"
	limit_case open_mailboxes "mailboxes open at indexd" \
	    "limit open-mailboxes 1"
}
