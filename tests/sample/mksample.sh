#!/bin/sh
#
# mksample.sh dir: makes a Maildir with sample mail, the same each time.
# Nobody in it exists.

set -eu
umask 077

top=$1
count=0
to='Demo Reader <demo@example.org>'
TZ=UTC
export TZ

# when day time: starts a message of that moment in March 2026.
when()
{
	local hour minute name

	count=$((count + 1))
	hour=${2%:*}
	minute=${2#*:}
	case $(($1 % 7)) in
	0) name=Sat ;;
	1) name=Sun ;;
	2) name=Mon ;;
	3) name=Tue ;;
	4) name=Wed ;;
	5) name=Thu ;;
	*) name=Fri ;;
	esac
	date="$name, $1 Mar 2026 $hour:$minute:00 +0000"
	stamp=$(printf '202603%02d%s%s' "$1" "$hour" "$minute")
	seconds=$((1772323200 + ($1 - 1) * 86400 + ${hour#0} * 3600 + \
	    ${minute#0} * 60))
}

# file folder flags: stores standard input; flags "new" puts it into new/.
file()
{
	local dir name

	dir=$top${1:+/.$1}
	[ -d "$dir/cur" ] || mkdir -p "$dir/cur" "$dir/new" "$dir/tmp"
	[ -z "$1" ] || : >"$dir/maildirfolder"
	name=$seconds.M$(printf %06d $count)P1.sample
	if [ "$2" = new ]; then
		name=new/$name
	else
		name=cur/$name:2,$2
	fi
	cat >"$dir/$name"
	touch -t "$stamp" "$dir/$name"
}

# head_of from subject [header ...]: the header of the next message.
head_of()
{
	id=m$count.$seconds@example.org
	printf 'Return-Path: <bounce-%d@example.org>\n' $count
	printf 'Received: from mx.example.org (mx.example.org [192.0.2.25])\n'
	printf '\tby mail.example.org with ESMTPS id %x\n' "$seconds"
	printf '\tfor <demo@example.org>; %s\n' "$date"
	printf 'From: %s\nTo: %s\n' "$1" "$to"
	printf 'Subject: %s\nDate: %s\n' "$2" "$date"
	printf 'Message-ID: <%s>\nMIME-Version: 1.0\n' "$id"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

# plain folder flags from subject: a plain message, its text on standard
# input.
plain()
{
	{
		head_of "$3" "$4" 'Content-Type: text/plain; charset=utf-8' \
		    'Content-Transfer-Encoding: 8bit'
		echo
		cat
	} | file "$1" "$2"
}

people()
{
	case $(($1 % 8)) in
	0) echo 'Ada Bellweather <ada@example.org>' ;;
	1) echo 'Tomas Lind <tomas@example.net>' ;;
	2) echo '"Okafor, Ngozi" <ngozi.okafor@example.com>' ;;
	3) echo '=?UTF-8?Q?J=C3=BCrgen_Gro=C3=9F?= <juergen@example.org>' ;;
	4) echo '=?UTF-8?B?5bGx55Sw6Iqx5a2Q?= <hanako@example.jp>' ;;
	5) echo '=?ISO-8859-1?Q?Fran=E7oise_L=E9vy?= <francoise@example.fr>' ;;
	6) echo 'priya.raman@example.com (Priya Raman)' ;;
	*) echo '=?KOI8-R?B?6dfBziDwxdTSz9c=?= <ivan@example.net>' ;;
	esac
}

png='iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA
WjR9awAAAABJRU5ErkJggg=='

welcome()
{
	when 30 09:15
	plain '' new 'Highwater <postmaster@example.org>' \
	    'Welcome to the sample mailbox' <<-'END'
	Hello,

	this is a sample mailbox. Change flags, move messages about, delete
	them, or drop new files into new/ while a client is looking: every
	change of a mailbox gets its own number, in order.

	To serve your own mail:

	    make run MAILDIR=$HOME/Maildir

	From here on the lines are ordinary, but for this one, which starts
	with From, and the next, which is a dot.
	From the other side of the hill
	.

	-- 
	Highwater
	END
}

thread()
{
	local i refs parent subject lines

	refs=
	parent=
	subject='[reading-group] Which book in April?'
	i=0
	while [ $i -lt 9 ]; do
		when $((3 + i / 2)) "$(printf '%02d:%02d' $((8 + i)) \
		    $((i * 5 + 3)))"
		case $i in
		0) lines='Shall we read the long one about the lighthouse?' ;;
		1) lines='I would rather have something short this time.' ;;
		2) lines='Short is good. There are those ten stories.' ;;
		3) lines='The lighthouse has only 200 pages, large print.' ;;
		4) lines='Ten stories, then. Who brings tea?' ;;
		5) lines='I do. And biscuits.' ;;
		6) lines='No biscuits with raisins, please.' ;;
		7) lines='Noted: no raisins. Thursday at eight?' ;;
		*) lines='Thursday at eight it is.' ;;
		esac
		{
			head_of "$(people $i)" "$subject" \
			    'Cc: reading-group@lists.example.org' \
			    'List-Id: Reading group
 <reading-group.lists.example.org>' \
			    'List-Post: <mailto:reading-group@lists.example.org>' \
			    'Precedence: list' \
			    'Content-Type: text/plain; charset=us-ascii'
			if [ -n "$parent" ]; then
				printf 'In-Reply-To: <%s>\n' "$parent"
				printf 'References:%s\n' "$refs"
			fi
			printf '\n'
			[ -z "$parent" ] || printf '> %s\n\n' "$last"
			printf '%s\n' "$lines"
			printf '_______________________________\n'
			printf 'reading-group@lists.example.org\n'
		} | file '' "$([ $i -eq 4 ] && echo FRS || echo S)"
		parent=m$count.$seconds@example.org
		refs="$refs
 <$parent>"
		last=$lines
		subject='Re: [reading-group] Which book in April?'
		i=$((i + 1))
	done
}

newsletter()
{
	local i

	i=0
	while [ $i -lt 5 ]; do
		when $((4 + i * 5)) 06:30
		{
			head_of 'The Harbour Gazette <news@gazette.example>' \
			    "=?UTF-8?Q?The_Harbour_Gazette_=E2=80=93_issue_$((40 + i))?=" \
			    'Content-Type: multipart/alternative;
	boundary="=_alternative"' \
			    'List-Unsubscribe: <https://gazette.example/off>'
			cat <<-END

			This is a message in MIME format.
			--=_alternative
			Content-Type: text/plain; charset=utf-8
			Content-Transfer-Encoding: quoted-printable

			THE HARBOUR GAZETTE, issue $((40 + i))

			High water today at $((6 + i)):12 and $((18 + i)):37. The caf=C3=A9 at the q=
			uay is open again; a coffee is 2,50 =E2=82=AC.

			=46rom the editor: thank you for reading.

			--=_alternative
			Content-Type: text/html; charset=utf-8
			Content-Transfer-Encoding: quoted-printable

			<html><body><h1>The Harbour Gazette</h1>
			<p>High water today at <b>$((6 + i)):12</b> and <b>$((18 + i)):37</b>.</p>
			<p>The caf=C3=A9 at the quay is open again; a coffee is 2,50&nbsp;&euro=
			;.</p></body></html>

			--=_alternative--
			END
		} | file '' "$([ $i -gt 3 ] && echo new || echo S)"
		i=$((i + 1))
	done
}

attachments()
{
	when 9 11:20
	{
		head_of "$(people 2)" 'Photo and figures' \
		    'Content-Type: multipart/mixed; boundary=outer'
		cat <<-END

		--outer
		Content-Type: text/plain; charset=us-ascii

		Here is the picture, and the table behind it.

		--outer
		Content-Type: image/png; name="dot.png"
		Content-Disposition: attachment; filename="dot.png"; size=70
		Content-Transfer-Encoding: base64

		$png
		--outer
		Content-Type: text/csv; charset=utf-8
		Content-Disposition: attachment;
		 filename*=UTF-8''%C3%9Cbersicht%20M%C3%A4rz.csv
		Content-Transfer-Encoding: quoted-printable

		month,visitors=0D=0AJanuary,120=0D=0AFebruary,98=0D=0A
		--outer--
		END
	} | file '' FS
	when 12 16:02
	{
		head_of "$(people 5)" \
		    '=?UTF-8?Q?R=C3=A9union_=E2=80=93_invitation?=' \
		    'Content-Type: multipart/mixed; boundary="mixed"'
		cat <<-'END'

		--mixed
		Content-Type: multipart/related; boundary="rel"; type="text/html"

		--rel
		Content-Type: text/html; charset=iso-8859-1
		Content-Transfer-Encoding: quoted-printable

		<p>R=E9union le 19 mars. <img src="cid:dot@example.org"></p>
		--rel
		Content-Type: image/png
		Content-ID: <dot@example.org>
		Content-Disposition: inline
		Content-Transfer-Encoding: base64

		END
		cat <<-END
		$png
		--rel--

		--mixed
		Content-Type: text/calendar; charset=utf-8; method=REQUEST
		Content-Disposition: attachment; filename=invite.ics

		BEGIN:VCALENDAR
		VERSION:2.0
		PRODID:-//Example//Sample//EN
		METHOD:REQUEST
		BEGIN:VEVENT
		UID:19-march@example.org
		DTSTAMP:20260312T160000Z
		DTSTART:20260319T130000Z
		DURATION:PT1H
		SUMMARY:Meeting
		END:VEVENT
		END:VCALENDAR
		--mixed--
		END
	} | file '' S
	when 21 10:10
	{
		head_of "$(people 1)" 'The long log' \
		    'Content-Type: multipart/mixed; boundary="----=_Part"'
		printf '\n------=_Part\n\nThe log is attached.\n\n------=_Part\n'
		printf 'Content-Type: application/octet-stream\n'
		printf 'Content-Disposition: attachment; filename="run.log"\n'
		printf '\n'
		awk 'BEGIN { for (i = 1; i <= 2000; i++)
			printf "%05d step %d of the run took %d ms\n", i,
			    i % 17, (i * 7919) % 1000 }'
		printf '\n------=_Part--\n'
	} | file '' ''
}

forwards()
{
	when 14 13:45
	{
		head_of "$(people 0)" 'Fwd: Fwd: the key to the shed' \
		    'Content-Type: multipart/mixed; boundary="fwd"'
		cat <<-'END'

		--fwd
		Content-Type: text/plain

		See below, twice.

		--fwd
		Content-Type: message/rfc822

		From: Tomas Lind <tomas@example.net>
		To: Ada Bellweather <ada@example.org>
		Subject: Fwd: the key to the shed
		Date: Fri, 13 Mar 2026 19:00:00 +0100
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary="inner"

		--inner

		Ngozi says where it is.

		--inner
		Content-Type: message/rfc822
		Content-Disposition: inline

		From: "Okafor, Ngozi" <ngozi.okafor@example.com>
		To: Tomas Lind <tomas@example.net>
		Subject: the key to the shed
		Date: Fri, 13 Mar 2026 18:30:00 +0100
		Content-Type: text/plain; charset=us-ascii

		It hangs behind the second door.

		--inner--

		--fwd--
		END
	} | file '' RS
	when 17 07:07
	{
		head_of 'Mail Delivery System <MAILER-DAEMON@mx.example.org>' \
		    'Undelivered Mail Returned to Sender' \
		    'Auto-Submitted: auto-replied' \
		    'Content-Type: multipart/report; report-type=delivery-status;
	boundary="report"'
		cat <<-'END'

		--report
		Content-Description: Notification
		Content-Type: text/plain; charset=us-ascii

		<nobody@example.net>: no such user here

		--report
		Content-Type: message/delivery-status

		Reporting-MTA: dns; mx.example.org

		Final-Recipient: rfc822; nobody@example.net
		Action: failed
		Status: 5.1.1

		--report
		Content-Type: text/rfc822-headers

		From: Demo Reader <demo@example.org>
		To: nobody@example.net
		Subject: Are you there?

		--report--
		END
	} | file '' S
}

languages()
{
	when 6 12:00
	plain '' S "$(people 4)" '=?ISO-2022-JP?B?GyRCJCo4NTUkGyhC?=' <<-'END'
	こんにちは。お元気ですか。
	END
	when 8 18:20
	plain '' S "$(people 7)" '=?UTF-8?B?0J/RgNC40LLQtdGC?=' <<-'END'
	Привет! Как дела?
	END
	when 10 20:41
	plain '' F "$(people 3)" \
	    '=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln_und_ein_sehr_langer_?=
 =?UTF-8?Q?Betreff=2C_der_=C3=BCber_zwei_Zeilen_geht?=' <<-'END'
	Schöne Grüße aus Köln. Es regnet; wir trinken Tee.
	END
	when 11 09:09
	plain '' new '=?UTF-8?B?zpXOu86tzr3Otw==?= <eleni@example.gr>' \
	    '=?UTF-8?B?zprOsc67zrfOvM6tz4HOsQ==?=' <<-'END'
	Καλημέρα από την Αθήνα.
	END
	when 13 22:13
	plain '' S 'شركة المثال <info@example.org>' 'raw UTF-8: שלום, мир' <<-'END'
	Header fields in plain UTF-8, as some senders write them.
	END
}

series()
{
	local i

	i=0
	while [ $i -lt 14 ]; do
		when $((1 + i * 2)) 03:00
		plain '' "$([ $i -gt 11 ] && echo '' || echo S)" \
		    'Backup <backup@host.example.org>' \
		    "[backup] night $((i + 1)): complete" <<-END
		volumes:   3
		new files: $((i * 37 + 11))
		errors:    0
		END
		i=$((i + 1))
	done
	i=0
	while [ $i -lt 16 ]; do
		when $((2 + i)) "$(printf '%02d:%02d' $((9 + i % 9)) $((i * 3)))"
		case $((i % 4)) in
		0) set -- 'Lunch on Friday?' 'The soup place, half past twelve.' ;;
		1) set -- 'Minutes of the meeting' 'All agreed. Next: 2 April.' ;;
		2) set -- 'Re: the fence' 'Green. Not that green, the other.' ;;
		*) set -- 'Train times' 'Out 8:04, back 17:51, platform 3.' ;;
		esac
		plain '' "$([ $((i % 5)) -eq 0 ] && echo RS || echo S)" \
		    "$(people $((i + 3)))" "$1" <<-END
		Hello,

		$2

		Yours
		END
		i=$((i + 1))
	done
}

folders()
{
	local i

	i=0
	while [ $i -lt 12 ]; do
		when $((1 + i)) 10:00
		plain "$([ $i -lt 7 ] && echo Archive || echo Archive.2025)" S \
		    "$(people $i)" "Kept letter $((i + 1))" <<-END
		This is letter $((i + 1)) of those that were kept.
		END
		i=$((i + 1))
	done
	i=0
	to='Ada Bellweather <ada@example.org>'
	while [ $i -lt 6 ]; do
		when $((5 + i * 3)) 15:30
		plain Sent S 'Demo Reader <demo@example.org>' \
		    "Re: Lunch on Friday? ($((i + 1)))" <<-'END'
		Yes, gladly.
		END
		i=$((i + 1))
	done
	when 27 23:50
	plain Drafts DS 'Demo Reader <demo@example.org>' 'Unfinished' <<-'END'
	Dear

	END
	when 28 08:00
	plain Drafts D 'Demo Reader <demo@example.org>' 'List for the market' \
	    <<-'END'
	bread, leeks, two lemons
	END
	to='Demo Reader <demo@example.org>'
	i=0
	while [ $i -lt 3 ]; do
		when $((18 + i)) 04:44
		plain Trash "$([ $i -eq 0 ] && echo S || echo ST)" \
		    "Prize Office <win$i@prizes.example>" 'You have won!!!' <<-'END'
		Nothing at all.
		END
		i=$((i + 1))
	done
	# Modified UTF-7 for "Entwürfe & Notizen".
	when 22 12:12
	plain 'Entw&APw-rfe &- Notizen' S "$(people 3)" 'Notiz' <<-'END'
	Nur eine Notiz.
	END
}

mkdir -p "$top/cur" "$top/new" "$top/tmp"
thread
newsletter
attachments
forwards
languages
series
folders
welcome
