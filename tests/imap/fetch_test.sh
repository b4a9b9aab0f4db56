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

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case fetch letters "items, sections, partials"
	dialogue_case structure letters "ENVELOPE, BODY, BODYSTRUCTURE"
}
