# What in etc/ other programs read, against what those programs and ours are.

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

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case fail2ban
	atf_add_test_case units
}
