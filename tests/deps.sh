#!/bin/sh
#
# deps.sh build|test|bench|plot|ci|fuzz: installs what that needs and is not
# there yet, with the package manager of the system.  Says what it installs and
# for what; says nothing, and asks no network, if nothing is missing.

set -u

packages=
reasons=
courier=
xinetd=

# What the package is called: Debian, FreeBSD, OpenBSD, NetBSD, Homebrew;
# "-" where the system has it already.
name_of()
{
	case $1 in
	cc)		set -- gcc - - - - ;;
	libc)		set -- libc6-dev - - - - ;;
	make)		set -- make - - - - ;;
	pkgconf)	set -- pkg-config - - - pkgconf ;;
	libbsd)		set -- libbsd-dev - - - libbsd ;;
	libcrypt)	set -- libcrypt-dev - - - - ;;
	openssl-cli)	set -- openssl - - - openssl@3 ;;
	openssl)	set -- libssl-dev - - - openssl@3 ;;
	utf8proc)	set -- libutf8proc-dev utf8proc utf8proc utf8proc \
			    utf8proc ;;
	zlib)		set -- zlib1g-dev - - - zlib ;;
	atf-c)		set -- libatf-dev - atf - atf ;;
	atf-sh)		set -- atf-sh - atf - atf ;;
	kyua)		set -- kyua - kyua kyua kyua ;;
	mandoc)		set -- mandoc - - - mandoc ;;
	curl)		set -- curl curl curl curl - ;;
	isync)		set -- isync isync isync isync isync ;;
	interimap)	set -- interimap - - - - ;;
	mblaze)		set -- mblaze - - - - ;;
	procmail)	set -- procmail - - - - ;;
	maildrop)	set -- maildrop - - - - ;;
	fdm)		set -- fdm - - - - ;;
	mutt)		set -- mutt mutt mutt mutt mutt ;;
	neomutt)	set -- neomutt - - - - ;;
	alpine)		set -- alpine - - - - ;;
	aerc)		set -- aerc - - - - ;;
	fetchmail)	set -- fetchmail - - - - ;;
	getmail)	set -- getmail6 - - - - ;;
	offlineimap)	set -- offlineimap3 - - - - ;;
	imapclient)	set -- libmail-imapclient-perl - - - - ;;
	imaptalk)	set -- libmail-imaptalk-perl - - - - ;;
	python3)	set -- python3 python3 python%3 python312 - ;;
	strace)		set -- strace - - - - ;;
	spin)		set -- spin spin - - spin ;;
	valgrind)	set -- valgrind valgrind - - - ;;
	libcourierauth)	set -- courier-authlib - - - - ;;
	libcourierunicode) set -- libcourier-unicode4 - - - - ;;
	libfam)		set -- libgamin0 - - - - ;;
	libgdbm)	set -- libgdbm6 - - - - ;;
	libidn)		set -- libidn12 - - - - ;;
	idn)		set -- libidn-dev libidn libidn libidn libidn ;;
	pam)		set -- libpam0g-dev - - - - ;;
	gsasl)		set -- gsasl - - - - ;;
	dovecot)	set -- dovecot-imapd dovecot dovecot dovecot dovecot ;;
	clang)		set -- clang - - clang - ;;
	clang-rt)	set -- libclang-rt-dev - - - - ;;
	inetd)		set -- openbsd-inetd - - - - ;;
	tcpserver)	set -- ucspi-tcp ucspi-tcp ucspi-tcp ucspi-tcp - ;;
	daemontools)	set -- daemontools daemontools daemontools daemontools - ;;
	systemd)	set -- systemd - - - - ;;
	libtirpc)	set -- libtirpc3 - - - - ;;
	libwrap)	set -- libwrap0 - - - - ;;
	xmllint)	set -- libxml2-utils libxml2 libxml libxml2 - ;;
	procps)		set -- procps - - - - ;;
	services)	set -- netbase - - - - ;;
	bmake)		set -- bmake - - - bmake ;;
	git)		set -- git git git git - ;;
	gnuplot)	set -- gnuplot-nox gnuplot gnuplot gnuplot gnuplot ;;
	esac
	case $manager in
	apt-get) echo "$1" ;;
	pkg) echo "$2" ;;
	pkg_add)
		if [ "$(uname -s)" = OpenBSD ]; then
			echo "$3"
		else
			echo "$4"
		fi
		;;
	brew) echo "$5" ;;
	esac
}

# need package why command ...: wants the package if the command fails.
need()
{
	local what why name

	what=$1
	why=$2
	shift 2
	"$@" >/dev/null 2>&1 && return
	name=$(name_of "$what")
	if [ "$name" = - ]; then
		echo "deps.sh: $what is missing, which this system should" \
		    "have ($why)" >&2
		exit 1
	fi
	case " $packages " in
	*" $name "*) return ;;
	esac
	packages="$packages $name"
	reasons="$reasons
    $name: $why"
}

have()
{
	command -v "$1"
}

header()
{
	[ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ] ||
	    [ -e "/usr/pkg/include/$1" ] || [ -e "/opt/homebrew/include/$1" ] ||
	    ls /usr/include/*/"$1"
}

need_build()
{
	need cc 'compiles' have "${CC:-cc}"
	need make 'has it done in order' have make
	need libc 'headers of libc' header stdio.h
	if [ "$manager" = apt-get ] || [ "$manager" = brew ]; then
		need pkgconf 'finds libraries' have pkg-config
		need libbsd 'strlcpy, queue.h and others' header bsd/stdlib.h
	fi
	if [ "$manager" = apt-get ]; then
		need libcrypt 'crypt(3), for passwords' header crypt.h
		need pam 'PAM, for passwords' header security/pam_appl.h
	fi
	need idn 'SASLprep, for names that are not ASCII' header stringprep.h
	if [ "$manager" = brew ]; then
		need openssl 'libcrypto' pkg-config --exists libcrypto
	else
		need openssl 'libcrypto' header openssl/evp.h
	fi
	if [ "$manager" = brew ]; then
		need zlib 'COMPRESS=DEFLATE' pkg-config --exists zlib
		need utf8proc 'cases of Unicode' pkg-config --exists libutf8proc
	else
		need zlib 'COMPRESS=DEFLATE' header zlib.h
		need utf8proc 'cases of Unicode' header utf8proc.h
	fi
}

need_test()
{
	need_build
	need kyua 'runs the tests' have kyua
	need atf-c 'tests in C' header atf-c.h
	need atf-sh 'tests in shell' test -n \
	    "$(command -v atf-sh || ls /usr/libexec/atf-sh 2>/dev/null)"
	need mandoc 'checks the manual pages' have mandoc
	need openssl-cli 'a client in the tests, of TLS' have openssl
	need curl 'a client in the tests' have curl
	need isync 'a client in the tests, mbsync' have mbsync
	# Others have no package of it: its tests are skipped there.
	[ "$manager" != apt-get ] ||
		need gsasl 'a client in the tests, SCRAM' have gsasl
	[ "$manager" != apt-get ] ||
		need interimap 'a client in the tests, QRESYNC' have interimap
	# Elsewhere these are not all there, or have other names, likewise.
	if [ "$manager" = apt-get ]; then
		need mblaze 'delivers and flags in the tests' have mdeliver
		need procmail 'delivers in the tests' have procmail
		need maildrop 'delivers in the tests' have maildrop
		need fdm 'delivers, and a client, in the tests' have fdm
		need_clients
	fi
	need dovecot 'serves the same folders, in the tests' have_dovecot
	need_courier
	need_super
	need mutt 'a client in the tests' have mutt
	need python3 'a client in the tests, imaplib' have python3
	# Elsewhere it is no package, and its tests are skipped.
	if [ "$manager" != pkg_add ]; then
		need spin 'checks the models of how tables are read' have spin
		need valgrind 'counts instructions' have valgrind
	fi
}

# Clients that are only looked for where they have these names.  Those that
# weigh more, Roundcube and Thunderbird, are tested where they are.
need_clients()
{
	need neomutt 'a client in the tests' have neomutt
	need alpine 'a client in the tests' have alpine
	need aerc 'a client in the tests' have aerc
	need fetchmail 'a client in the tests' have fetchmail
	need getmail 'a client in the tests' have getmail
	need offlineimap 'a client in the tests' have offlineimap
	need imapclient "a client in the tests, Perl's" \
	    perl -MMail::IMAPClient -e 1
	need imaptalk "a client in the tests, Perl's" \
	    perl -MMail::IMAPTalk -e 1
}

need_bench()
{
	need_build
	need dovecot 'to compare with' have_dovecot
	need strace 'counts syncs' have strace
}

# Courier's server: only Debian's package is known, and that cannot be
# installed beside Dovecot's.  So it is unpacked, and what it is linked with
# installed.
need_courier()
{
	[ "$manager" = apt-get ] || return
	need libcourierauth 'Courier, in the tests' have_lib libcourierauth.so
	need libcourierunicode 'Courier, in the tests' \
	    have_lib libcourier-unicode.so
	need libfam 'Courier, in the tests' have_lib libfam.so
	need libgdbm 'Courier, in the tests' have_lib libgdbm.so
	need libidn 'Courier, in the tests' have_lib libidn.so
	[ -x build/courier/usr/bin/imapd ] || courier=1
}

# What starts us.  Debian lets one inetd be installed: the other is unpacked.
need_super()
{
	need xmllint 'checks what launchd reads' have xmllint
	[ "$manager" != brew ] || return
	need tcpserver 'starts imapd in the tests' have tcpserver
	need daemontools 'starts the daemons in the tests' have multilog
	[ "$manager" = apt-get ] || return
	need inetd 'starts imapd in the tests' test -x /usr/sbin/inetd
	need systemd 'starts the daemons in the tests' \
	    have systemd-socket-activate
	need procps 'finds processes in the tests' have pgrep
	need services 'names of ports, for xinetd' test -e /etc/services
	need libtirpc 'xinetd, in the tests' have_lib libtirpc.so
	need libwrap 'xinetd, in the tests' have_lib libwrap.so
	[ -x build/xinetd/usr/sbin/xinetd ] || xinetd=1
}

have_lib()
{
	ls /lib/"$1".* /lib/*/"$1".* /usr/lib/*/"$1".* 2>/dev/null | grep -q .
}

# Tests that want it are skipped without it.
courier_unpack()
{
	echo "unpacking courier-imap in build/courier: in the tests"
	mkdir -p build/courier && (
		cd build/courier && apt-get download -qq courier-imap &&
		    dpkg-deb -x courier-imap_*.deb . &&
		    rm courier-imap_*.deb
	) || echo "deps.sh: no courier-imap; its tests will be skipped" >&2
}

xinetd_unpack()
{
	echo "unpacking xinetd in build/xinetd: starts imapd in the tests"
	mkdir -p build/xinetd && (
		cd build/xinetd && apt-get download -qq xinetd &&
		    dpkg-deb -x xinetd_*.deb . && rm xinetd_*.deb
	) || echo "deps.sh: no xinetd; its test will be skipped" >&2
}

have_dovecot()
{
	local dir

	for dir in /usr/lib /usr/libexec /usr/local/libexec \
	    /usr/pkg/libexec /opt/homebrew/libexec; do
		[ -x $dir/dovecot/imap ] && return 0
	done
	return 1
}

need_fuzz()
{
	need_build
	need clang 'libFuzzer' have clang
	[ "$manager" != apt-get ] ||
		need clang-rt 'libFuzzer' clang_has_fuzzer
}

need_plot()
{
	need gnuplot 'draws the figures' have gnuplot
}

need_ci()
{
	need_test
	need_fuzz
	need bmake 'the other make' have bmake
	need git 'a clean clone' have git
}

clang_has_fuzzer()
{
	test -e "$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a")"
}

# Runs a command as root.
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		doas "$@"
	fi
}

# may_install command ...: or says what root has to run.
may_install()
{
	[ "$(id -u)" -ne 0 ] || return 0
	! have sudo >/dev/null 2>&1 || return 0
	! have doas >/dev/null 2>&1 || return 0
	echo "deps.sh: must be root to install, and there is neither sudo" \
	    "nor doas; as root, run:" >&2
	echo "    $*" >&2
	exit 1
}

# Debian's packages start their services when they are installed, unless
# policy-rc.d says no.
apt_install()
{
	local policy status

	policy=/usr/sbin/policy-rc.d
	# shellcheck disable=SC2086
	if apt-get install -s -qq $packages >/dev/null 2>&1; then
		:
	else
		as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq ||
		    return 1
	fi
	if [ -e $policy ]; then
		policy=
	else
		trap "as_root rm -f $policy" EXIT
		trap 'exit 1' HUP INT TERM
		as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy &&
		    chmod 755 $policy" || return 1
	fi
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends $packages
	status=$?
	if [ $status -ne 0 ]; then
		# The lists may be older than what the mirrors hold.
		# shellcheck disable=SC2086
		as_root env DEBIAN_FRONTEND=noninteractive \
		    apt-get update -qq &&
		as_root env DEBIAN_FRONTEND=noninteractive \
		    apt-get install -y -qq --no-install-recommends $packages
		status=$?
	fi
	if [ -n "$policy" ]; then
		as_root rm -f $policy
		trap - EXIT HUP INT TERM
	fi
	return $status
}

manager=
for manager in apt-get pkg pkg_add brew ''; do
	[ -n "$manager" ] && command -v "$manager" >/dev/null 2>&1 && break
done

case ${1:-} in
build|test|bench|plot|fuzz|ci)
	need_"$1"
	;;
*)
	echo "usage: deps.sh build|test|bench|plot|fuzz|ci" >&2
	exit 2
	;;
esac
if [ -z "$packages" ]; then
	[ -z "$courier" ] || courier_unpack
	[ -z "$xinetd" ] || xinetd_unpack
	exit 0
fi

if [ -z "$manager" ]; then
	echo "deps.sh: missing, and no apt-get, pkg, pkg_add or brew to install" \
	    "it with:$packages" >&2
	exit 1
fi
echo "installing with $manager:$reasons"
case $manager in
apt-get)
	may_install "apt-get install --no-install-recommends$packages"
	apt_install
	;;
pkg)
	may_install "pkg install$packages"
	# shellcheck disable=SC2086
	as_root pkg install -y $packages
	;;
pkg_add)
	may_install "pkg_add$packages"
	# shellcheck disable=SC2086
	as_root pkg_add $packages
	;;
brew)
	# shellcheck disable=SC2086
	brew install $packages
	;;
esac || {
	echo "deps.sh: could not install:$packages" >&2
	exit 1
}
[ -z "$courier" ] || courier_unpack
[ -z "$xinetd" ] || xinetd_unpack
