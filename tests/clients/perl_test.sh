# Perl's clients.

# run_perl file: with the server's port; it must say that it came to its end.
run_perl()
{
	if ! timeout 60 perl -w "$1" "$(server_port)" >out 2>&1 ||
	    ! grep -q '^done$' out; then
		tail -n 40 out >&2
		server_logs
		atf_fail "$1 failed"
	fi
}

# three messages: plain, with an attachment, and 8-bit.
mail()
{
	maildir_make Maildir
	maildir_make 'Maildir/.Entw&APw-rfe'
	message first | deliver
	deliver <<-'END'
		From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>
		Subject: =?utf-8?b?R3LDvMOfZQ==?=
		MIME-Version: 1.0
		Content-Type: multipart/mixed; boundary=b

		--b
		Content-Type: text/plain; charset=utf-8
		Content-Transfer-Encoding: quoted-printable

		Sch=C3=B6ne Gr=C3=BC=C3=9Fe
		--b
		Content-Type: application/octet-stream
		Content-Disposition: attachment; filename*=utf-8''%C3%A4.bin
		Content-Transfer-Encoding: base64

		AAECAw==
		--b--
	END
	printf 'From: a@example.org\nSubject: 8-bit \344\n\n\344\n' | deliver
}

atf_test_case imapclient cleanup
imapclient_head()
{
	atf_set descr "Mail::IMAPClient lists, searches, reads, stores, moves"
	atf_set require.user unprivileged
	atf_set require.progs perl
}
imapclient_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	perl -MMail::IMAPClient -e 1 2>/dev/null ||
	    atf_skip "no Mail::IMAPClient"
	mail
	server_start
	cat >client.pl <<-'END'
		use strict;
		use Mail::IMAPClient;
		use Mail::IMAPClient::BodyStructure;

		my ($c, $other);
		sub client
		{
			return Mail::IMAPClient->new(Server => '127.0.0.1',
			    Port => $ARGV[0], User => 'demo',
			    Password => 'demo', Uid => 1)
			    // die "login: $@";
		}
		sub ok
		{
			my ($what, $value) = @_;

			defined $value or die "$what: " . $c->LastError;
			return $value;
		}
		sub is
		{
			my ($what, $want, $got) = @_;

			$got eq $want or die "$what: $got, not $want";
		}

		$c = client();
		is('folders', 'Entw&APw-rfe INBOX',
		    join ' ', sort $c->folders);
		is('separator', '.', ok('separator', $c->separator));
		is('count', 3, $c->message_count('INBOX'));
		ok('select', $c->select('INBOX'));
		is('all', '1 2 3', join ' ', $c->search('ALL'));
		# What is not ASCII goes as a literal that waits.
		is('body', 2, join ' ',
		    $c->search(qw(CHARSET UTF-8 TEXT), "sch\xc3\xb6ne"));
		is('or', '1 3', join ' ',
		    $c->search('OR', 'SUBJECT', \'"first"', 'SUBJECT', '8-bit'));
		for my $uid (1, 2, 3) {
			my $text = ok('message', $c->message_string($uid));
			is('size', $c->size($uid), length $text);
			ok('envelope', $c->get_envelope($uid));
		}
		my $parts = ok('structure', $c->get_bodystructure(2));
		is('parts', '1 2', join ' ', $parts->parts);
		is('part', "AAECAw==", $c->bodypart_string(2, 2) =~ s/\s+$//r);
		my $hash = ok('hash', scalar $c->fetch_hash('FLAGS',
		    'BODY.PEEK[HEADER.FIELDS (SUBJECT)]'));
		is('hash', '1 2 3', join ' ', sort keys %$hash);

		ok('create', $c->create('Of Perl'));
		is('append', 1, ok('append', $c->append_string('Of Perl',
		    "Subject: a\r\n\r\ntext\r\n", '\Seen $Perl',
		    '01-Jan-2026 10:00:00 +0100')));
		is('copy', '2,3', ok('copy', $c->copy('Of Perl', 2, 3)));
		ok('select', $c->select('Of Perl'));
		ok('flag', $c->set_flag('Flagged', 2, 3));
		ok('flag', $c->unset_flag('Seen', 1));
		is('flags', '$Perl',
		    join ' ', grep { !/Recent/ } $c->flags(1));
		is('flagged', '2 3', join ' ', $c->search('FLAGGED'));
		ok('move', $c->move('Entw&APw-rfe', 2));
		ok('expunge', $c->expunge);
		ok('delete', $c->delete_message(3));
		ok('uidexpunge', $c->uidexpunge(3));
		is('left', 1, join ' ', $c->search('ALL'));

		# Two at once, one of them in IDLE.
		my $tag = ok('idle', $c->idle);
		$other = client();
		$other->append_string('Of Perl', "Subject: b\r\n\r\nb\r\n")
		    or die 'append';
		my $news = ok('news', scalar $c->idle_data(30));
		join('', @$news) =~ /2 EXISTS/ or die "idle: @$news";
		ok('done', $c->done($tag));
		if ($c->has_capability('SORT')) {
			is('sort', '4 1', join ' ',
			    $c->sort('REVERSE SUBJECT', 'UTF-8', 'ALL'));
		}
		ok('rename', $c->rename('Of Perl', 'Of.Camels'));
		ok('subscribe', $c->subscribe('Of.Camels'));
		is('lsub', 'Of.Camels', join ' ', $c->subscribed);
		ok('unsubscribe', $c->unsubscribe('Of.Camels'));
		ok('close', $c->close);
		ok('delete', $c->delete('Of.Camels'));
		ok('logout', $c->logout);
		print "done\n";
	END
	run_perl client.pl
	server_stop
}
imapclient_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_test_case imaptalk cleanup
imaptalk_head()
{
	atf_set descr "Mail::IMAPTalk parses what it gets"
	atf_set require.user unprivileged
	atf_set require.progs perl
}
imaptalk_body()
{
	. "$(atf_get_srcdir)/../common.subr"
	perl -MMail::IMAPTalk -e 1 2>/dev/null || atf_skip "no Mail::IMAPTalk"
	mail
	server_start
	cat >client.pl <<-'END'
		use strict;
		use Mail::IMAPTalk;

		my $c = Mail::IMAPTalk->new(Server => '127.0.0.1',
		    Port => $ARGV[0], Username => 'demo', Password => 'demo',
		    Uid => 1) or die "login: $@";
		sub ok
		{
			my ($what, $value) = @_;

			defined $value or die "$what: " . $c->get_last_error;
			return $value;
		}
		sub is
		{
			my ($what, $want, $got) = @_;

			$got eq $want or die "$what: $got, not $want";
		}

		sub found
		{
			my $found = ok('search', scalar $c->search(@_));

			return ref $found ? join ' ', @$found : $found;
		}

		ok('list', $c->list('', '*'));
		ok('namespace', $c->namespace);
		is('status', 3, ok('status',
		    $c->status('INBOX', '(messages unseen)'))->{messages});
		is('select', 'read-write', ok('select', $c->select('INBOX')));
		is('uidnext', 4, $c->get_response_code('uidnext'));
		is('literal', 2, found('charset', 'utf-8', 'subject',
		    { Literal => "gr\xc3\xbc\xc3\x9fe" }));
		my $all = ok('fetch', $c->fetch('1:*',
		    '(flags envelope bodystructure rfc822.size)'));
		my $parts = $all->{2}{bodystructure}{'MIME-Subparts'};
		is('subtype', 'octet-stream', $parts->[1]{'MIME-Subtype'});
		is('part', 2, $parts->[1]{'IMAP-Partnum'});
		is('subject', '8-bit', substr($all->{3}{envelope}{Subject}, 0, 5));
		my $text = ok('body', $c->fetch('1:*', '(body.peek[])'));
		is('size', $all->{$_}{'rfc822.size'},
		    length $text->{$_}{body}) for 1, 2, 3;

		ok('create', $c->create('Of "talk"'));
		ok('append', $c->append('Of "talk"', '(\Seen $Foo)',
		    { Literal => "Subject: t\r\n\r\nt\r\n" }));
		ok('copy', $c->copy('1:3', 'Of "talk"'));
		is('copyuid', '2:4', $c->get_response_code('copyuid')->[2]);
		ok('select', $c->select('Of "talk"'));
		ok('store', $c->store('2:3', '+flags', '(\Flagged $Bar)'));
		ok('move', $c->move('2', 'INBOX'));
		ok('store', $c->store('3', '+flags.silent', '(\Deleted)'));
		ok('uidexpunge', $c->uidexpunge('3'));
		is('left', '1 4', found('all'));
		ok('unselect', $c->unselect);
		ok('rename', $c->rename('Of "talk"', 'Of.Talk'));
		ok('delete', $c->delete('Of.Talk'));
		ok('logout', $c->logout);
		print "done\n";
	END
	run_perl client.pl
	server_stop
}
imaptalk_cleanup()
{
	. "$(atf_get_srcdir)/../common.subr"
	server_cleanup
}

atf_init_test_cases()
{
	atf_add_test_case imapclient
	atf_add_test_case imaptalk
}
