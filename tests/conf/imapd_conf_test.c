/*
 * Copyright (c) 2026 The Highwater authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "imapd/conf.h"
#include "imapd/special_use.h"

#define BASE	"auth file \"/p\"\nlisten on 127.0.0.1 port 1143\n"

static char	errors[8192];

static void	report(void *, const char *);
static struct imapd_conf *parse(const char *, int);
static void	wrong(const char *, const char *);

static void
report(void *arg, const char *text)
{
	ATF_REQUIRE(arg == errors);
	(void)strlcat(errors, text, sizeof(errors));
	(void)strlcat(errors, "\n", sizeof(errors));
}

static struct imapd_conf *
parse(const char *text, int inetd)
{
	static const char *const defs[] = { "given=/given" };
	struct imapd_conf_args args;

	memset(&args, 0, sizeof(args));
	args.defs = defs;
	args.ndefs = 1;
	args.inetd = inetd;
	args.report = report;
	args.arg = errors;
	errors[0] = '\0';
	return (imapd_conf_text("t", text, strlen(text), &args));
}

/* A line that is wrong, with errors as said. */
static void
wrong(const char *line, const char *want)
{
	char text[4096];
	struct imapd_conf *ic;

	(void)snprintf(text, sizeof(text), "%s%s\n", BASE, line);
	ic = parse(text, 0);
	ATF_CHECK_MSG(ic == NULL, "taken: %s", line);
	imapd_conf_free(ic);
	(void)snprintf(text, sizeof(text), "t:3: %s\n", want);
	ATF_CHECK_STREQ(text, errors);
}

ATF_TC_WITHOUT_HEAD(defaults);
ATF_TC_BODY(defaults, tc)
{
	struct imapd_conf *ic;

	ATF_REQUIRE((ic = parse(BASE, 0)) != NULL);
	ATF_CHECK_STREQ("", errors);
	ATF_CHECK_STREQ("/p", ic->auth_arg);
	ATF_CHECK_STREQ(IMAPD_INDEXD, ic->indexd);
	ATF_CHECK_STREQ(IMAPD_MAILDIR, ic->maildir);
	ATF_CHECK_EQ('.', ic->separator);
	ATF_CHECK_EQ(PLAINTEXT_LOOPBACK, ic->plaintext);
	ATF_CHECK_EQ(IMAPD_CONNECTIONS, ic->connections);
	ATF_CHECK_EQ(IMAPD_PER_USER, ic->per_user);
	ATF_CHECK_EQ(IMAPD_PER_ADDRESS, ic->per_address);
	ATF_CHECK_EQ(IMAPD_UNAUTHENTICATED, ic->unauthenticated);
	ATF_CHECK_EQ(IMAPD_MEMORY, ic->memory);
	ATF_CHECK_EQ(60, ic->login);
	ATF_CHECK_EQ(1800, ic->idle);
	ATF_CHECK_EQ(67108864, ic->message_max);
	imapd_conf_free(ic);
	imapd_conf_free(NULL);
}

ATF_TC_WITHOUT_HEAD(everything);
ATF_TC_BODY(everything, tc)
{
	struct imapd_conf *ic;

	ATF_REQUIRE((ic = parse(
	    "dir = /d\n"
	    "given = /not\n"
	    "indexd socket $dir/s\n"
	    "auth file $given/passwd\n"
	    "maildir \"/mail/%d/%n/%u%%\"\n"
	    "plaintext auth never\n"
	    "limit connections 10\n"
	    "limit per-user 3\n"
	    "limit message 10k\n"
	    "limit per-address 4\n"
	    "limit unauthenticated 5\n"
	    "limit memory 64m\n"
	    "timeout login 30s\n"
	    "pidfile /run/x.pid\n"
	    "timeout idle 2h\n"
	    "separator \"/\"\n"
	    "special use sent Mine Yours\n"
	    "special use sent \"Gel\303\266scht/x\"\n"
	    "special use junk none\n"
	    "listen on 10.0.0.1 port imap\n", 0)) != NULL);
	ATF_CHECK_STREQ("", errors);
	ATF_CHECK_STREQ("/d/s", ic->indexd);
	ATF_CHECK_STREQ("/given/passwd", ic->auth_arg);
	ATF_CHECK_STREQ("/mail/%d/%n/%u%%", ic->maildir);
	ATF_CHECK_EQ(PLAINTEXT_NEVER, ic->plaintext);
	ATF_CHECK_EQ(10, ic->connections);
	ATF_CHECK_EQ(3, ic->per_user);
	ATF_CHECK_EQ(10240, ic->message_max);
	ATF_CHECK_EQ(7200, ic->idle);
	ATF_CHECK_EQ(4, ic->per_address);
	ATF_CHECK_EQ(5, ic->unauthenticated);
	ATF_CHECK_EQ(UINT64_C(64) << 20, ic->memory);
	ATF_CHECK_EQ(30, ic->login);
	ATF_CHECK_STREQ("/run/x.pid", ic->pidfile);
	ATF_CHECK_EQ('/', ic->separator);
	ATF_CHECK_EQ(0, ic->use_set[special_use_kind("trash")]);
	ATF_CHECK_EQ(1, ic->use_set[special_use_kind("junk")]);
	ATF_CHECK_EQ(NULL, ic->use_name[special_use_kind("junk")][0]);
	ATF_CHECK_STREQ("Gel\303\266scht/x",
	    ic->use_name[special_use_kind("sent")][0]);
	ATF_CHECK_EQ(NULL, ic->use_name[special_use_kind("sent")][1]);
	ATF_REQUIRE_EQ(1, ic->nlistens);
	ATF_CHECK_STREQ("10.0.0.1 port 143", TAILQ_FIRST(&ic->listens)->name);
	imapd_conf_free(ic);

	ATF_REQUIRE((ic = parse(BASE "plaintext auth always\n", 0)) != NULL);
	ATF_CHECK_EQ(PLAINTEXT_ALWAYS, ic->plaintext);
	imapd_conf_free(ic);
}

ATF_TC_WITHOUT_HEAD(listen);
ATF_TC_BODY(listen, tc)
{
	struct imapd_conf *ic;
	struct imapd_listen *l;
	struct sockaddr_in sin;

	ATF_REQUIRE((ic = parse("auth file /p\n"
	    "listen on 127.0.0.1 port 0\n"
	    "listen on ::1 port 1143\n"
	    "listen on [::1] port imaps\n"
	    "listen on localhost port 1144\n", 0)) != NULL);
	ATF_CHECK_EQ(5, ic->nlistens);
	l = TAILQ_FIRST(&ic->listens);
	ATF_CHECK_STREQ("127.0.0.1 port 0", l->name);
	ATF_REQUIRE_EQ(sizeof(sin), l->sslen);
	memcpy(&sin, &l->ss, sizeof(sin));
	ATF_CHECK_EQ(AF_INET, sin.sin_family);
	ATF_CHECK_EQ(htonl(INADDR_LOOPBACK), sin.sin_addr.s_addr);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_STREQ("::1 port 1143", l->name);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_STREQ("::1 port 993", l->name);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_STREQ("127.0.0.1 port 1144", l->name);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_STREQ("::1 port 1144", l->name);
	imapd_conf_free(ic);

	ATF_REQUIRE((ic = parse("auth file /p\nlisten on * port 1143\n",
	    0)) != NULL);
	ATF_CHECK(ic->nlistens >= 1);
	imapd_conf_free(ic);
}

ATF_TC_WITHOUT_HEAD(missing);
ATF_TC_BODY(missing, tc)
{
	struct imapd_conf *ic;

	ATF_CHECK_EQ(NULL, parse("listen on 127.0.0.1 port 1\n", 0));
	ATF_CHECK_STREQ("t: there is no \"auth\" line: nobody could log in\n",
	    errors);
	ATF_CHECK_EQ(NULL, parse("auth file /p\n", 0));
	ATF_CHECK_STREQ("t: there is no \"listen\" line\n", errors);
	ATF_REQUIRE((ic = parse("auth file /p\n", 1)) != NULL);
	imapd_conf_free(ic);
}

ATF_TC_WITHOUT_HEAD(auth);
ATF_TC_BODY(auth, tc)
{
	struct imapd_conf *ic;
	char line[512] = "auth exec /x";
	int i;

	ATF_REQUIRE((ic = parse(BASE "auth system\n", 0)) != NULL);
	ATF_CHECK_EQ(IMAPD_AUTH_SYSTEM, ic->auth);
	imapd_conf_free(ic);
	ATF_REQUIRE((ic = parse(BASE "auth pam \"imapd\"\n", 0)) != NULL);
	ATF_CHECK_EQ(IMAPD_AUTH_PAM, ic->auth);
	ATF_CHECK_STREQ("imapd", ic->auth_arg);
	imapd_conf_free(ic);
	ATF_REQUIRE((ic = parse(BASE "auth exec /a b\n"
	    "auth exec \"/bin/checkpassword\" -s \"an argument\"\n",
	    0)) != NULL);
	ATF_CHECK_EQ(IMAPD_AUTH_EXEC, ic->auth);
	ATF_CHECK_STREQ("/bin/checkpassword", ic->auth_argv[0]);
	ATF_CHECK_STREQ("-s", ic->auth_argv[1]);
	ATF_CHECK_STREQ("an argument", ic->auth_argv[2]);
	ATF_CHECK_EQ(NULL, ic->auth_argv[3]);
	imapd_conf_free(ic);

	wrong("auth system now", "unexpected word \"now\"");
	wrong("auth pam", "missing service");
	wrong("auth pam ../imapd",
	    "auth pam: \"../imapd\" is not the name of a service");
	wrong("auth exec", "missing auth exec");
	wrong("auth exec checkpassword",
	    "auth exec: \"checkpassword\" is not an absolute path");
	for (i = 0; i <= IMAPD_AUTH_ARGS; i++)
		(void)strlcat(line, " y", sizeof(line));
	wrong(line, "auth exec: more than 16 arguments");
}

#define CERT "tls certificate /c key /k\n"

ATF_TC_WITHOUT_HEAD(tls);
ATF_TC_BODY(tls, tc)
{
	struct imapd_conf *ic;
	struct imapd_listen *l;
	struct imapd_cert *cert;

	ATF_REQUIRE((ic = parse(BASE CERT
	    "tls certificate \"/c2\" key \"/k2\"\n"
	    "tls minimum 1.2\n"
	    "tls minimum 1.3\n"
	    "tls ciphers \"ECDHE+AESGCM:!x\"\n"
	    "tls client ca /ca required\n"
	    "listen on 10.0.0.1 port imaps tls\n"
	    "listen on 10.0.0.1 port imap starttls\n", 0)) != NULL);
	ATF_CHECK_EQ(2, ic->ncerts);
	ATF_REQUIRE((cert = TAILQ_FIRST(&ic->certs)) != NULL);
	ATF_CHECK_STREQ("/c", cert->chain);
	ATF_CHECK_STREQ("/k", cert->key);
	ATF_REQUIRE((cert = TAILQ_NEXT(cert, entry)) != NULL);
	ATF_CHECK_STREQ("/c2", cert->chain);
	ATF_CHECK_EQ(1, ic->tls13);
	ATF_CHECK_STREQ("ECDHE+AESGCM:!x", ic->ciphers);
	ATF_CHECK_STREQ("/ca", ic->client_ca);
	ATF_CHECK_EQ(1, ic->client_required);
	ATF_REQUIRE_EQ(3, ic->nlistens);
	l = TAILQ_FIRST(&ic->listens);
	ATF_CHECK_EQ(IMAPD_TLS_NONE, l->tls);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_EQ(IMAPD_TLS_IMPLICIT, l->tls);
	l = TAILQ_NEXT(l, entry);
	ATF_CHECK_EQ(IMAPD_TLS_START, l->tls);
	imapd_conf_free(ic);

	ATF_CHECK_EQ(NULL, parse(BASE "listen on * port 993 tls\n", 0));
	ATF_CHECK(strstr(errors, "there is no \"tls certificate\" line") !=
	    NULL);
	wrong("tls", "missing certificate, minimum, ciphers or client");
	wrong("tls certificate /c", "missing \"key\"");
	wrong("tls certificate /c key k",
	    "key: \"k\" is not an absolute path");
	wrong("tls certificate /c key /k x", "unexpected word \"x\"");
	wrong("tls minimum 1.1", "unknown word \"1.1\"");
	wrong("tls client ca /c always", "unknown word \"always\"");
	wrong("listen on * port imaps tls starttls",
	    "unknown word \"starttls\"");
}

ATF_TC_WITHOUT_HEAD(proxy);
ATF_TC_BODY(proxy, tc)
{
	struct imapd_conf *ic;
	struct imapd_listen *l;

	ATF_REQUIRE((ic = parse("auth file /p\n" CERT
	    "listen on localhost port 1 "
	    "proxy from 10.0.0.0/8 2001:db8::/32 192.0.2.1 tls\n",
	    0)) != NULL);
	ATF_REQUIRE_EQ(2, ic->nlistens);
	TAILQ_FOREACH(l, &ic->listens, entry) {
		ATF_CHECK_EQ(IMAPD_TLS_IMPLICIT, l->tls);
		ATF_REQUIRE_EQ(3, l->nproxies);
		ATF_CHECK_EQ(AF_INET, l->proxies[0].ss.ss_family);
		ATF_CHECK_EQ(8, l->proxies[0].bits);
		ATF_CHECK_EQ(AF_INET6, l->proxies[1].ss.ss_family);
		ATF_CHECK_EQ(32, l->proxies[1].bits);
		ATF_CHECK_EQ(32, l->proxies[2].bits);
	}
	imapd_conf_free(ic);

	wrong("listen on * port 1 proxy", "missing \"from\"");
	wrong("listen on * port 1 proxy from", "missing network");
	wrong("listen on * port 1 proxy from here",
	    "\"here\" is not a network");
	wrong("listen on * port 1 proxy from 10.0.0.0/33",
	    "\"10.0.0.0/33\" is not a network: the prefix is too large");
}

ATF_TC_WITHOUT_HEAD(handed_over);
ATF_TC_BODY(handed_over, tc)
{
	struct imapd_conf *ic;
	struct imapd_listen *l;

	ATF_REQUIRE((ic = parse("auth file /p\n" CERT
	    "listen on socket \"imaps\" tls\n", 0)) != NULL);
	ATF_REQUIRE((l = TAILQ_FIRST(&ic->listens)) != NULL);
	ATF_CHECK_STREQ("imaps", l->activated);
	ATF_CHECK_EQ(0, l->sslen);
	ATF_CHECK_EQ(IMAPD_TLS_IMPLICIT, l->tls);
	imapd_conf_free(ic);
	wrong("listen on socket", "missing name of a socket");
}

/* The line for a connection that came in at addr. */
static const char *
line_for(const struct imapd_conf *ic, const char *addr, int port)
{
	struct sockaddr_in6 sin6;
	struct sockaddr_in sin;
	const struct imapd_listen *l;

	memset(&sin, 0, sizeof(sin));
	memset(&sin6, 0, sizeof(sin6));
	sin.sin_family = AF_INET;
	sin6.sin6_family = AF_INET6;
	sin.sin_port = sin6.sin6_port = htons((uint16_t)port);
	if (inet_pton(AF_INET, addr, &sin.sin_addr) == 1)
		l = imapd_conf_listen(ic, (struct sockaddr *)&sin);
	else if (inet_pton(AF_INET6, addr, &sin6.sin6_addr) == 1)
		l = imapd_conf_listen(ic, (struct sockaddr *)&sin6);
	else
		return ("?");
	return (l == NULL ? "none" : l->name);
}

ATF_TC_WITHOUT_HEAD(which_line);
ATF_TC_BODY(which_line, tc)
{
	struct sockaddr sa;
	struct imapd_conf *ic;

	ATF_REQUIRE((ic = parse("auth file /p\n"
	    "listen on 0.0.0.0 port 1\n"
	    "listen on 10.0.0.1 port 1\n"
	    "listen on ::1 port 2\n"
	    "listen on socket x\n", 0)) != NULL);
	ATF_CHECK_STREQ("10.0.0.1 port 1", line_for(ic, "10.0.0.1", 1));
	ATF_CHECK_STREQ("0.0.0.0 port 1", line_for(ic, "10.0.0.2", 1));
	ATF_CHECK_STREQ("0.0.0.0 port 1", line_for(ic, "::1", 1));
	ATF_CHECK_STREQ("::1 port 2", line_for(ic, "::1", 2));
	ATF_CHECK_STREQ("::1 port 2", line_for(ic, "10.0.0.1", 2));
	ATF_CHECK_STREQ("none", line_for(ic, "10.0.0.1", 3));
	memset(&sa, 0, sizeof(sa));
	sa.sa_family = AF_UNIX;
	ATF_CHECK_EQ(NULL, imapd_conf_listen(ic, &sa));
	imapd_conf_free(ic);
}

ATF_TC_WITHOUT_HEAD(errors_of_words);
ATF_TC_BODY(errors_of_words, tc)
{

	wrong("foo bar", "unknown word \"foo\"");
	wrong("auth", "missing kind of auth");
	wrong("auth fil /p", "unknown word \"fil\"");
	wrong("auth file", "missing auth file");
	wrong("auth file p", "auth file: \"p\" is not an absolute path");
	wrong("auth file /p q", "unexpected word \"q\"");
	wrong("indexd", "missing \"socket\"");
	wrong("indexd sock /s", "expected \"socket\", not \"sock\"");
	wrong("indexd socket s",
	    "indexd socket: \"s\" is not an absolute path");
	wrong("indexd socket /s t", "unexpected word \"t\"");
	wrong("limit", "missing limit");
	wrong("limit foo 3", "unknown word \"foo\"");
	wrong("limit connections", "missing limit connections");
	wrong("limit connections x",
	    "limit connections: \"x\" is not a number");
	wrong("limit connections 0",
	    "limit connections: \"0\" is not between 1 and 65536");
	wrong("limit connections 1 2", "unexpected word \"2\"");
	wrong("limit per-user 65537",
	    "limit per-user: \"65537\" is not between 1 and 65536");
	wrong("limit message 4g",
	    "limit message: \"4g\" is not between 1 and 4294967295");
	wrong("limit message 1x",
	    "limit message: \"1x\" is not a number of bytes, k, m or g");
	wrong("maildir", "missing maildir");
	wrong("maildir \"\"", "maildir: \"\" is empty");
	wrong("maildir Mail",
	    "maildir: \"Mail\" does not begin with / or %h");
	wrong("maildir /m/%x", "maildir: unknown \"%x\" in \"/m/%x\"");
	wrong("maildir /m/%", "maildir: unknown \"%\" in \"/m/%\"");
	wrong("maildir /m n", "unexpected word \"n\"");
	wrong("plaintext", "missing \"auth\"");
	wrong("plaintext auth", "missing never, loopback or always");
	wrong("plaintext auth plaintxt", "unknown word \"plaintxt\"");
	wrong("plaintext auth never ever", "unexpected word \"ever\"");
	wrong("separator", "missing separator");
	wrong("separator :", "unknown word \":\"");
	wrong("separator . /", "unexpected word \"/\"");
	wrong("special", "missing \"use\"");
	wrong("special use", "missing archive, drafts, junk, sent or trash");
	wrong("special use Sent x", "unknown word \"Sent\"");
	wrong("special use sent", "missing mailbox");
	wrong("special use sent none x", "unexpected word \"x\"");
	wrong("special use sent \"\300x\"",
	    "special use: \"\300x\" is not the name of a mailbox");
	wrong("special use sent a b c d e f g h i",
	    "special use: more than 8 mailboxes");
	wrong("timeout", "missing timeout");
	wrong("timeout idle", "missing timeout idle");
	wrong("timeout idle 0",
	    "timeout idle: \"0\" is not between 1 and 604800");
	wrong("timeout idle 3x",
	    "timeout idle: \"3x\" is not a number of s, m, h or d");
	wrong("timeout idle 3s 4s", "unexpected word \"4s\"");
}

ATF_TC_WITHOUT_HEAD(errors_of_listen);
ATF_TC_BODY(errors_of_listen, tc)
{
	char text[8192], line[64];
	struct imapd_conf *ic;
	int i;

	wrong("listen", "missing \"on\"");
	wrong("listen on", "missing address");
	wrong("listen on *", "missing \"port\"");
	wrong("listen on * port", "missing port");
	wrong("listen on * port nosuchport", "unknown port \"nosuchport\"");
	wrong("listen on * port 1143 foo", "unknown word \"foo\"");
	wrong("listen on 10.1 port 1", "\"10.1\" is not an address");
	wrong("listen on example.org port 1",
	    "\"example.org\" is not an address");
	wrong("listen on [] port 1", "\"[]\" is not an address");

	(void)strlcpy(text, "auth file /p\n", sizeof(text));
	for (i = 0; i <= IMAPD_LISTEN_MAX; i++) {
		(void)snprintf(line, sizeof(line),
		    "listen on 127.0.0.1 port %d\n", i + 1);
		(void)strlcat(text, line, sizeof(text));
	}
	ic = parse(text, 0);
	ATF_CHECK_EQ(NULL, ic);
	(void)snprintf(line, sizeof(line),
	    "t:%d: more than %d addresses to listen on\n",
	    IMAPD_LISTEN_MAX + 2, IMAPD_LISTEN_MAX);
	ATF_CHECK_STREQ(line, errors);
}

ATF_TC_WITHOUT_HEAD(long_socket);
ATF_TC_BODY(long_socket, tc)
{
	char path[200], line[256], want[300];

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	(void)snprintf(line, sizeof(line), "indexd socket %s", path);
	(void)snprintf(want, sizeof(want), "\"%s\" is too long for a socket",
	    path);
	wrong(line, want);
}

ATF_TC_WITHOUT_HEAD(several_errors);
ATF_TC_BODY(several_errors, tc)
{
	static const char *const defs[] = { "bad", "1=2" };
	struct imapd_conf_args args;

	ATF_CHECK_EQ(NULL, parse("foo\nbar\nauth file /p\nbaz\n", 0));
	ATF_CHECK_STREQ("t:1: unknown word \"foo\"\n"
	    "t:2: unknown word \"bar\"\nt:4: unknown word \"baz\"\n", errors);

	memset(&args, 0, sizeof(args));
	args.defs = defs;
	args.ndefs = 2;
	args.report = report;
	args.arg = errors;
	errors[0] = '\0';
	ATF_CHECK_EQ(NULL, imapd_conf_text("t", BASE, strlen(BASE), &args));
	ATF_CHECK_STREQ("-D bad: not macro=value\n-D 1=2: not macro=value\n",
	    errors);
	args.ndefs = 0;
	errors[0] = '\0';
	ATF_CHECK_EQ(NULL, imapd_conf_read("none", &args));
	ATF_CHECK_STREQ("none: No such file or directory\n", errors);
}

ATF_TC_WITHOUT_HEAD(sample);
ATF_TC_BODY(sample, tc)
{
	struct imapd_conf_args args;
	struct imapd_conf *ic;
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/../../etc/imapd.conf",
	    atf_tc_get_config_var(tc, "srcdir"));
	memset(&args, 0, sizeof(args));
	args.report = report;
	args.arg = errors;
	ic = imapd_conf_read(path, &args);
	ATF_CHECK_STREQ("", errors);
	ATF_REQUIRE(ic != NULL);
	ATF_CHECK_STREQ("/etc/imapd/passwd", ic->auth_arg);
	imapd_conf_free(ic);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, defaults);
	ATF_TP_ADD_TC(tp, everything);
	ATF_TP_ADD_TC(tp, listen);
	ATF_TP_ADD_TC(tp, missing);
	ATF_TP_ADD_TC(tp, auth);
	ATF_TP_ADD_TC(tp, tls);
	ATF_TP_ADD_TC(tp, proxy);
	ATF_TP_ADD_TC(tp, handed_over);
	ATF_TP_ADD_TC(tp, which_line);
	ATF_TP_ADD_TC(tp, errors_of_words);
	ATF_TP_ADD_TC(tp, errors_of_listen);
	ATF_TP_ADD_TC(tp, long_socket);
	ATF_TP_ADD_TC(tp, several_errors);
	ATF_TP_ADD_TC(tp, sample);
	return (atf_no_error());
}
