# Highwater: build, run, test, install.  For GNU make and for BSD make.
#
#	make		builds imapd/imapd, indexd/indexd and indexd/indexctl
#	make run	installs what the build needs, builds, and serves a sample
#			mailbox; MAILDIR=dir serves that instead, PORT=n elsewhere
#	make test	installs what the tests need, builds and runs them
#	make check	the same, installing nothing; T=filter runs some of them
#	make asan	the tests again, under the address and undefined sanitizers
#	make fuzz	each fuzz target for FUZZ_SECONDS (needs clang)
#	make soak	long random tests, then the whole suite again and
#			again, for SECONDS; SEED=n begins as once before
#	make bench	figures, beside those of Dovecot
#	make lint	the manual pages
#	make install	into $(DESTDIR)$(PREFIX); make uninstall takes it back
#	make users	the system's users _imapd and _indexd, as root
#
# Whoever adds a source file adds it to one of the lists below.  Objects
# depend on all headers of the tree: a changed header rebuilds everything.

# common/*.c: linked into everything.
COMMON_SRCS =	common/activate.c \
		common/activate_launchd.c \
		common/background.c \
		common/compat.c \
		common/conf.c \
		common/conf_value.c \
		common/confine.c \
		common/confine_allow.c \
		common/confine_bpf.c \
		common/confine_deny.c \
		common/confine_freebsd.c \
		common/confine_landlock.c \
		common/confine_linux.c \
		common/confine_none.c \
		common/confine_openbsd.c \
		common/directory.c \
		common/fnv.c \
		common/frame.c \
		common/letters.c \
		common/log.c \
		common/maildir.c \
		common/near.c \
		common/network.c \
		common/notify.c \
		common/pidlock.c \
		common/preflight.c \
		common/table.c \
		common/table_names.c \
		common/table_read.c \
		common/table_tree.c \
		common/tally.c \
		common/uidset.c

# imapd/*.c and imapd/mime/*.c, without the file that holds main().
IMAPD_SRCS =	imapd/adopt.c \
		imapd/adopt_list.c \
		imapd/agree.c \
		imapd/arena.c \
		imapd/auth.c \
		imapd/auth_crypt.c \
		imapd/auth_exec.c \
		imapd/auth_file.c \
		imapd/auth_name.c \
		imapd/auth_pam.c \
		imapd/auth_password.c \
		imapd/auth_sasl.c \
		imapd/auth_secret.c \
		imapd/auth_system.c \
		imapd/cache.c \
		imapd/cache_append.c \
		imapd/cache_block.c \
		imapd/cache_compact.c \
		imapd/cache_live.c \
		imapd/cache_read.c \
		imapd/capability.c \
		imapd/check_conf.c \
		imapd/children.c \
		imapd/client.c \
		imapd/client_id.c \
		imapd/cmd_append.c \
		imapd/cmd_compress.c \
		imapd/cmd_copy.c \
		imapd/cmd_expunge.c \
		imapd/cmd_fetch.c \
		imapd/cmd_idle.c \
		imapd/cmd_list.c \
		imapd/cmd_mailbox.c \
		imapd/cmd_misc.c \
		imapd/cmd_quota.c \
		imapd/cmd_rename.c \
		imapd/cmd_replace.c \
		imapd/cmd_search.c \
		imapd/cmd_select.c \
		imapd/cmd_sort.c \
		imapd/cmd_status.c \
		imapd/cmd_store.c \
		imapd/cmd_thread.c \
		imapd/command.c \
		imapd/conf.c \
		imapd/conf_listen.c \
		imapd/conf_tls.c \
		imapd/conf_use.c \
		imapd/copy.c \
		imapd/courier.c \
		imapd/courier_keywords.c \
		imapd/crowd.c \
		imapd/deflate.c \
		imapd/deliver.c \
		imapd/derive.c \
		imapd/derive_fields.c \
		imapd/derive_id.c \
		imapd/derive_key.c \
		imapd/derive_preview.c \
		imapd/derive_search.c \
		imapd/derive_sort.c \
		imapd/derive_thread.c \
		imapd/fetch_body.c \
		imapd/fetch_fields.c \
		imapd/fetch_file.c \
		imapd/fetch_items.c \
		imapd/fetch_parse.c \
		imapd/fetch_section.c \
		imapd/fetch_send.c \
		imapd/flags.c \
		imapd/flush.c \
		imapd/folder.c \
		imapd/folder_box.c \
		imapd/front.c \
		imapd/front_auth.c \
		imapd/front_proxy.c \
		imapd/front_tls.c \
		imapd/gate.c \
		imapd/gate_indexd.c \
		imapd/grammar.c \
		imapd/identity.c \
		imapd/idx.c \
		imapd/idx_box.c \
		imapd/idx_brief.c \
		imapd/idx_change.c \
		imapd/idx_event.c \
		imapd/idx_lease.c \
		imapd/idx_repair.c \
		imapd/idx_watch.c \
		imapd/keywords.c \
		imapd/known.c \
		imapd/learn.c \
		imapd/lease.c \
		imapd/lease_text.c \
		imapd/list_parse.c \
		imapd/list_select.c \
		imapd/list_show.c \
		imapd/listen.c \
		imapd/listing.c \
		imapd/listing_names.c \
		imapd/locate.c \
		imapd/lock.c \
		imapd/login.c \
		imapd/look.c \
		imapd/mailbox_name.c \
		imapd/mailboxid.c \
		imapd/mailroot.c \
		imapd/mime/address.c \
		imapd/mime/binary.c \
		imapd/mime/casemap.c \
		imapd/mime/charname.c \
		imapd/mime/charset.c \
		imapd/mime/charstep.c \
		imapd/mime/chartable.c \
		imapd/mime/charunit.c \
		imapd/mime/charwide.c \
		imapd/mime/date.c \
		imapd/mime/decode.c \
		imapd/mime/encode.c \
		imapd/mime/encword.c \
		imapd/mime/entity.c \
		imapd/mime/envelope.c \
		imapd/mime/fieldtext.c \
		imapd/mime/header.c \
		imapd/mime/html.c \
		imapd/mime/kind.c \
		imapd/mime/lex.c \
		imapd/mime/match.c \
		imapd/mime/message.c \
		imapd/mime/msgid.c \
		imapd/mime/param.c \
		imapd/mime/part.c \
		imapd/mime/search.c \
		imapd/mime/section.c \
		imapd/mime/sink.c \
		imapd/mime/source.c \
		imapd/mime/structure.c \
		imapd/mime/subject.c \
		imapd/mime/utf8.c \
		imapd/mutf7.c \
		imapd/names.c \
		imapd/namespace.c \
		imapd/park.c \
		imapd/parser.c \
		imapd/parser_arg.c \
		imapd/password.c \
		imapd/peer.c \
		imapd/placing.c \
		imapd/privs.c \
		imapd/proxy.c \
		imapd/qresync.c \
		imapd/quota.c \
		imapd/quota_fs.c \
		imapd/quote.c \
		imapd/relay.c \
		imapd/repair.c \
		imapd/response.c \
		imapd/result_walk.c \
		imapd/sasl.c \
		imapd/scan.c \
		imapd/scram.c \
		imapd/scram_secret.c \
		imapd/search_content.c \
		imapd/search_match.c \
		imapd/search_parse.c \
		imapd/search_return.c \
		imapd/search_run.c \
		imapd/search_send.c \
		imapd/seqset.c \
		imapd/session.c \
		imapd/set.c \
		imapd/sockets.c \
		imapd/sort.c \
		imapd/sort_order.c \
		imapd/sort_parse.c \
		imapd/special_use.c \
		imapd/stamp.c \
		imapd/status.c \
		imapd/subscriptions.c \
		imapd/supervisor.c \
		imapd/supervisor_gate.c \
		imapd/supervisor_login.c \
		imapd/thread_forest.c \
		imapd/thread_group.c \
		imapd/thread_index.c \
		imapd/thread_link.c \
		imapd/thread_tree.c \
		imapd/thread_write.c \
		imapd/threadid.c \
		imapd/tls.c \
		imapd/tls_cert.c \
		imapd/tls_lib.c \
		imapd/tls_peer.c \
		imapd/tls_server.c \
		imapd/tls_ticket.c \
		imapd/tls_warm.c \
		imapd/uidlist.c \
		imapd/uidlist_keep.c \
		imapd/uidlist_line.c \
		imapd/uidlist_lock.c \
		imapd/uidlist_write.c \
		imapd/update.c \
		imapd/view.c \
		imapd/view_log.c \
		imapd/view_news.c \
		imapd/view_number.c \
		imapd/view_walk.c \
		imapd/wait.c \
		imapd/watch.c \
		imapd/watch_inotify.c \
		imapd/witness.c
IMAPD_MAIN = imapd/imapd.c

# indexd/*.c, without the two files that hold a main().
INDEXD_SRCS =	indexd/appeared.c \
		indexd/arrive.c \
		indexd/aside.c \
		indexd/batch.c \
		indexd/bind.c \
		indexd/box.c \
		indexd/brief.c \
		indexd/brief_request.c \
		indexd/carry.c \
		indexd/carry_text.c \
		indexd/check.c \
		indexd/check_conf.c \
		indexd/compact.c \
		indexd/compact_log.c \
		indexd/compact_rows.c \
		indexd/conf.c \
		indexd/control.c \
		indexd/control_check.c \
		indexd/control_export.c \
		indexd/control_find.c \
		indexd/control_import.c \
		indexd/control_reset.c \
		indexd/control_sample.c \
		indexd/control_session.c \
		indexd/control_show.c \
		indexd/control_stats.c \
		indexd/control_takeover.c \
		indexd/control_text.c \
		indexd/create.c \
		indexd/ctl.c \
		indexd/decide.c \
		indexd/decide_append.c \
		indexd/decide_copy.c \
		indexd/decide_expunge.c \
		indexd/decide_give.c \
		indexd/decide_replace.c \
		indexd/decide_report.c \
		indexd/decide_store.c \
		indexd/durable.c \
		indexd/each.c \
		indexd/encode.c \
		indexd/engine.c \
		indexd/event_epoll.c \
		indexd/event_kqueue.c \
		indexd/event_poll.c \
		indexd/flight.c \
		indexd/flight_cancel.c \
		indexd/floor.c \
		indexd/fold.c \
		indexd/growth.c \
		indexd/handle.c \
		indexd/histogram.c \
		indexd/identity.c \
		indexd/journal.c \
		indexd/keywords.c \
		indexd/kinds.c \
		indexd/listen.c \
		indexd/mailbox.c \
		indexd/note.c \
		indexd/peer.c \
		indexd/peer_time.c \
		indexd/publish.c \
		indexd/rebuild.c \
		indexd/record.c \
		indexd/recover.c \
		indexd/recover_ahead.c \
		indexd/recover_gap.c \
		indexd/repaired.c \
		indexd/reply.c \
		indexd/request.c \
		indexd/root.c \
		indexd/salvage.c \
		indexd/scan.c \
		indexd/server.c \
		indexd/sessions.c \
		indexd/stamp.c \
		indexd/syncer.c \
		indexd/top.c \
		indexd/top_draw.c \
		indexd/top_sample.c \
		indexd/treewrite.c \
		indexd/user.c \
		indexd/verify.c \
		indexd/warn.c \
		indexd/watch.c \
		indexd/watch_ask.c \
		indexd/watch_inotify.c \
		indexd/watch_kqueue.c \
		indexd/watch_none.c \
		indexd/watch_request.c \
		indexd/watch_touched.c \
		indexd/writer.c
INDEXD_MAIN = indexd/indexd.c
INDEXCTL_MAIN = indexd/indexctl.c

# What tests in C share: linked into each of them.
TEST_LIB_SRCS =	tests/agents/race.c \
		tests/confine/system.c \
		tests/confine/try.c \
		tests/damage/seen.c \
		tests/inject/fault.c \
		tests/inject/kill.c \
		tests/inject/scene.c \
		tests/inject/script.c \
		tests/inject/snap.c \
		tests/lib/daemon.c \
		tests/lib/exercise.c \
		tests/lib/imap.c \
		tests/lib/mirror.c \
		tests/lib/model.c \
		tests/lib/peer.c \
		tests/lib/peer_inside.c \
		tests/order/check.c \
		tests/order/check_client.c \
		tests/order/check_lost.c \
		tests/order/check_order.c \
		tests/order/check_other.c \
		tests/order/check_store.c \
		tests/order/command.c \
		tests/order/commands.c \
		tests/order/follow.c \
		tests/order/history.c \
		tests/order/ledger.c \
		tests/order/meddler.c \
		tests/order/record.c \
		tests/order/replay.c \
		tests/order/replica.c \
		tests/order/report.c \
		tests/order/response.c \
		tests/order/resync.c \
		tests/order/session.c \
		tests/order/workload.c \
		tests/powercut/disk.c \
		tests/powercut/play.c \
		tests/powercut/shot.c \
		tests/powercut/state.c \
		tests/powercut/verify.c \
		tests/sort/mail.c \
		tests/sort/naive.c

# Programs of ATF cases in C, without ".c": linked with libcommon.a and, by
# the list they stand in, libimapd.a or libindexd.a.
COMMON_TESTS =	tests/agents/agents_test \
		tests/agents/live_test \
		tests/common/compat_test \
		tests/common/log_test \
		tests/common/uidset_test \
		tests/conf/lexer_test \
		tests/confine/lacks_test \
		tests/damage/daemons_test \
		tests/frame/frame_test \
		tests/imap/silent_test \
		tests/inject/fault_test \
		tests/inject/inside_test \
		tests/inject/kill_test \
		tests/limits/tally_test \
		tests/maildir/name_test \
		tests/order/checker_test \
		tests/order/order_test \
		tests/watch/watch_test
IMAPD_TESTS =	tests/auth/auth_file_test \
		tests/auth/auth_test \
		tests/auth/backend_test \
		tests/auth/front_test \
		tests/auth/sasl_test \
		tests/auth/scram_test \
		tests/auth/supervisor_test \
		tests/cache/cache_test \
		tests/cache/damage_test \
		tests/cache/several_test \
		tests/compress/deflate_test \
		tests/conf/imapd_conf_test \
		tests/confine/front_test \
		tests/confine/session_test \
		tests/confine/system_test \
		tests/crash/crash_test \
		tests/cut/cut_test \
		tests/folder/adopt_test \
		tests/folder/deliver_test \
		tests/folder/flush_test \
		tests/folder/identity_test \
		tests/folder/keywords_test \
		tests/folder/open_test \
		tests/folder/report_test \
		tests/folder/scan_test \
		tests/folder/stamp_test \
		tests/folder/watch_test \
		tests/imap/client_test \
		tests/imap/mutf7_test \
		tests/imap/numbers_test \
		tests/imap/parser_test \
		tests/imap/quote_test \
		tests/imap/seqset_test \
		tests/items/binary_test \
		tests/items/cost_test \
		tests/items/derived_test \
		tests/items/encode_test \
		tests/lease/lease_test \
		tests/lease/text_test \
		tests/limits/crowd_test \
		tests/limits/proxy_test \
		tests/listen/children_test \
		tests/listen/sockets_test \
		tests/mailbox/namespace_test \
		tests/mime/address_test \
		tests/mime/charset_test \
		tests/mime/charwide_test \
		tests/mime/cost_test \
		tests/mime/date_test \
		tests/mime/decode_test \
		tests/mime/header_test \
		tests/mime/match_test \
		tests/mime/param_test \
		tests/mime/part_test \
		tests/mime/search_test \
		tests/mime/section_test \
		tests/mime/sink_test \
		tests/mime/source_test \
		tests/mime/structure_test \
		tests/search/days_test \
		tests/search/derived_test \
		tests/session/check_test \
		tests/session/response_test \
		tests/session/sleeper_test \
		tests/sort/derive_test \
		tests/sort/msgid_test \
		tests/sort/sort_test \
		tests/sort/subject_test \
		tests/sort/thread_test \
		tests/takeover/keep_test \
		tests/takeover/learn_test \
		tests/takeover/uiddb_test \
		tests/takeover/uidlist_test \
		tests/tls/relay_test
# Linked with libimapd.a and libindexd.a.
BOTH_TESTS =	tests/session/view_test
INDEXD_TESTS =	tests/carry/carry_test \
		tests/conf/indexd_conf_test \
		tests/confine/indexd_test \
		tests/damage/journal_test \
		tests/damage/table_test \
		tests/indexd/abuse_test \
		tests/indexd/control_test \
		tests/indexd/flight_test \
		tests/indexd/letters_test \
		tests/indexd/perflag_test \
		tests/indexd/replace_test \
		tests/indexd/resume_test \
		tests/indexd/store_test \
		tests/journal/recover_test \
		tests/limits/served_test \
		tests/see/parts_test \
		tests/table/brief_test \
		tests/table/engine_test \
		tests/table/history_test \
		tests/table/kills_test \
		tests/table/readers_test \
		tests/table/table_test

# Linked with libindexd.a and the recorder, which stands before the calls that
# change files; and the daemons with it.
POWERCUT_TESTS = tests/powercut/engine_cut_test \
		tests/powercut/powercut_test
RECORDER = tests/powercut/recorder.o
PACE =	tests/powercut/pace.o
POWERCUT_DAEMONS = tests/powercut/imapd/imapd tests/powercut/indexd/indexd

# Programs of ATF cases in atf-sh, without ".sh".  The models have nothing of
# ours compiled in: once is enough.
SPIN_TESTS =	tests/spin/spin_test
SH_TESTS =	tests/auth/binding_test \
		tests/auth/login_test \
		tests/cache/listing_test \
		tests/clients/clients_test \
		tests/clients/download_test \
		tests/clients/imapflow_test \
		tests/clients/interimap_test \
		tests/clients/perl_test \
		tests/clients/roundcube_test \
		tests/clients/terminal_test \
		tests/clients/thunderbird_test \
		tests/compress/compress_test \
		tests/etc/etc_test \
		tests/folders/folders_test \
		tests/fuzz/replay_test \
		tests/guard/guard_test \
		tests/imap/change_test \
		tests/imap/checklist_test \
		tests/imap/condstore_test \
		tests/imap/fetch_test \
		tests/imap/limits_test \
		tests/imap/mailbox_test \
		tests/imap/others_test \
		tests/imap/search_test \
		tests/imap/session_test \
		tests/imap/state_test \
		tests/imapdlg/imapdlg_test \
		tests/items/items_test \
		tests/limits/hostile_test \
		tests/limits/limits_test \
		tests/listen/listen_test \
		tests/loss/loss_test \
		tests/queue/queue_test \
		tests/rev2/rev2_test \
		tests/run/run_test \
		tests/search/search_test \
		tests/see/see_test \
		tests/sort/command_test \
		tests/start/daemon_test \
		tests/start/files_test \
		tests/start/handed_test \
		tests/start/install_test \
		tests/start/super_test \
		tests/takeover/courier_test \
		tests/takeover/dovecot_test \
		tests/tls/memory_test \
		tests/tls/tls_test \
		$(SPIN_TESTS)

# Fuzz targets, without ".c", by what they are linked with.
COMMON_FUZZ =
IMAPD_FUZZ =	tests/fuzz/fuzz_cache \
		tests/fuzz/fuzz_charset \
		tests/fuzz/fuzz_command \
		tests/fuzz/fuzz_conf \
		tests/fuzz/fuzz_content \
		tests/fuzz/fuzz_date \
		tests/fuzz/fuzz_deflate \
		tests/fuzz/fuzz_maildir \
		tests/fuzz/fuzz_message \
		tests/fuzz/fuzz_proxy \
		tests/fuzz/fuzz_sasl \
		tests/fuzz/fuzz_sort \
		tests/fuzz/fuzz_thread
INDEXD_FUZZ =	tests/fuzz/fuzz_journal \
		tests/fuzz/fuzz_peer \
		tests/fuzz/fuzz_table

# Manual pages.
MAN5 =	man/highwater-cache.5 \
		man/imapd.conf.5 \
		man/indexd.conf.5 \
		man/modseq-table.5
MAN7 =	man/highwater-security.7
MAN8 =	man/imapd.8 \
		man/indexctl.8 \
		man/indexd.8

# Samples of configuration, and how to start us: by whom they are run, they
# are programs.
ETC_FILES = fail2ban/filter.d/imapd.conf \
		fail2ban/jail.d/imapd.conf \
		imapd.conf \
		indexd.conf \
		inetd.conf \
		launchd/org.highwater.imapd-inetd.plist \
		launchd/org.highwater.imapd-sockets.plist \
		launchd/org.highwater.imapd.plist \
		launchd/org.highwater.indexd.plist \
		pam.imapd \
		systemd/imapd-inetd.socket \
		systemd/imapd-inetd@.service \
		systemd/imapd.service \
		systemd/imapd.socket \
		systemd/indexd.service \
		systemd/indexd.socket \
		xinetd.conf
ETC_SCRIPTS = daemontools/imapd-tcpserver/log/run \
		daemontools/imapd-tcpserver/run \
		daemontools/imapd/log/run \
		daemontools/imapd/run \
		daemontools/indexd/log/run \
		daemontools/indexd/run \
		rc.d/freebsd/imapd \
		rc.d/freebsd/indexd \
		rc.d/netbsd/imapd \
		rc.d/netbsd/indexd \
		rc.d/openbsd/imapd \
		rc.d/openbsd/indexd \
		users.sh

# What the builder may set.
CC = cc
CFLAGS = -O2 -g
# All symbols are bound before the first fork, so that no process does that
# for itself, and what they are bound to is read-only.
LDFLAGS = `case \`uname -s\` in Darwin) ;; *) echo -Wl,-z,relro,-z,now ;; esac`
WERROR =

# Where things go: by the names of the BSDs, or in lower case by GNU's.  What
# is compiled in has to be the same for "make" and "make install": SYSCONFDIR
# for the configuration, RUNDIR for sockets and pid files, STATEDIR for the
# directory of indexd.
DESTDIR =
prefix = /usr/local
PREFIX = $(prefix)
sbindir = $(PREFIX)/sbin
SBINDIR = $(sbindir)
mandir = $(PREFIX)/share/man
MANDIR = $(mandir)
sysconfdir = /etc
SYSCONFDIR = $(sysconfdir)
runstatedir = `case \`uname -s\` in Linux) echo /run ;; *) echo /var/run ;; esac`
RUNDIR = $(runstatedir)
STATEDIR = `case \`uname -s\` in Linux) echo /var/lib ;; *) echo /var/db ;; esac`
EXAMPLESDIR = $(PREFIX)/share/examples/highwater

MAILDIR =
PORT = 1143
T =
FUZZ_CC = clang
FUZZ_SECONDS = 60
SOAK_SECONDS = 3600
SECONDS = $(SOAK_SECONDS)

# What differs between the systems: libbsd is for those whose libc is not
# BSD's, crypt(3) is in libc on some.  The shell asks at each use.
BSD_CFLAGS = `pkg-config --cflags libbsd-overlay 2>/dev/null || :`
BSD_LIBS = `pkg-config --libs libbsd-overlay 2>/dev/null || :`
CRYPT_LIBS = `case \`uname -s\` in OpenBSD|Darwin) ;; *) echo -lcrypt ;; esac`
IDN_CFLAGS = `pkg-config --cflags libidn 2>/dev/null || :`
IDN_LIBS = `pkg-config --libs libidn 2>/dev/null || echo -lidn`
PAM_LIBS = `if test -e /usr/include/security/pam_appl.h || \
	test \`uname -s\` = Darwin; then echo -lpam; fi`
AUTH_LIBS = $(CRYPT_LIBS) $(IDN_LIBS) $(PAM_LIBS)
SSL_CFLAGS = `pkg-config --cflags libcrypto 2>/dev/null || :`
TLS_LIBS = `pkg-config --libs libssl libcrypto 2>/dev/null || \
	echo -lssl -lcrypto`
SSL_LIBS = `pkg-config --libs libcrypto 2>/dev/null || echo -lcrypto`
ATF_CFLAGS = `pkg-config --cflags atf-c 2>/dev/null || :`
ATF_LIBS = `pkg-config --libs atf-c 2>/dev/null || echo -latf-c`

# Cases and decompositions of Unicode, in imapd.
UTF8_CFLAGS = `pkg-config --cflags libutf8proc 2>/dev/null || :`
UTF8_LIBS = `pkg-config --libs libutf8proc 2>/dev/null || echo -lutf8proc`

# COMPRESS=DEFLATE in imapd.
Z_CFLAGS = `pkg-config --cflags zlib 2>/dev/null || :`
Z_LIBS = `pkg-config --libs zlib 2>/dev/null || echo -lz`

WARN =	-Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes -Wshadow \
	-Wpointer-arith -Wcast-qual -Wsign-compare
PATH_CFLAGS = -DSYSCONFDIR="\"$(SYSCONFDIR)\"" -DRUNDIR="\"$(RUNDIR)\"" \
	-DSTATEDIR="\"$(STATEDIR)\""
HW_CFLAGS = -std=c11 $(WARN) $(WERROR) -D_GNU_SOURCE -D_NETBSD_SOURCE \
	-D_DARWIN_C_SOURCE -I. $(PATH_CFLAGS) $(BSD_CFLAGS) $(SSL_CFLAGS) \
	$(Z_CFLAGS) $(UTF8_CFLAGS) $(IDN_CFLAGS)
IMAPD_LIBS = $(TLS_LIBS) $(AUTH_LIBS) $(Z_LIBS) $(UTF8_LIBS) \
	$(BSD_LIBS)
LIBS =	$(IMAPD_LIBS)

COMMON_OBJS = $(COMMON_SRCS:.c=.o)
IMAPD_OBJS = $(IMAPD_SRCS:.c=.o)
INDEXD_OBJS = $(INDEXD_SRCS:.c=.o)
IMAPD_MAIN_OBJ = $(IMAPD_MAIN:.c=.o)
INDEXD_MAIN_OBJ = $(INDEXD_MAIN:.c=.o)
INDEXCTL_MAIN_OBJ = $(INDEXCTL_MAIN:.c=.o)
MAIN_OBJS = $(IMAPD_MAIN_OBJ) $(INDEXD_MAIN_OBJ) $(INDEXCTL_MAIN_OBJ)
OBJS =	$(COMMON_OBJS) $(IMAPD_OBJS) $(INDEXD_OBJS) $(MAIN_OBJS)

COMMON_LIB = common/libcommon.a
IMAPD_LIB = imapd/libimapd.a
INDEXD_LIB = indexd/libindexd.a
TEST_LIB = tests/lib/libtest.a
TEST_LIB_OBJS = $(TEST_LIB_SRCS:.c=.o)
ARCHIVES = $(COMMON_LIB) $(IMAPD_LIB) $(INDEXD_LIB)
PROGS =	imapd/imapd indexd/indexd indexd/indexctl

DLG =	tests/imapdlg/imapdlg
DLG_OBJS = tests/imapdlg/imapdlg.o tests/imapdlg/conn.o \
	tests/imapdlg/pattern.o tests/imapdlg/script.o tests/imapdlg/vars.o
BENCH =	tests/bench/bench
BENCH_OBJS = tests/bench/answer.o tests/bench/bench.o \
	tests/bench/client.o tests/bench/cost.o tests/bench/door.o \
	tests/bench/folder.o tests/bench/mail.o tests/bench/many.o \
	tests/bench/mailbox.o tests/bench/measure.o \
	tests/bench/messages.o tests/bench/order.o tests/bench/scale.o \
	tests/bench/syncs.o
# The daemons as a fault-injection build, where there can be one.
INJECT = tests/inject/imapd tests/inject/indexd
# The daemons without what confines them, for tools that it would stop.
GUARD =	tests/guard/imapd tests/guard/indexd
INJECT_SRCS = tests/inject/shim.c tests/inject/shim_more.c
C_TESTS = $(COMMON_TESTS) $(IMAPD_TESTS) $(BOTH_TESTS) $(INDEXD_TESTS) \
	$(POWERCUT_TESTS)
TESTS =	$(C_TESTS) $(SH_TESTS)
FUZZ =	$(COMMON_FUZZ) $(IMAPD_FUZZ) $(INDEXD_FUZZ)

all: $(PROGS)

.PHONY: all run test check asan fuzz fuzzbins soak bench bench-plot lint install \
	install-files uninstall users deps clean testbins

.SUFFIXES:
.SUFFIXES: .c .o .sh

# The flags are many and always the same; -n shows them.
.c.o:
	@echo "$(CC) -c $<"
	@$(CC) $(HW_CFLAGS) $(CFLAGS) -c -o $@ $<

# A test in C.
.c:
	@case " $(IMAPD_TESTS) " in *" $@ "*) lib=$(IMAPD_LIB) ;; esac; \
	case " $(INDEXD_TESTS) " in *" $@ "*) lib=$(INDEXD_LIB) ;; esac; \
	case " $(POWERCUT_TESTS) " in \
	    *" $@ "*) lib="$(RECORDER) $(INDEXD_LIB)" ;; esac; \
	case " $(BOTH_TESTS) " in \
	    *" $@ "*) lib="$(IMAPD_LIB) $(INDEXD_LIB)" ;; esac; \
	echo "$(CC) -o $@ $<"; \
	$(CC) $(HW_CFLAGS) $(CFLAGS) $(ATF_CFLAGS) $(LDFLAGS) \
	    -o $@ $< $(TEST_LIB) $$lib $(COMMON_LIB) $(ATF_LIBS) $(LIBS)

# A test in shell: atf-sh is not on everyone's path.
.sh:
	@atfsh=`command -v atf-sh || echo /usr/libexec/atf-sh`; \
	{ echo "#! $$atfsh"; cat $<; } >$@.tmp && chmod +x $@.tmp && \
	    mv $@.tmp $@

$(OBJS) $(C_TESTS) $(TEST_LIB_OBJS): common/*.h imapd/*.h imapd/mime/*.h \
    indexd/*.h
$(ARCHIVES): Makefile
$(DLG_OBJS): tests/imapdlg/dlg.h
$(BENCH_OBJS): tests/bench/bench.h
$(C_TESTS): $(ARCHIVES) $(TEST_LIB)
$(TEST_LIB_OBJS) $(C_TESTS): tests/lib/*.h tests/order/*.h tests/inject/*.h
$(TEST_LIB_OBJS) $(POWERCUT_TESTS) $(RECORDER): tests/powercut/*.h
$(POWERCUT_TESTS): $(RECORDER) $(POWERCUT_DAEMONS)

$(COMMON_LIB): $(COMMON_OBJS)
	rm -f $@
	$(AR) rc $@ $(COMMON_OBJS)

$(IMAPD_LIB): $(IMAPD_OBJS)
	rm -f $@
	$(AR) rc $@ $(IMAPD_OBJS)

$(INDEXD_LIB): $(INDEXD_OBJS)
	rm -f $@
	$(AR) rc $@ $(INDEXD_OBJS)

$(TEST_LIB): $(TEST_LIB_OBJS)
	rm -f $@
	$(AR) rc $@ $(TEST_LIB_OBJS)

imapd/imapd: $(IMAPD_MAIN_OBJ) $(IMAPD_LIB) $(COMMON_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(IMAPD_MAIN_OBJ) $(IMAPD_LIB) \
	    $(COMMON_LIB) $(IMAPD_LIBS)

indexd/indexd: $(INDEXD_MAIN_OBJ) $(INDEXD_LIB) $(COMMON_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(INDEXD_MAIN_OBJ) $(INDEXD_LIB) \
	    $(COMMON_LIB) $(SSL_LIBS) $(BSD_LIBS)

indexd/indexctl: $(INDEXCTL_MAIN_OBJ) $(INDEXD_LIB) $(COMMON_LIB)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(INDEXCTL_MAIN_OBJ) $(INDEXD_LIB) \
	    $(COMMON_LIB) $(SSL_LIBS) $(BSD_LIBS)

tests/inject/imapd: imapd/imapd $(INJECT_SRCS) tests/inject/*.h
	@test "`uname -s`" = Linux || exit 0; echo "$(CC) -o $@"; \
	$(CC) $(HW_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(IMAPD_MAIN_OBJ) \
	    $(INJECT_SRCS) $(IMAPD_LIB) $(COMMON_LIB) $(IMAPD_LIBS)

tests/inject/indexd: indexd/indexd $(INJECT_SRCS) tests/inject/*.h
	@test "`uname -s`" = Linux || exit 0; echo "$(CC) -o $@"; \
	$(CC) $(HW_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(INDEXD_MAIN_OBJ) \
	    $(INJECT_SRCS) $(INDEXD_LIB) $(COMMON_LIB) $(SSL_LIBS) $(BSD_LIBS)

tests/guard/imapd: imapd/imapd tests/guard/free.c
	$(CC) $(HW_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(IMAPD_MAIN_OBJ) \
	    tests/guard/free.c $(IMAPD_LIB) $(COMMON_LIB) $(IMAPD_LIBS)

tests/guard/indexd: indexd/indexd tests/guard/free.c
	$(CC) $(HW_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $(INDEXD_MAIN_OBJ) \
	    tests/guard/free.c $(INDEXD_LIB) $(COMMON_LIB) $(SSL_LIBS) \
	    $(BSD_LIBS)

tests/powercut/imapd/imapd: $(IMAPD_MAIN_OBJ) $(IMAPD_LIB) $(COMMON_LIB) \
    $(RECORDER) $(PACE)
	mkdir -p tests/powercut/imapd
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(IMAPD_MAIN_OBJ) \
	    $(RECORDER) $(PACE) $(IMAPD_LIB) $(COMMON_LIB) $(IMAPD_LIBS)

tests/powercut/indexd/indexd: $(INDEXD_MAIN_OBJ) $(INDEXD_LIB) $(COMMON_LIB) \
    $(RECORDER) $(PACE)
	mkdir -p tests/powercut/indexd
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(INDEXD_MAIN_OBJ) \
	    $(RECORDER) $(PACE) $(INDEXD_LIB) $(COMMON_LIB) $(SSL_LIBS) \
	    $(BSD_LIBS)

$(DLG): $(DLG_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(DLG_OBJS) $(BSD_LIBS)

$(BENCH): $(BENCH_OBJS)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(BENCH_OBJS) $(TLS_LIBS) $(BSD_LIBS)

# One Kyuafile for each directory of tests, and one that includes them.  What
# a test needs root for, it says itself.
tests/Kyuafile: Makefile
	@for d in `for t in $(TESTS); do dirname $$t; done | sort -u`; do \
		{ echo 'syntax(2)'; echo 'test_suite("highwater")'; \
		for t in $(TESTS); do \
			test "`dirname $$t`" = $$d || continue; \
			echo "atf_test_program{name=\"`basename $$t`\"," \
			    "required_user=\"unprivileged\"}"; \
		done; } >$$d/Kyuafile; \
	done
	@{ echo 'syntax(2)'; echo 'test_suite("highwater")'; \
	for d in `for t in $(TESTS); do dirname $$t; done | sort -u`; do \
		echo "include(\"$${d#tests/}/Kyuafile\")"; \
	done; } >$@

testbins: $(PROGS) $(DLG) $(INJECT) $(GUARD) $(TESTS) tests/fuzz/replay.done tests/Kyuafile

run:
	@sh tests/deps.sh build
	@$(MAKE) all $(DLG)
	@MAILDIR="$(MAILDIR)" PORT="$(PORT)" sh tests/run.sh

test:
	@sh tests/deps.sh test
	@$(MAKE) check

check: testbins
	@sh tests/check.sh $(T)

deps:
	@sh tests/deps.sh test

asan:
	@sh tests/shadow.sh build/asan
	@cd build/asan && $(MAKE) check LDFLAGS= T="$(T)" SPIN_TESTS= CFLAGS="-O1 -g \
	    -fno-omit-frame-pointer -fno-sanitize-recover=all \
	    -fsanitize=address,undefined"

# The fuzz targets, and all they are linked with, are built apart.
fuzz:
	@sh tests/deps.sh fuzz
	@sh tests/shadow.sh build/fuzz
	@cd build/fuzz && $(MAKE) fuzzbins CC="$(FUZZ_CC)" LDFLAGS= CFLAGS="-O1 \
	    -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	    -fsanitize=fuzzer-no-link,address,undefined"
	@for f in $(FUZZ); do \
		n=`basename $$f`; mkdir -p build/fuzz/corpus/$$n; \
		d=tests/fuzz/corpus/$$n; test -d $$d || d=; \
		echo "$$n: $(FUZZ_SECONDS) s"; \
		build/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) \
		    -artifact_prefix=build/fuzz/$$n- -timeout=20 \
		    -rss_limit_mb=1024 -print_final_stats=1 \
		    build/fuzz/corpus/$$n $$d || exit 1; \
	done

fuzzbins: $(ARCHIVES) $(TEST_LIB)
	@for f in $(FUZZ); do \
		lib=; \
		case " $(IMAPD_FUZZ) " in *" $$f "*) lib=$(IMAPD_LIB) ;; esac; \
		case " $(INDEXD_FUZZ) " in *" $$f "*) lib=$(INDEXD_LIB) ;; esac; \
		echo "$$f"; \
		$(CC) $(HW_CFLAGS) $(CFLAGS) -fsanitize=fuzzer -o $$f $$f.c \
		    $(TEST_LIB) $$lib $(COMMON_LIB) $(LIBS) || exit 1; \
	done

# The fuzz targets without a fuzzer, to run them on their corpus.
tests/fuzz/replay.done: $(ARCHIVES) $(TEST_LIB) $(FUZZ:=.c) tests/fuzz/replay.c
	@for f in $(FUZZ); do \
		lib=; \
		case " $(IMAPD_FUZZ) " in *" $$f "*) lib=$(IMAPD_LIB) ;; esac; \
		case " $(INDEXD_FUZZ) " in *" $$f "*) lib=$(INDEXD_LIB) ;; esac; \
		echo "$(CC) -o $${f}_replay"; \
		$(CC) $(HW_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $${f}_replay $$f.c \
		    tests/fuzz/replay.c $(TEST_LIB) $$lib $(COMMON_LIB) $(LIBS) || exit 1; \
	done
	@echo $(FUZZ) >$@

soak: testbins
	@sh tests/soak.sh $(SECONDS)

bench:
	@sh tests/deps.sh bench || sh tests/deps.sh build
	@$(MAKE) all $(BENCH) $(DLG)
	@sh tests/bench/bench.sh

# What the last bench printed, or else what was recorded.
bench-plot:
	@sh tests/deps.sh plot
	@mkdir -p build/bench
	@t=build/bench/table; test -f $$t || t=tests/bench/results; \
	sh tests/bench/plot.sh $$t build/bench

lint:
	mandoc -Tlint -Wwarning $(MAN5) $(MAN7) $(MAN8)

# The files name the defaults; here they get the names that were asked for.
SUBST = sed -e "s|/usr/local/sbin/|$(SBINDIR)/|g" \
	-e "s|/usr/local/share/examples/highwater|$(EXAMPLESDIR)|g" \
	-e "s|/etc/imapd|$(SYSCONFDIR)/imapd|g" \
	-e "s|/etc/indexd|$(SYSCONFDIR)/indexd|g" \
	-e "s|/var/run/imapd|$(RUNDIR)/imapd|g" \
	-e "s|/var/run/indexd|$(RUNDIR)/indexd|g" \
	-e "s|/var/db/indexd|$(STATEDIR)/indexd|g"

install: all
	@$(MAKE) install-files

# Configuration that is there stays as it is.
install-files:
	@umask 022; set -e; \
	put() { echo "$$3"; rm -f "$$3"; $(SUBST) "$$2" >"$$3"; \
	    chmod "$$1" "$$3"; }; \
	man="$(DESTDIR)$(MANDIR)"; \
	ex="$(DESTDIR)$(EXAMPLESDIR)"; \
	mkdir -p "$(DESTDIR)$(SBINDIR)" "$$man/man5" "$$man/man7" "$$man/man8" "$$ex" \
	    "$(DESTDIR)$(SYSCONFDIR)"; \
	for f in $(PROGS); do \
		echo "$(DESTDIR)$(SBINDIR)/`basename $$f`"; \
		install -m 755 $$f "$(DESTDIR)$(SBINDIR)"; \
	done; \
	for f in $(MAN5); do put 644 $$f "$$man/man5/`basename $$f`"; done; \
	for f in $(MAN7); do put 644 $$f "$$man/man7/`basename $$f`"; done; \
	for f in $(MAN8); do put 644 $$f "$$man/man8/`basename $$f`"; done; \
	for f in $(ETC_FILES) $(ETC_SCRIPTS); do \
		mkdir -p "`dirname "$$ex/$$f"`"; \
	done; \
	for f in $(ETC_FILES); do put 644 etc/$$f "$$ex/$$f"; done; \
	for f in $(ETC_SCRIPTS); do put 755 etc/$$f "$$ex/$$f"; done; \
	for f in imapd.conf indexd.conf; do \
		conf="$(DESTDIR)$(SYSCONFDIR)/$$f"; \
		if test -e "$$conf" || test -h "$$conf"; then \
			echo "$$conf: kept"; \
		else \
			put 644 etc/$$f "$$conf"; \
		fi; \
	done

# Configuration goes if nobody has changed it.
uninstall:
	@ex="$(DESTDIR)$(EXAMPLESDIR)"; man="$(DESTDIR)$(MANDIR)"; \
	for f in imapd.conf indexd.conf; do \
		conf="$(DESTDIR)$(SYSCONFDIR)/$$f"; \
		if cmp -s "$$ex/$$f" "$$conf"; then rm -f "$$conf"; fi; \
	done; \
	for f in $(PROGS); do \
		rm -f "$(DESTDIR)$(SBINDIR)/`basename $$f`"; \
	done; \
	for f in $(MAN5); do rm -f "$$man/man5/`basename $$f`"; done; \
	for f in $(MAN7); do rm -f "$$man/man7/`basename $$f`"; done; \
	for f in $(MAN8); do rm -f "$$man/man8/`basename $$f`"; done; \
	for f in $(ETC_FILES) $(ETC_SCRIPTS); do rm -f "$$ex/$$f"; done; \
	for f in $(ETC_FILES) $(ETC_SCRIPTS); do \
		d="`dirname "$$ex/$$f"`"; \
		while test "$$d" != "$$ex"; do \
			rmdir "$$d" 2>/dev/null || :; d="`dirname "$$d"`"; \
		done; \
	done; \
	rmdir "$$ex" 2>/dev/null || :

users:
	@sh etc/users.sh

clean:
	rm -f $(OBJS) $(ARCHIVES) $(PROGS) $(TESTS)
	rm -f $(TEST_LIB) $(TEST_LIB_OBJS)
	rm -f $(INJECT) $(GUARD) $(DLG) $(DLG_OBJS) $(BENCH) $(BENCH_OBJS)
	rm -f $(RECORDER) $(PACE) $(POWERCUT_DAEMONS)
	rm -f tests/Kyuafile tests/*/Kyuafile
	rm -f tests/fuzz/*_replay tests/fuzz/replay.done
	rm -rf build
