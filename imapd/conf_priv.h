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

#ifndef IMAPD_CONF_PRIV_H
#define IMAPD_CONF_PRIV_H

#include "common/conf.h"
#include "imapd/conf.h"

/* The parser's parts.  Errors are reported through the lexer. */

/* conf.c: an absolute path, in place of what *p was: 0, or -1. */
int	conf_path(struct conf *, const char *what, char **p);

/* conf.c: the error for w where `what' was expected; NULL: nothing came. */
void	conf_unknown(struct conf *, const char *w, const char *what);

/* The statements that begin with listen, tls, special. */
void	conf_listen(struct conf *, struct imapd_conf *);
void	conf_tls(struct conf *, struct imapd_conf *);
void	conf_use(struct conf *, struct imapd_conf *);

/* What the statements do not say together, at the end of the file. */
void	conf_listen_complete(struct conf *, const struct imapd_conf *);

/* Frees what a statement has made. */
void	conf_listen_free(struct imapd_conf *);
void	conf_tls_free(struct imapd_conf *);
void	conf_use_free(struct imapd_conf *);

#endif
