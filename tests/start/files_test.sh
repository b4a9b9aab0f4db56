# The files of etc/ whose systems are not here: what can be seen of them.

# sample file: as make install would write it for the current directory, where
# the programs are in sbin, and the users of the test own all.
sample()
{
	if [ ! -d sbin ]; then
		mkdir sbin
		ln -s "$(top)/imapd/imapd" "$(top)/indexd/indexd" sbin
	fi
	sed -e "s|/usr/local/sbin/|$PWD/sbin/|g" -e "s|/etc/imapd|$PWD/imapd|g" \
	    -e "s|/etc/indexd|$PWD/indexd|g" -e "s|/var/run/|$PWD/run/|g" \
	    -e "s|/var/db/|$PWD/|g" "$(top)/etc/$1"
}

atf_test_case conf
conf_head()
{
	atf_set descr "the sample configurations, and all that they leave out"
}
# What a line names may be missing here; what it says must be right.
conf_body()
{
	local name

	mkdir run imapd
	: >imapd/passwd
	for name in imapd indexd; do
		sample $name.conf >$name.conf
		"$(top)/$name/$name" -n -f $name.conf >out 2>&1
		if grep "^$name.conf:" out; then
			atf_fail "$name.conf"
		fi
		sed -n 's/^#\([a-z]\)/\1/p' $name.conf >more
		[ -s more ] || atf_fail "no examples"
		while read -r line; do
			{ grep -v '^#' $name.conf; echo "$line"; } >one.conf
			# TLS takes both of them.
			case $line in
			*tls|*starttls) grep '^tls cert' more >>one.conf ;;
			esac
			"$(top)/$name/$name" -n -f one.conf >out 2>&1
			if grep "^one.conf:" out; then
				atf_fail "$name.conf: $line"
			fi
		done <more
	done
}

atf_test_case launchd
launchd_head()
{
	atf_set descr "launchd's: XML, their names, and options that there are"
	atf_set require.progs "python3 xmllint"
}
launchd_body()
{
	local file

	cat >plist.py <<-'END'
		import os, plistlib, sys
		p = plistlib.load(open(sys.argv[1], "rb"))
		assert p["Label"] + ".plist" == os.path.basename(sys.argv[1])
		argv = p["ProgramArguments"]
		name = os.path.basename(argv[0])
		assert name in ("imapd", "indexd"), argv
		# One connection, or what launchd is to watch in the foreground.
		inetd = "inetdCompatibility" in p
		assert ("-i" if inetd else "-d") in argv, argv
		if inetd:
		    assert p["inetdCompatibility"] == {"Wait": False}
		if name == "indexd":
		    assert list(p["Sockets"]) == ["indexd"], p["Sockets"]
		    assert p["Sockets"]["indexd"]["SockPathMode"] == 0o666
		elif "Sockets" in p:
		    assert sorted(p["Sockets"]) == ["imap", "imaps"]
		print(" ".join(["-n" if a in ("-d",) else a for a in argv]))
	END
	server_config
	for file in "$(top)"/etc/launchd/*.plist; do
		atf_check xmllint --noout --nonet "$file"
		python3 plist.py "$file" >argv || atf_fail "$file"
		sample "launchd/$(basename "$file")" >sample.plist
		# Nothing is left of what make install replaces.
		grep /usr/local sample.plist && atf_fail "$file"
	done
	# Where launchd's sockets are named, so are those of imapd.conf.
	for name in imap imaps; do
		grep -q "<key>$name</key>" \
		    "$(top)/etc/launchd/org.highwater.imapd-sockets.plist" &&
		grep -q "listen on socket \"$name\"" \
		    "$(top)/etc/launchd/org.highwater.imapd-sockets.plist" ||
		    atf_fail "no socket $name"
	done
}

# rc system name: what of rc.subr(8) the scripts use, and rc.conf.
rc_subr()
{
	cat >rc.subr <<-'END'
		load_rc_config()
		{
			. ./rc.conf
		}

		run_rc_command()
		{
			eval "rc_flags=\${${name}_flags:-}"
			case $1 in
			start)
				for f in $required_files; do
					[ -r "$f" ] || exit 1
				done
				${start_precmd:-:} || exit 1
				$command $rc_flags $command_args
				;;
			stop)
				kill -TERM "$(cat $pidfile)"
				;;
			status)
				kill -0 "$(cat $pidfile)"
				;;
			reload)
				case $extra_commands in
				*reload*) ;;
				*) exit 1 ;;
				esac
				${reload_precmd:-:} &&
				    kill -HUP "$(cat $pidfile)"
				;;
			configtest)
				$configtest_cmd
				;;
			*)
				exit 1
				;;
			esac
		}

		# OpenBSD's.
		rc_cmd()
		{
			eval "daemon_flags=\${$(basename "$daemon")_flags:-}"
			case $1 in
			start) rc_pre && $daemon $daemon_flags ;;
			check) ps -o args= -p "$(cat "$PIDFILE")" | sed 's,[ .]*$,,' |
				    grep -Exq "$pexp" ;;
			configtest) rc_configtest ;;
			esac
		}
	END
	cat >rc.conf <<-END
		imapd_enable=YES
		imapd_conf=$PWD/imapd.conf
		indexd_enable=YES
		indexd_conf=$PWD/indexd.conf
	END
}

# prepare system: daemons that can run here, and the scripts.
prepare()
{
	local name

	server_config
	maildir_make Maildir
	mkdir -p run rc.d
	rc_subr
	# rc name command: runs the script.
	printf '#!/bin/sh\nPIDFILE=run/$1.pid exec sh rc.d/$1 $2\n' >rc
	chmod +x rc
	for name in imapd indexd; do
		sample "rc.d/$1/$name" |
		    sed -e "s|\. /etc/.*rc.subr|. ./rc.subr|" \
		    -e 's|^$_rc_subr_loaded ||' >rc.d/$name
	done
	sed -i.bak "s|^indexd socket.*|indexd socket \"$(cat sockdir)/indexd.sock\"|" \
	    imapd.conf
}

ended()
{
	[ ! -e run/"$1".pid ]
}

pids_end()
{
	local file

	for file in run/*.pid; do
		[ ! -s "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null
	done
	server_cleanup
}

# with_pidfile system: FreeBSD's and NetBSD's way.
with_pidfile()
{
	local name

	prepare "$1"
	for name in indexd imapd; do
		atf_check -s not-exit:0 -e match:'has no line: pidfile' \
		    ./rc $name start
		echo "pidfile \"$PWD/run/$name.pid\"" >>$name.conf
		atf_check -e match:"configuration OK" ./rc $name configtest
		atf_check -s exit:0 -e ignore ./rc $name start
		atf_check ./rc $name status
		atf_check -e ignore ./rc $name reload
		atf_check ./rc $name status
		# What would not start again is not reloaded.
		cp $name.conf good.conf
		echo nonsense >>$name.conf
		atf_check -s not-exit:0 -e match:nonsense ./rc $name reload
		cp good.conf $name.conf
	done
	for name in imapd indexd; do
		atf_check ./rc $name stop
		wait_for "the end of $name" ended $name
	done
}

atf_test_case freebsd cleanup
freebsd_head()
{
	atf_set descr "FreeBSD's rc.d, with a likeness of rc.subr"
	atf_set require.user unprivileged
}
freebsd_body()
{
	with_pidfile freebsd
	for name in imapd indexd; do
		grep -q "^# PROVIDE: $name$" rc.d/$name || atf_fail $name
	done
	grep -q '^# REQUIRE:.* indexd' rc.d/imapd || atf_fail "no order"
}
freebsd_cleanup()
{
	pids_end
}

atf_test_case netbsd cleanup
netbsd_head()
{
	atf_set descr "NetBSD's rc.d, with a likeness of rc.subr"
	atf_set require.user unprivileged
}
netbsd_body()
{
	with_pidfile netbsd
}
netbsd_cleanup()
{
	pids_end
}

atf_test_case openbsd cleanup
openbsd_head()
{
	atf_set descr "OpenBSD's rc.d, with a likeness of rc.subr"
	atf_set require.user unprivileged
}
openbsd_body()
{
	local name

	prepare openbsd
	for name in indexd imapd; do
		# Only here: there the daemon is found by its title.
		echo "pidfile \"$PWD/run/$name.pid\"" >>$name.conf
		echo "${name}_flags='-f $PWD/$name.conf'" >>rc.conf
		sed -i.bak 's|^rc_cmd|. ./rc.conf; rc_cmd|' rc.d/$name
		atf_check -e match:"configuration OK" ./rc $name configtest
		atf_check -s exit:0 -e ignore ./rc $name start
		atf_check ./rc $name check
	done
	for name in imapd indexd; do
		kill -TERM "$(cat run/$name.pid)"
		wait_for "the end of $name" ended $name
	done
}
openbsd_cleanup()
{
	pids_end
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case conf
	atf_add_test_case launchd
	atf_add_test_case freebsd
	atf_add_test_case netbsd
	atf_add_test_case openbsd
}
