# imapflow, of npm: tested where node finds it.  To have it,
#	npm install imapflow
# in some directory, with NODE_PATH set to the node_modules in that.

flow()
{
	if ! timeout 60 node "$(atf_get_srcdir)/imapflow.js" "$(server_port)" \
	    "$@" >out 2>&1; then
		cat out >&2
		server_logs
		atf_fail "imapflow failed"
	fi
}

imapflow_run()
{
	. "$(atf_get_srcdir)/../common.subr"
	node -e 'require("imapflow")' 2>/dev/null || atf_skip "no imapflow"
	maildir_make Maildir
	maildir_make Maildir/.Drafts
	maildir_make 'Maildir/.Entw&APw-rfe'
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?= aus =?utf-8?q?K=C3=B6ln?=
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
	server_start
	flow "$1"
	server_stop
}

for how in plain: deflate:z qresync:qz; do
	atf_test_case ${how%%:*} cleanup
	eval "
	${how%%:*}_head()
	{
		atf_set descr 'imapflow lists, reads, searches, changes, idles'
		atf_set require.user unprivileged
		atf_set require.progs node
	}
	${how%%:*}_body()
	{
		imapflow_run '${how#*:}'
	}
	${how%%:*}_cleanup()
	{
		. \"\$(atf_get_srcdir)/../common.subr\"
		server_cleanup
	}"
done

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case deflate
	atf_add_test_case qresync
}
