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

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "imapd/conf.h"
#include "imapd/peer.h"
#include "imapd/sockets.h"

static struct imapd_conf *conf(const char *);
static int	pair(struct sockets *, int *);

static struct imapd_conf *
conf(const char *text)
{
	struct imapd_conf_args args;
	struct imapd_conf *ic;

	memset(&args, 0, sizeof(args));
	ATF_REQUIRE((ic = imapd_conf_text("t", text, strlen(text),
	    &args)) != NULL);
	return (ic);
}

/* A connection to the first socket: the client's end, and *fd the server's. */
static int
pair(struct sockets *s, int *fd)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int c;

	ATF_REQUIRE_EQ(0, getsockname(s->socket[0].fd, (struct sockaddr *)&ss,
	    &len));
	ATF_REQUIRE((c = socket(ss.ss_family, SOCK_STREAM, 0)) != -1);
	ATF_REQUIRE_EQ(0, connect(c, (struct sockaddr *)&ss, len));
	ATF_REQUIRE((*fd = accept(s->socket[0].fd, NULL, NULL)) != -1);
	return (c);
}

ATF_TC_WITHOUT_HEAD(open_again);
ATF_TC_BODY(open_again, tc)
{
	struct imapd_conf *one, *two, *other, *bad;
	struct sockets s;
	int first, second;

	one = conf("auth file /p\nlisten on 127.0.0.1 port 0\n");
	two = conf("auth file /p\nlisten on 0.0.0.0 port 0\n"
	    "listen on 127.0.0.1 port 0\n");
	other = conf("auth file /p\nlisten on 0.0.0.0 port 0\n");
	/* TEST-NET-1 is no address of ours. */
	bad = conf("auth file /p\nlisten on 127.0.0.1 port 0\n"
	    "listen on 192.0.2.1 port 0\n");
	memset(&s, 0, sizeof(s));
	ATF_REQUIRE_EQ(0, sockets_open(&s, one));
	ATF_REQUIRE_EQ(1, s.n);
	first = s.socket[0].fd;
	ATF_CHECK(fcntl(first, F_GETFL) & O_NONBLOCK);

	/* What is listened on already goes on. */
	ATF_REQUIRE_EQ(0, sockets_open(&s, two));
	ATF_REQUIRE_EQ(2, s.n);
	second = s.socket[0].fd;
	ATF_CHECK_EQ(first, s.socket[1].fd);

	/* All or nothing. */
	ATF_CHECK_EQ(-1, sockets_open(&s, bad));
	ATF_REQUIRE_EQ(2, s.n);
	ATF_CHECK_EQ(second, s.socket[0].fd);
	ATF_CHECK_EQ(first, s.socket[1].fd);

	/* What is not wanted any more is closed. */
	ATF_REQUIRE_EQ(0, sockets_open(&s, other));
	ATF_REQUIRE_EQ(1, s.n);
	ATF_CHECK_EQ(second, s.socket[0].fd);
	ATF_CHECK_ERRNO(EBADF, fcntl(first, F_GETFL) == -1);
	sockets_close(&s);
	ATF_CHECK_EQ(0, s.n);
	ATF_CHECK_ERRNO(EBADF, fcntl(second, F_GETFL) == -1);
	imapd_conf_free(one);
	imapd_conf_free(two);
	imapd_conf_free(other);
	imapd_conf_free(bad);
}

ATF_TC_WITHOUT_HEAD(peers);
ATF_TC_BODY(peers, tc)
{
	struct imapd_conf *ic;
	struct sockets s;
	char buf[PEER_MAX];
	int client, server, p[2];

	ic = conf("auth file /p\nlisten on 127.0.0.1 port 0\n");
	memset(&s, 0, sizeof(s));
	ATF_REQUIRE_EQ(0, sockets_open(&s, ic));
	client = pair(&s, &server);
	peer_address(server, buf, sizeof(buf));
	ATF_CHECK_STREQ("127.0.0.1", buf);
	ATF_CHECK_EQ(1, peer_local(server));
	peer_options(server);
	close(client);
	close(server);
	/* A socket without a peer is not taken for a local one. */
	peer_address(s.socket[0].fd, buf, sizeof(buf));
	ATF_CHECK_STREQ("unknown", buf);
	ATF_CHECK_EQ(0, peer_local(s.socket[0].fd));
	sockets_close(&s);
	imapd_conf_free(ic);

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, p));
	peer_address(p[0], buf, sizeof(buf));
	ATF_CHECK_STREQ("local", buf);
	ATF_CHECK_EQ(1, peer_local(p[0]));
	peer_options(p[0]);
	close(p[0]);
	close(p[1]);
	ATF_REQUIRE_EQ(0, pipe(p));
	peer_address(p[0], buf, sizeof(buf));
	ATF_CHECK_STREQ("local", buf);
	ATF_CHECK_EQ(1, peer_local(p[0]));
	close(p[0]);
	close(p[1]);
}

ATF_TC_WITHOUT_HEAD(ipv6);
ATF_TC_BODY(ipv6, tc)
{
	struct imapd_conf *ic;
	struct sockets s;
	char buf[PEER_MAX];
	int client, server;

	ic = conf("auth file /p\nlisten on ::1 port 0\n"
	    "listen on 127.0.0.1 port 0\n");
	memset(&s, 0, sizeof(s));
	ATF_REQUIRE_EQ(0, sockets_open(&s, ic));
	if (s.n == 1)
		atf_tc_skip("no IPv6 here");
	client = pair(&s, &server);
	peer_address(server, buf, sizeof(buf));
	ATF_CHECK_STREQ("::1", buf);
	ATF_CHECK_EQ(1, peer_local(server));
	close(client);
	close(server);
	sockets_close(&s);
	imapd_conf_free(ic);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, open_again);
	ATF_TP_ADD_TC(tp, peers);
	ATF_TP_ADD_TC(tp, ipv6);
	return (atf_no_error());
}
