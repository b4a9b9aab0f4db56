# SORT and THREAD.

# letter n octets [date]: header fields from standard input.  The later its
# number, the earlier it came.
letter()
{
	letter=Maildir/cur/$((1700000000 + $1)).M$1P1.test:2,
	{
		cat
		[ $# -lt 3 ] || echo "Date: $3"
		printf 'Message-ID: <%d@example.org>\n\n' "$1"
		awk -v n="$2" 'BEGIN { for (i = 0; i < n; i += 50)
			print "more and more and more and more and more and more" }'
	} >"$letter"
	touch -t "2026030$((10 - $1))1200" "$letter"
}

six()
{
	letter 1 6000 '1 Mar 2026 12:00:00 +0000' <<-'END'
	From: Zoe <ada@example.org>
	To: bob@example.org
	Subject: Lunch
	END
	letter 2 5000 '1 Mar 2026 13:30:00 +0200' <<-'END'
	From: =?UTF-8?Q?=C3=84nne?= <carl@example.org>
	To: Bob <zed@example.org>
	Subject: Re: [club] lunch
	References: <1@example.org>
	END
	letter 3 1000 <<-'END'
	From: bob@example.org
	Cc: Q <q@example.org>
	Subject: Beer (fwd)
	END
	letter 4 2000 '3 Mar 2026 12:00:00 +0000' <<-'END'
	From: Ada <ada@example.org>
	To: Alice <bob@example.org>
	Subject: =?UTF-8?Q?RE=3A?= Lunch
	References: <1@example.org>
	 <"2"@example.org>
	END
	letter 5 3000 '2 Mar 2026 12:00:00 +0000' <<-'END'
	From: Eve <eve@example.org>
	Subject: beer
	References: <missing@example.org>
	END
	letter 6 4000 '2 Mar 2026 12:00:00 +0000' <<-'END'
	Subject: other
	In-Reply-To: your <missing@example.org> of long ago
	END
}

# Each refers to 256 that nobody has.
named()
{
	not_sanitized
	awk 'BEGIN {
		for (n = 1; n <= 2000; n++) {
			name = "Maildir/cur/" 1700000000 + n ".M" n "P1.test:2,"
			printf "Subject: %d\nMessage-ID: <%d@x>\n", n % 7,
			    n >name
			printf "References:" >name
			for (i = 0; i < 256; i++)
				printf "\n <%d.%d@x>", n, i >name
			printf "\n\n" >name
			close(name)
		}
	}'
	IMAPD_CONF='limit memory 16m'
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	dialogue_case sort six "SORT, SORT=DISPLAY, ESORT"
	dialogue_case thread six "THREAD=ORDEREDSUBJECT and REFERENCES"
	dialogue_case news six "SORT and THREAD while others change things"
	dialogue_case kept six "SORT and THREAD again open no message file"
	dialogue_case room named "THREAD of more than there is memory for"
}
