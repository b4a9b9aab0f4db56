# make install and uninstall, by GNU make and BSD make, and the script that
# makes the users.

# make ...: in the tree, whatever make runs the tests.
makes()
{
	local make

	make=$1
	shift
	(cd "$(top)" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL "$make" "$@")
}

# What there is below a directory: mode and name.
listing()
{
	(cd "$1" && find . -exec ls -ld {} + | awk '{ print $1, $NF }' |
	    sed 's/^\([-drwxstl]*\)[.+@]/\1/' | sort -k 2)
}

sums()
{
	(cd "$1" && find . -type f -exec cksum {} + | sort -k 3)
}

each_make()
{
	local make

	for make in make gmake bmake; do
		command -v $make >/dev/null && echo $make
	done
}

atf_test_case layout
layout_head()
{
	atf_set descr "what is installed where, its modes, and paths in it"
}
layout_body()
{
	local make d file

	for make in $(each_make); do
		d=$PWD/$make
		makes $make install-files DESTDIR="$d" PREFIX=/opt/hw \
		    MANDIR=/opt/hw/man SYSCONFDIR=/opt/etc RUNDIR=/opt/run \
		    STATEDIR=/opt/db >out 2>&1 || shows out
		for file in sbin/imapd sbin/indexd sbin/indexctl \
		    share/examples/highwater/rc.d/freebsd/imapd \
		    share/examples/highwater/daemontools/imapd/log/run; do
			atf_check -o match:'^-rwxr-xr-x' \
			    ls -l "$d/opt/hw/$file"
		done
		for file in hw/man/man8/imapd.8 hw/man/man5/imapd.conf.5 \
		    etc/imapd.conf etc/indexd.conf \
		    hw/share/examples/highwater/systemd/imapd.service; do
			atf_check -o match:'^-rw-r--r--' ls -l "$d/opt/$file"
		done
		listing "$d" | grep -v '^[-d]rw[x-]r-[x-]r-[x-] ' &&
		    atf_fail "modes"
		# All of etc/ and man/.
		(cd "$(top)/etc" && find -L . -type f | sort) >want
		(cd "$d/opt/hw/share/examples/highwater" &&
		    find . -type f | sort) >have
		atf_check -o file:want cat have
		ls "$(top)"/man/*.[0-9] | sed 's,.*/,,' | sort >want
		(cd "$d/opt/hw/man" && ls man5 man7 man8 | grep '\.' | sort) >have
		atf_check -o file:want cat have
		# No path of the defaults is left.
		grep -rIn '/usr/local/s\|/etc/indexd\|/var/run/i\|/var/db/i' \
		    "$d" | grep -v '/opt/etc/' >left && shows left
		grep -q '^indexd socket "/opt/run/indexd.sock"$' \
		    "$d/opt/etc/imapd.conf" || atf_fail "imapd.conf"
		grep -q '^directory "/opt/db/indexd"$' \
		    "$d/opt/etc/indexd.conf" || atf_fail "indexd.conf"
		grep -q 'Pa /opt/etc/imapd.conf' "$d/opt/hw/man/man8/imapd.8" ||
		    atf_fail "manual page"
	done
}

atf_test_case gnu
gnu_head()
{
	atf_set descr "the names of GNU for the same"
}
gnu_body()
{
	makes make install-files DESTDIR="$PWD/d" prefix=/usr \
	    sbindir=/usr/bin mandir=/usr/man sysconfdir=/usr/etc \
	    runstatedir=/srv/run >out 2>&1 || shows out
	for file in usr/bin/imapd usr/man/man8/imapd.8 usr/etc/imapd.conf \
	    usr/share/examples/highwater/users.sh; do
		[ -f "d/$file" ] || atf_fail "no $file"
	done
	grep -q '^ListenStream=/srv/run/indexd.sock$' \
	    d/usr/share/examples/highwater/systemd/indexd.socket ||
	    atf_fail "runstatedir"
}

atf_test_case again
again_head()
{
	atf_set descr "twice is as once; configuration that is there is kept"
}
again_body()
{
	for make in $(each_make); do
		d=$PWD/$make
		makes $make install-files DESTDIR="$d" >out 2>&1 ||
		    shows out
		listing "$d" >first
		sums "$d" >sums
		makes $make install-files DESTDIR="$d" >out 2>&1 ||
		    shows out
		listing "$d" >second
		atf_check -o file:first cat second
		sums "$d" >second
		atf_check -o file:sums cat second
		echo '# mine' >>"$d/etc/imapd.conf"
		ln -sf elsewhere "$d/etc/indexd.conf"
		chmod 600 "$d/etc/imapd.conf"
		makes $make install-files DESTDIR="$d" >out 2>&1 ||
		    shows out
		tail -n 1 "$d/etc/imapd.conf" | grep -q mine ||
		    atf_fail "configuration overwritten"
		atf_check -o match:'^-rw-------' ls -l "$d/etc/imapd.conf"
		[ -h "$d/etc/indexd.conf" ] || atf_fail "link overwritten"
	done
}

atf_test_case uninstall
uninstall_head()
{
	atf_set descr "what was installed goes, and nothing else"
}
uninstall_body()
{
	for make in $(each_make); do
		d=$PWD/$make
		mkdir -p "$d/usr/local/sbin" \
		    "$d/usr/local/share/examples/highwater/systemd" "$d/etc"
		: >"$d/usr/local/sbin/other"
		: >"$d/usr/local/share/examples/highwater/systemd/mine"
		makes $make install-files DESTDIR="$d" >out 2>&1 ||
		    shows out
		echo '# mine' >>"$d/etc/imapd.conf"
		makes $make uninstall DESTDIR="$d" >out 2>&1 ||
		    shows out
		(cd "$d" && find . -type f | sort) >left
		atf_check -o inline:"./etc/imapd.conf
./usr/local/sbin/other
./usr/local/share/examples/highwater/systemd/mine
" cat left
		# Twice does no harm, and what is empty then is gone.
		rm "$d/usr/local/share/examples/highwater/systemd/mine"
		makes $make uninstall DESTDIR="$d" >out 2>&1 ||
		    shows out
		[ ! -e "$d/usr/local/share/examples/highwater" ] ||
		    atf_fail "an empty directory is left"
	done
}

# system name: users.sh -n as that system, where nobody is there.
as_system()
{
	mkdir -p bin
	printf '#!/bin/sh\necho %s\n' "$1" >bin/uname
	printf '#!/bin/sh\nexit 1\n' >bin/id
	chmod +x bin/uname bin/id
	PATH=$PWD/bin:$PATH sh "$(top)/etc/users.sh" -n
}

atf_test_case users_print
users_print_head()
{
	atf_set descr "the commands that make the users, on each system"
}
users_print_body()
{
	local system

	for system in Linux FreeBSD OpenBSD NetBSD Darwin; do
		as_system $system >out 2>&1 || shows out
		for user in _imapd _indexd; do
			grep -q "^[a-z].*[ /]$user\b" out ||
			    shows out
		done
	done
	as_system FreeBSD >out
	atf_check -o match:'^pw useradd _imapd -d /var/empty -s /usr/sbin/nologin' \
	    cat out
	as_system OpenBSD >out
	atf_check -o match:'^useradd -g _imapd -L daemon -d /var/empty' cat out
	as_system Plan9 >out 2>&1 && atf_fail "Plan 9"
	grep -q 'make a user _imapd' out || shows out
	atf_check -s exit:2 -e match:usage sh "$(top)/etc/users.sh" -x
}

atf_test_case users_root
users_root_head()
{
	atf_set descr "the users are made, as root, for an /etc of its own"
	atf_set require.user root
	atf_set require.progs "unshare useradd"
}
users_root_body()
{
	unshare -m true 2>/dev/null || atf_skip "no mounts may be made here"
	mkdir etc var
	cp /etc/passwd /etc/group /etc/login.defs /etc/nsswitch.conf etc
	cp /etc/shadow /etc/gshadow etc
	sed -i.bak '/^_i/d' etc/passwd etc/group etc/shadow etc/gshadow
	cat >inside.sh <<-'END'
		mount --bind etc /etc && mount --bind var /var || exit 1
		sh "$1" && sh "$1" || exit 1
		getent passwd _imapd _indexd
		ls -ld /var/empty
	END
	unshare -m sh inside.sh "$(top)/etc/users.sh" >out 2>err ||
	    shows out err
	atf_check -o match:'^_imapd:x:[0-9]*:[0-9]*:[^:]*:/var/empty:/.*nologin$' \
	    -o match:'^_indexd:x:[0-9]*:[0-9]*:[^:]*:/nonexistent:/.*nologin$' \
	    -o match:'^drwxr-xr-x .* root +root .*/var/empty$' \
	    -o match:'^# the user _imapd is there$' cat out
	cmp -s etc/passwd /etc/passwd && atf_fail "not in its own /etc"
	return 0
}

atf_init_test_cases()
{
	. "$(atf_get_srcdir)/../common.subr"
	atf_add_test_case layout
	atf_add_test_case gnu
	atf_add_test_case again
	atf_add_test_case uninstall
	atf_add_test_case users_print
	atf_add_test_case users_root
}
