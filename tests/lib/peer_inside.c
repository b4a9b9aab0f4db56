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

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atf-c.h>

#include "indexd/conf.h"
#include "indexd/peer.h"
#include "indexd/server.h"
#include "tests/lib/peer.h"

/* The part that needs indexd's objects: a server in the test itself. */

static int
turn(struct server *srv, int ms)
{
	return (server_turn(srv, ms));
}

struct server *
sv_start(const char *text)
{
	char cwd[1024], conf[4096];
	struct indexd_conf *ic;
	struct server *srv;

	ATF_REQUIRE(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	(void)snprintf(conf, sizeof(conf), "directory \"%s/db\"\n%s\n", cwd,
	    text);
	ic = indexd_conf_text("test", conf, strlen(conf), NULL, NULL);
	ATF_REQUIRE(ic != NULL);
	ATF_REQUIRE((srv = calloc(1, sizeof(*srv))) != NULL);
	ATF_REQUIRE_EQ(0, server_start(srv, ic));
	return (srv);
}

void
sv_stop(struct server *srv)
{
	const struct indexd_conf *ic = srv->conf;
	struct indexd_conf *mine;

	server_stop(srv);
	memcpy(&mine, &ic, sizeof(mine));
	indexd_conf_free(mine);
	free(srv);
}

void
sv_settle(struct server *srv)
{
	int i;

	for (i = 0; i < 8; i++)
		ATF_REQUIRE_EQ(0, server_turn(srv, 1));
}

void
cl_inside(struct cl *c, struct server *srv)
{
	int sv[2];

	memset(c, 0, sizeof(*c));
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sv));
	c->fd = sv[0];
	c->srv = srv;
	c->turn = turn;
	ATF_REQUIRE(peer_new(srv, sv[1]) != NULL);
	cl_hello(c);
}
