# FETCH.

# Files end their lines with a line feed alone; what is sent does not.
lines()
{
	printf '%s\n' "$@" | deliver
}

letters()
{
	lines 'From: Ada Example <ada@example.org>' \
	    'To: demo@example.org, "B. C." <bc@example.org>' \
	    'Cc: group: d@example.org;' \
	    'Subject: one' \
	    'Date: Mon, 2 Mar 2026 10:00:00 +0100' \
	    'Message-ID: <1@example.org>' \
	    'In-Reply-To: <0@example.org>' \
	    'X-Long: first' \
	    ' second' \
	    '' \
	    'line 1' \
	    'line 2'
	lines 'From: ada@example.org' \
	    'Subject: two' \
	    'MIME-Version: 1.0' \
	    'Content-Type: multipart/mixed; boundary="b"' \
	    '' \
	    'preamble' \
	    '--b' \
	    'Content-Type: text/plain; charset=utf-8' \
	    'Content-Transfer-Encoding: 8bit' \
	    '' \
	    'part one' \
	    '--b' \
	    'Content-Type: message/rfc822' \
	    '' \
	    'Subject: inner' \
	    'From: b@example.org' \
	    '' \
	    'inside' \
	    '--b' \
	    'Content-Type: image/png; name=dot.png' \
	    'Content-ID: <dot@example.org>' \
	    'Content-Description: a dot' \
	    'Content-Disposition: attachment; filename=dot.png' \
	    'Content-Transfer-Encoding: base64' \
	    '' \
	    'AAAA' \
	    '--b--'
}

hostile()
{
	awk 'BEGIN {
		print "Content-Type: multipart/mixed; boundary=b\n"
		for (i = 1; i <= 20000; i++)
			printf "--b\nContent-Type: a/b\n\n%d\n", i
		print "--b--"
	}' | deliver
	awk 'BEGIN {
		for (i = 0; i < 1000; i++)
			print "Content-Type: message/rfc822\n"
		print "Subject: deep\n\nend"
	}' | deliver
	awk 'BEGIN {
		print "Subject: x\n"
		for (i = 0; i < 30000; i++)
			printf "%0100d", 0
	}' | tr 0 x | deliver
	lines 'Content-Type: multipart/mixed; boundary=b' '' '--b' \
	    'Content-Type: text/html' '--b' 'Content-Type: message/rfc822' \
	    '' 'Subject: x' '--b' '' 'last'
	printf 'Subject: cut\nFrom: a@b' | deliver
	lines 'Content-Type: multipart/mixed; boundary=b' \
	    'Content-Transfer-Encoding: base64' '' 'text'
}

wrong_sizes()
{
	printf 'Subject: x\n\nhello\nworld\n' \
	    >'Maildir/cur/1700000001.M1P1.test,S=24,W=40:2,'
	printf 'Subject: x\n\nhello\nworld\n' \
	    >'Maildir/cur/1700000002.M2P1.test,S=24,W=24:2,'
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case fetch letters "items, sections, partials"
	dialogue_case structure letters "ENVELOPE, BODY, BODYSTRUCTURE"
	dialogue_case hostile hostile "broken and huge messages"
	dialogue_case wrongsize wrong_sizes "names with a wrong size"
}
