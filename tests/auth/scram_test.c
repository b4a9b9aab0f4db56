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

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "imapd/scram.h"

/* RFC 7677 section 3. */
#define CLIENT_NONCE	"rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE	"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define NONCE		CLIENT_NONCE SERVER_NONCE
#define CLIENT_FIRST	"n,,n=user,r=" CLIENT_NONCE
#define SERVER_FIRST	"r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define PROOF		"dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define CLIENT_FINAL	"c=biws,r=" NONCE ",p=" PROOF
#define SERVER_FINAL	"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static const struct scram_channel	no_tls;

static void	secret(struct scram_secret *, const char *);
static void	vector(struct scram *, struct scram_secret *);
static enum scram_result	first(const char *,
		    const struct scram_channel *);

/* As the RFC's, of that password. */
static void
secret(struct scram_secret *s, const char *pass)
{
	ATF_REQUIRE_EQ(0, scram_secret_parse("4096,W22ZaJ0SNY7soEsUEjb6gQ==,"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,"
	    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", s));
	ATF_REQUIRE_EQ(0, scram_secret_derive(s, pass));
}

/* The exchange up to the client's final message. */
static void
vector(struct scram *sc, struct scram_secret *s)
{
	char buf[SCRAM_MESSAGE_MAX];

	secret(s, "pencil");
	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_first(sc, CLIENT_FIRST,
	    &no_tls));
	ATF_CHECK_STREQ("user", sc->user);
	ATF_CHECK_STREQ("", sc->authzid);
	ATF_REQUIRE_EQ(0, scram_server_first(sc, s, SERVER_NONCE, buf,
	    sizeof(buf)));
	ATF_REQUIRE_STREQ(SERVER_FIRST, buf);
}

static enum scram_result
first(const char *msg, const struct scram_channel *ch)
{
	struct scram sc;

	return (scram_client_first(&sc, msg, ch));
}

ATF_TC_WITHOUT_HEAD(rfc7677);
ATF_TC_BODY(rfc7677, tc)
{
	char buf[SCRAM_MESSAGE_MAX];
	struct scram_secret s;
	struct scram sc;

	vector(&sc, &s);
	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_final(&sc, &s, CLIENT_FINAL, buf,
	    sizeof(buf)));
	ATF_CHECK_STREQ(SERVER_FINAL, buf);
}

ATF_TC_WITHOUT_HEAD(wrong);
ATF_TC_BODY(wrong, tc)
{
	char buf[SCRAM_MESSAGE_MAX], msg[SCRAM_MESSAGE_MAX], *p;
	struct scram_secret s;
	struct scram sc;

	vector(&sc, &s);
	secret(&s, "Pencil");
	buf[0] = '\0';
	ATF_CHECK_EQ(SCRAM_PROOF, scram_client_final(&sc, &s, CLIENT_FINAL,
	    buf, sizeof(buf)));
	ATF_CHECK_STREQ("", buf);
	/* Each digit of the proof counts; the last has two bits unused. */
	secret(&s, "pencil");
	(void)strlcpy(msg, CLIENT_FINAL, sizeof(msg));
	for (p = strstr(msg, ",p=") + 3; *p != '='; p++) {
		*p ^= 0x20;
		ATF_CHECK(scram_client_final(&sc, &s, msg, buf,
		    sizeof(buf)) != SCRAM_OK);
		*p ^= 0x20;
	}
	ATF_CHECK_EQ(SCRAM_OK, scram_client_final(&sc, &s, msg, buf,
	    sizeof(buf)));
	/* A proof of all zeros, for keys of all zeros. */
	memset(s.stored, 0, sizeof(s.stored));
	ATF_CHECK_EQ(SCRAM_PROOF, scram_client_final(&sc, &s, "c=biws,r=" NONCE
	    ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", buf,
	    sizeof(buf)));
}

/* A recorded exchange is of no use with another nonce. */
ATF_TC_WITHOUT_HEAD(replay);
ATF_TC_BODY(replay, tc)
{
	char buf[SCRAM_MESSAGE_MAX];
	struct scram_secret s;
	struct scram sc;

	secret(&s, "pencil");
	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_first(&sc, CLIENT_FIRST,
	    &no_tls));
	ATF_REQUIRE_EQ(0, scram_server_first(&sc, &s,
	    "another2another2another2", buf, sizeof(buf)));
	ATF_CHECK_EQ(SCRAM_SYNTAX, scram_client_final(&sc, &s, CLIENT_FINAL,
	    buf, sizeof(buf)));
	ATF_CHECK_EQ(SCRAM_PROOF, scram_client_final(&sc, &s, "c=biws,r="
	    CLIENT_NONCE "another2another2another2,p=" PROOF, buf,
	    sizeof(buf)));
}

ATF_TC_WITHOUT_HEAD(first_syntax);
ATF_TC_BODY(first_syntax, tc)
{
	static const char *const bad[] = { "", "n", "n,", "n,,", "n,,n",
	    "n,,n=", "n,,n=,r=x", "n,,n=a", "n,,n=a,", "n,,n=a,r", "n,,n=a,r=",
	    "n,,n=a,r=,x", "n,,n=a,r=a b", "n,,n=a,r=\303\266", "n,,n=a=,r=x",
	    "n,,n=a=2,r=x", "n,,n=a=2c,r=x", "n,,n=a=41,r=x", "n,a,n=a,r=x",
	    "n,a=,n=a,r=x", "n,n=a,r=x", "n,,m=x,n=a,r=x", "n,,r=x,n=a",
	    "z,,n=a,r=x", "N,,n=a,r=x", "p,,n=a,r=x", "nn,,n=a,r=x" };
	static const char *const good[] = { "n,,n=a,r=x", "y,,n=a,r=x",
	    "n,a=b,n=a,r=x", "n,,n=a,r=x,ext=1,more" };
	char msg[SCRAM_MESSAGE_MAX + 16];
	struct scram sc;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_EQ_MSG(SCRAM_SYNTAX, first(bad[i], &no_tls), "%s",
		    bad[i]);
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ATF_CHECK_EQ_MSG(SCRAM_OK, first(good[i], &no_tls), "%s",
		    good[i]);
	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_first(&sc,
	    "n,a=x=3D=2C,n==2Ca=3Db,r=x", &no_tls));
	ATF_CHECK_STREQ(",a=b", sc.user);
	ATF_CHECK_STREQ("x=,", sc.authzid);
	ATF_CHECK_STREQ("n,a=x=3D=2C,", sc.gs2);
	/* Too long, and a name that is. */
	memset(msg, 'x', sizeof(msg));
	memcpy(msg, CLIENT_FIRST, strlen(CLIENT_FIRST));
	msg[SCRAM_MESSAGE_MAX] = '\0';
	ATF_CHECK_EQ(SCRAM_SYNTAX, first(msg, &no_tls));
	msg[SCRAM_MESSAGE_MAX - 1] = '\0';
	ATF_CHECK_EQ(SCRAM_OK, first(msg, &no_tls));
	(void)snprintf(msg, sizeof(msg), "n,,n=%0*d,r=x", LOGIN_USER_MAX, 0);
	ATF_CHECK_EQ(SCRAM_SYNTAX, first(msg, &no_tls));
	(void)snprintf(msg, sizeof(msg), "n,,n=%0*d,r=x", LOGIN_USER_MAX - 1,
	    0);
	ATF_CHECK_EQ(SCRAM_OK, first(msg, &no_tls));
}

/* Cut off anywhere, it is no message. */
ATF_TC_WITHOUT_HEAD(final_syntax);
ATF_TC_BODY(final_syntax, tc)
{
	static const char *const bad[] = { "", "c=biws", "c=biws,r=" NONCE,
	    "c=,r=" NONCE ",p=" PROOF, "r=" NONCE ",c=biws,p=" PROOF,
	    "c=biws,r=" NONCE "x,p=" PROOF, "c=biws,r=" CLIENT_NONCE ",p=" PROOF,
	    "c=biws,r=,p=" PROOF, "c=biws,p=" PROOF, "c=biw,r=" NONCE ",p=" PROOF,
	    "c=biws,r=" NONCE ",p=" PROOF ",x=y", "c=biws,r=" NONCE ",p=",
	    "c=biws,r=" NONCE ",p=" PROOF PROOF, ",p=" PROOF };
	char buf[SCRAM_MESSAGE_MAX], msg[SCRAM_MESSAGE_MAX];
	struct scram_secret s;
	struct scram sc;
	size_t i;

	vector(&sc, &s);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ATF_CHECK_MSG(scram_client_final(&sc, &s, bad[i], buf,
		    sizeof(buf)) != SCRAM_OK, "%s", bad[i]);
	for (i = 0; i < strlen(CLIENT_FINAL); i++) {
		(void)strlcpy(msg, CLIENT_FINAL, i + 1);
		ATF_CHECK_MSG(scram_client_final(&sc, &s, msg, buf,
		    sizeof(buf)) == SCRAM_SYNTAX, "%s", msg);
	}
	/* An extension is part of what is signed. */
	ATF_CHECK_EQ(SCRAM_PROOF, scram_client_final(&sc, &s, "c=biws,r=" NONCE
	    ",x=,p=y,p=" PROOF, buf, sizeof(buf)));
}

/* RFC 5802 section 6, RFC 9266. */
ATF_TC_WITHOUT_HEAD(binding);
ATF_TC_BODY(binding, tc)
{
	static const unsigned char exporter[32] = "exporter";
	static const unsigned char endpoint[48] = "endpoint";
	struct scram_channel plus = { 1, exporter, sizeof(exporter), endpoint,
	    sizeof(endpoint) };
	struct scram_channel tls = { 0, exporter, sizeof(exporter), NULL, 0 };
	struct scram_channel half = { 1, NULL, 0, endpoint, sizeof(endpoint) };
	struct scram sc;

	ATF_CHECK_EQ(SCRAM_OK, first("p=tls-exporter,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_OK, first("p=tls-server-end-point,,n=a,r=x",
	    &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=tls-unique,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=tls-exporte,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("n,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("y,,n=a,r=x", &plus));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=tls-exporter,,n=a,r=x", &half));
	ATF_CHECK_EQ(SCRAM_OK, first("p=tls-server-end-point,,n=a,r=x",
	    &half));
	/* Without -PLUS: a client that was told there is none. */
	ATF_CHECK_EQ(SCRAM_OK, first("n,,n=a,r=x", &tls));
	ATF_CHECK_EQ(SCRAM_BINDING, first("y,,n=a,r=x", &tls));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=tls-exporter,,n=a,r=x", &tls));
	ATF_CHECK_EQ(SCRAM_BINDING, first("p=tls-exporter,,n=a,r=x", &no_tls));

	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_first(&sc,
	    "p=tls-exporter,,n=a,r=x", &plus));
	ATF_CHECK_EQ(sizeof(exporter), sc.bindinglen);
	ATF_CHECK_EQ(0, memcmp(sc.binding, exporter, sizeof(exporter)));
}

/* The final message repeats the header, and what it is bound to. */
ATF_TC_WITHOUT_HEAD(binding_final);
ATF_TC_BODY(binding_final, tc)
{
	static const unsigned char data[4] = { 1, 2, 3, 4 };
	struct scram_channel plus = { 1, NULL, 0, data, sizeof(data) };
	char buf[SCRAM_MESSAGE_MAX];
	struct scram_secret s;
	struct scram sc;

	vector(&sc, &s);
	/* y,, and another name for n,, */
	ATF_CHECK_EQ(SCRAM_BINDING, scram_client_final(&sc, &s, "c=eSws,r="
	    NONCE ",p=" PROOF, buf, sizeof(buf)));
	ATF_REQUIRE_EQ(SCRAM_OK, scram_client_first(&sc,
	    "p=tls-server-end-point,,n=a,r=x", &plus));
	ATF_REQUIRE_EQ(0, scram_server_first(&sc, &s, "y", buf, sizeof(buf)));
	/* printf 'p=tls-server-end-point,,\1\2\3\4' | openssl base64 */
	ATF_CHECK_EQ(SCRAM_PROOF, scram_client_final(&sc, &s,
	    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAQIDBA==,r=xy,p=" PROOF, buf,
	    sizeof(buf)));
	ATF_CHECK_EQ(SCRAM_BINDING, scram_client_final(&sc, &s,
	    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAQIDBQ==,r=xy,p=" PROOF, buf,
	    sizeof(buf)));
	ATF_CHECK_EQ(SCRAM_BINDING, scram_client_final(&sc, &s,
	    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCws,r=xy,p=" PROOF, buf,
	    sizeof(buf)));
	ATF_CHECK_EQ(SCRAM_BINDING, scram_client_final(&sc, &s,
	    "c=biwsAQIDBA==,r=xy,p=" PROOF, buf, sizeof(buf)));
}

ATF_TC_WITHOUT_HEAD(stored);
ATF_TC_BODY(stored, tc)
{
	static const char key[] =
	    "gcEnX4xVw7vlanvDqYy8v/mWYDhPe7n15CtW65dDg9M=";
	static const char *const bad[] = { "", "4096", "4096,c2FsdA==",
	    "4096,c2FsdA==,K", "0,c2FsdA==,K,K", "-1,c2FsdA==,K,K",
	    "1000001,c2FsdA==,K,K", "99999999999999,c2FsdA==,K,K",
	    "x,c2FsdA==,K,K", " 1,c2FsdA==,K,K", "4096,,K,K",
	    "4096,c2FsdA==,K,K,", "4096,c2FsdA==,K,K,K", "4096,c2FsdA==,K,c2Fs",
	    "4096,c2FsdA=,K,K", ",c2FsdA==,K,K" };
	char buf[SCRAM_STORED_MAX], text[512];
	struct scram_secret s;
	const char *p;
	size_t i, n;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		text[0] = '\0';
		for (p = bad[i]; *p != '\0'; p++) {
			n = strlen(text);
			(void)snprintf(text + n, sizeof(text) - n,
			    *p == 'K' ? "%s" : "%.1s", *p == 'K' ? key : p);
		}
		ATF_CHECK_EQ_MSG(-1, scram_secret_parse(text, &s), "%s", text);
	}
	(void)snprintf(text, sizeof(text), "1000000,c2FsdA==,%s,%s", key, key);
	ATF_REQUIRE_EQ(0, scram_secret_parse(text, &s));
	ATF_CHECK_EQ(4, s.saltlen);
	ATF_REQUIRE_EQ(0, scram_secret_print(&s, buf, sizeof(buf)));
	ATF_CHECK_STREQ(text, buf);
	ATF_CHECK_EQ(-1, scram_secret_print(&s, buf, strlen(text)));
	/* doveadm pw -s SCRAM-SHA-256 -p secret */
	ATF_REQUIRE_EQ(0, scram_secret_parse("4096,noFoOmAeDW8b/egX77YiTg==,"
	    "gcEnX4xVw7vlanvDqYy8v/mWYDhPe7n15CtW65dDg9M=,"
	    "C4xx6/7vGgSUnFutxnaz94UkUv0sFxwUxvhN3nzgrH8=", &s));
	ATF_CHECK_EQ(1, scram_secret_matches(&s, "secret"));
	ATF_CHECK_EQ(0, scram_secret_matches(&s, "secre"));
	ATF_CHECK_EQ(0, scram_secret_matches(&s, ""));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, rfc7677);
	ATF_TP_ADD_TC(tp, wrong);
	ATF_TP_ADD_TC(tp, replay);
	ATF_TP_ADD_TC(tp, first_syntax);
	ATF_TP_ADD_TC(tp, final_syntax);
	ATF_TP_ADD_TC(tp, binding);
	ATF_TP_ADD_TC(tp, binding_final);
	ATF_TP_ADD_TC(tp, stored);
	return (atf_no_error());
}
