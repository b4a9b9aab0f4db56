# Roundcube, in Chromium: too heavy to be installed for it, or to be started
# each time.  Tested with HEAVY_CLIENTS=yes in the environment where there are
# Debian's roundcube-core, php-cli with php-sqlite3, php-mbstring, php-xml and
# php-intl, chromium, nodejs, and puppeteer-core, of npm, where NODE_PATH says.

CUBE=/var/lib/roundcube

cube_config()
{
	mkdir -p cube temp logs
	cp /etc/roundcube/defaults.inc.php /etc/roundcube/mimetypes.php cube/
	cat >cube/config.inc.php <<-END
		<?php
		\$config = [];
		\$config['db_dsnw'] = 'sqlite:///$PWD/cube.db';
		\$config['imap_host'] = ['$(server_addr)'];
		\$config['des_key'] = 'twenty-four octets or so';
		\$config['plugins'] = [];
		\$config['skin'] = 'elastic';
		\$config['temp_dir'] = '$PWD/temp/';
		\$config['log_dir'] = '$PWD/logs/';
		\$config['language'] = 'en_US';
		\$config['messages_cache'] = 'db';
	END
	php -r '$d = new PDO("sqlite:cube.db"); $d->exec(file_get_contents(
	    "/usr/share/roundcube/SQL/sqlite.initial.sql"));' ||
	    atf_fail "no database"
}

cube_answers()
{
	curl -sS -o /dev/null "http://127.0.0.1:$(cat cube.port)/" 2>/dev/null
}

cube_start()
{
	# A port that nobody has, most likely not in a moment either.
	python3 -c 'import socket; s = socket.socket();
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >cube.port
	ROUNDCUBE_CONFIG_DIR=$PWD/cube php \
	    -d session.save_path="$PWD/temp" -d upload_tmp_dir="$PWD/temp" \
	    -S "127.0.0.1:$(cat cube.port)" -t $CUBE </dev/null >php.log 2>&1 &
	echo $! >php.pid
	wait_for "php answers" cube_answers
}

atf_test_case roundcube cleanup
roundcube_head()
{
	atf_set descr "Roundcube lists, sorts, reads, moves, finds, sees new"
	atf_set require.user unprivileged
	atf_set require.progs "chromium curl node php python3"
	atf_set require.files "$CUBE/index.php /etc/roundcube/defaults.inc.php"
	atf_set timeout 300
}
roundcube_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	[ "${HEAVY_CLIENTS:-}" = yes ] || atf_skip "no HEAVY_CLIENTS=yes"
	node -e 'require("puppeteer-core")' 2>/dev/null ||
	    atf_skip "no puppeteer-core"
	php -m | grep -q pdo_sqlite || atf_skip "no php-sqlite3"
	maildir_make Maildir
	maildir_make 'Maildir/.Entw&APw-rfe'
	echo 'Entw&APw-rfe' >Maildir/subscriptions
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?utf-8?q?K=C3=B6ln?=
		Date: Mon, 2 Mar 2026 11:00:00 +0000
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Sch=C3=B6nes Wetter
		--b
		Content-Type: application/octet-stream
		Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin
		Content-Transfer-Encoding: base64

		AAECAw==
		--b--
	END
	message third | deliver
	message arriving >letter
	server_start
	cube_config
	cube_start
	export HOME="$PWD"
	if ! timeout 200 node "$(atf_get_srcdir)/roundcube.js" \
	    "http://127.0.0.1:$(cat cube.port)/" "$(command -v chromium)" \
	    >out 2>&1; then
		cat out logs/* >&2
		server_logs
		atf_fail "Roundcube failed"
	fi
	cat >after.dlg <<-'END'
		1 login
		1 > a EXAMINE INBOX
		1 << a OK ...
		1 > b UID SEARCH FLAGGED
		1 < * SEARCH 1
		1 < b OK ...
		1 > c UID SEARCH SEEN
		1 < * SEARCH 2
		1 < c OK ...
		1 > d STATUS Entw&APw-rfe (MESSAGES)
		1 < * STATUS Entw&APw-rfe (MESSAGES 1)
		1 < d OK ...
	END
	dlg "$(server_addr)" after.dlg
	kill "$(cat php.pid)"
	server_stop
}
roundcube_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	[ ! -f php.pid ] || kill "$(cat php.pid)" 2>/dev/null
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case roundcube
}
