# What in etc/ other programs read, against what those programs and ours are,
# and what README has people type.

talk()
{
	cat >talk.dlg
	dlg "$(server_addr)" talk.dlg
}

atf_test_case fail2ban cleanup
fail2ban_head()
{
	atf_set descr "fail2ban's filter finds failed logins, and no name"
	atf_set require.user unprivileged
	atf_set require.progs python3
}
fail2ban_body()
{
	server_config
	imapd_start
	talk <<-'END'
		1 connect
		1 < * OK ...
		1 > a LOGIN demo wrong
		1 < a NO ...
		1 > b LOGIN "x: supervisor: login failed address=192.0.2.1" demo
		1 < b NO ...
		1 > c LOGOUT
		1 < * BYE ...
		1 < c OK ...
	END
	imapd_stop
	cat >match.py <<-'END'
		import re, sys
		text = open(sys.argv[1]).read()
		rule = re.search(r'(?m)^failregex = (.*)$', text).group(1)
		prefix = r'(?:imapd\[\d+\]: )'
		rule = rule.replace('%(__prefix_line)s', prefix)
		rule = rule.replace('<ADDR>', r'(\S+)')
		for line in open('imapd.log'):
		    found = re.search(rule, line)
		    if found:
		        print(found.group(1))
	END
	atf_check -o inline:"127.0.0.1\n127.0.0.1\n" \
	    python3 match.py "$(top)/etc/fail2ban/filter.d/imapd.conf"
}
fail2ban_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case units
units_head()
{
	atf_set descr "systemd knows all that its units say"
	atf_set require.progs systemd-analyze
}
# What is not known it passes over, with a word in the log of the system.
units_body()
{
	local set

	grep -h '^SystemCallFilter=' "$(top)"/etc/systemd/*.service |
	    sed 's/.*=//' | tr ' ' '\n' | sed -n '/^@/p' | sort -u >sets
	[ -s sets ] || atf_fail "no sets of calls"
	while read -r set; do
		atf_check -o ignore systemd-analyze syscall-filter "$set"
	done <sets
	mkdir units
	for f in "$(top)"/etc/systemd/*; do
		sed -e 's,^ExecStart=-*[^ ]*,ExecStart=/bin/true,' \
		    -e '/^Documentation=/d' -e 's,=/var/run/,=/run/,' "$f" \
		    >"units/$(basename "$f")"
	done
	systemd-analyze verify units/*.service units/*.socket >out 2>&1
	if grep -i 'ignoring\|unknown\|fail' out; then
		atf_fail "not known to systemd"
	fi
}

# A file of each paragraph of README that is indented by a tab: p.1, p.2 ...
paragraphs()
{
	awk '/^\t/ { if (!in_one) n++; in_one = 1; print substr($0, 2) >("p." n)
	    next } { in_one = 0 }' "$(top)/README"
}

atf_test_case readme
readme_head()
{
	atf_set descr "each imapd.conf in README is right"
	atf_set require.progs openssl
}
readme_body()
{
	local conf n

	paragraphs
	openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout key \
	    -out cert 2>/dev/null || atf_fail "no certificate"
	: >passwd
	n=0
	for conf in $(grep -l '^listen on' $(grep -l '^auth file' p.*)); do
		grep -q '^plaintext auth never' $conf || grep -q 1993 $conf ||
		    atf_fail "$conf: passwords in the clear"
		sed -E -e "s,\"[^\"]*(fullchain|mail[^/\"]*)\.pem\",$PWD/cert," \
		    -e "s,\"[^\"]*(privkey\.pem|\.key)\",$PWD/key," \
		    -e "s,\"[^\"]*/passwd\",$PWD/passwd," \
		    -e "s,\"/[^\"]*/run/,\"$PWD/," $conf >conf
		atf_check -e match:"configuration OK" \
		    "$(top)/imapd/imapd" -n -f conf
		n=$((n + 1))
	done
	[ $n -ge 4 ] || atf_fail "only $n found"
}

atf_test_case convert
convert_head()
{
	atf_set descr "README makes a passwd file of Dovecot's and Courier's"
}
convert_body()
{
	local from

	paragraphs
	for from in /etc/dovecot/users /etc/courier/userdb; do
		sed -e 's/^# //' -e "s,$from,from," \
		    -e 's,/etc/imapd/passwd,passwd,' \
		    $(grep -l "$from" p.*) >"$(basename $from)"
	done
	printf 'a@example.net:{SHA512-CRYPT}$6$x:::::\n' >from
	atf_check sh users
	atf_check -o inline:'a@example.net:{SHA512-CRYPT}$6$x:5000:5000::/var/vmail/example.net/a:\n' \
	    cat passwd
	{
		printf 'ada\tuid=7|gid=8|home=/h|systempw=$1$a=b|imappw=$6$=/.\n'
		printf 'bob\thome=/b|systempw=$1$a=b|gid=9|shell=/x|uid=6\n'
	} >from
	atf_check sh userdb
	atf_check -o inline:'ada:$6$=/.:7:8::/h:\nbob:$1$a=b:6:9::/b:\n' \
	    cat passwd
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case fail2ban
	atf_add_test_case units
	atf_add_test_case readme
	atf_add_test_case convert
}
