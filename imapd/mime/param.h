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

#ifndef IMAPD_MIME_PARAM_H
#define IMAPD_MIME_PARAM_H

#include <stddef.h>

/*
 * Content-Type and Content-Disposition values: a token or two, and parameters
 * (RFC 2045 section 5.1).  Continued parameters (RFC 2231 section 3) are put
 * together: name*0="a"; name*1="b" is name="ab"; if a part of it is extended
 * (section 4), the parameter is name*, its value charset'language'text with
 * percent-encoding throughout.
 */
#define MIME_PARAMS_MAX	128	/* more are left out */

struct mime_param {
	char	*name;
	char	*value;
};

struct mime_value {
	char			*type;		/* the token, or "" */
	char			*subtype;	/* after the slash, or "" */
	struct mime_param	*params;
	size_t			 nparams;
};

/*
 * Parses len bytes, which hold no NUL, as type [/ subtype] [; parameters].
 * Returns 0, and the value is to be freed with mime_value_free(); or -1 with
 * errno ENOMEM, and there is nothing to free.
 */
int	mime_value_parse(struct mime_value *, const char *text, size_t len);
void	mime_value_free(struct mime_value *);

/*
 * Makes it the value of another type, with the same parameters.  Returns 0, or
 * -1 with errno ENOMEM and the value as it was.
 */
int	mime_value_retype(struct mime_value *, const char *type,
	    const char *subtype);

/* Returns the value of the parameter of that name, in any case, or NULL. */
const char *mime_value_param(const struct mime_value *, const char *name);

/*
 * The same; or else that of the extended parameter, name*, with its characters
 * decoded and whatever charset they are in (RFC 2231 section 4).  Sets *value,
 * which the caller frees, to it or to NULL.  Returns 0, or -1 with errno
 * ENOMEM.
 */
int	mime_value_plain(const struct mime_value *, const char *name,
	    char **value);

#endif
