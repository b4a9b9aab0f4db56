# Extensions of FETCH and APPEND.

# Files end their lines with a line feed alone; what is sent does not.
lines()
{
	printf '%s\n' "$@" | deliver
}

encoded()
{
	lines 'Subject: one' \
	    'Content-Type: multipart/mixed; boundary="b"' \
	    '' \
	    '--b' \
	    'Content-Type: text/plain; charset=utf-8' \
	    'Content-Transfer-Encoding: quoted-printable' \
	    '' \
	    'gr=C3=BCn=' \
	    'e' \
	    'Wiese' \
	    '--b' \
	    'Content-Type: application/octet-stream' \
	    'Content-Transfer-Encoding: base64' \
	    '' \
	    'AAEC' \
	    'Aw==' \
	    '--b' \
	    'Content-Type: message/rfc822' \
	    '' \
	    'Content-Transfer-Encoding: base64' \
	    '' \
	    'YWJj' \
	    '--b' \
	    'Content-Type: text/plain' \
	    'Content-Transfer-Encoding: x-uuencode' \
	    '' \
	    'begin' \
	    '--b--'
	lines 'Subject: two' '' 'plain'
}

words()
{
	lines 'Subject: one' 'Message-ID: <one@example.org>' '' \
	    'Hello,' '' 'how are you?'
	lines 'Subject: Re: one' 'Message-ID: <two@example.org>' \
	    'References: <one@example.org>' \
	    'Content-Type: text/html; charset=utf-8' '' \
	    '<p>Gr&uuml;&szlig;e, <b>Ada</b></p>'
	lines 'Subject: three' 'Content-Type: application/pdf' '' '%PDF'
	# The first one again, and with CRLF.
	lines 'Subject: one' 'Message-ID: <one@example.org>' '' \
	    'Hello,' '' 'how are you?'
	printf '%s\r\n' 'Subject: one' 'Message-ID: <one@example.org>' '' \
	    'Hello,' '' 'how are you?' | deliver
	maildir_make Maildir/.box
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case binary encoded "BINARY of FETCH"
	dialogue_case derived words "EMAILID, THREADID, PREVIEW, SAVEDATE"
	dialogue_case replace three "REPLACE and UID REPLACE"
	dialogue_case literal8 empty "literal8 in APPEND"
}
